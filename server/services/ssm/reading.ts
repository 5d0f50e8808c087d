import type { Parameter as Answered } from '@aws-sdk/client-ssm'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { type Soon, when } from '#kernel/values/soon'
import type { Asked } from './asked.ts'
import type { Cipher } from './cipher.ts'
import { type Lookup, lookupOf } from './model/name.ts'
import type { Parameter, Reading, Sealed } from './model/parameter.ts'
import { labelNotFound, parameterNotFound, versionNotFound } from './model/refusals.ts'
import { shownParameter } from './model/shown.ts'
import type { Env } from './operation.ts'
import type { Listed } from './pages.ts'
import { readTarget, type SharedAction } from './target.ts'

/** Looks up what a name, an ARN or one of both with a selector means: once for `target` and `run`. Throws for what is malformed. */
export function askFor(text: string, env: Pick<Env, 'parameters' | 'remembered'>, call: Call): Soon<Asked> {
  const { remembered, parameters } = env
  const before = remembered.asked
  if (before !== undefined && before.text === text) return before
  const lookup = lookupOf(text, call)
  return when(readingOf(lookup, parameters, call), (reading) => {
    const asked = { text, lookup, reading }
    remembered.asked = asked
    return asked
  })
}

/** The same for each of several; equal texts are one. Source: parameterstore.md 7.3, recorded. */
export async function askForAll(
  texts: readonly string[],
  env: Pick<Env, 'parameters' | 'remembered'>,
  call: Call,
): Promise<Asked[]> {
  const asked: Asked[] = []
  for (const text of new Set(texts)) asked.push(await askFor(text, env, call))
  return asked
}

/** Another region's parameter is not to be seen from here. */
function readingOf(lookup: Lookup, parameters: Env['parameters'], call: Call): Soon<Reading | undefined> {
  const { key, cell, selector, reference } = lookup
  if (reference !== undefined || cell.account === '' || cell.region !== call.region) return undefined
  return parameters.read(key, selector, cell)
}

/** What authorization asks about: the parameter, whatever version of it. */
export function targetOf({ lookup, reading }: Asked, call: Call, action: SharedAction): Target {
  return readTarget(lookup.key, lookup.cell, reading, call, action)
}

/** The version that was asked for. Refuses with a text of its own for a number and for a label. Source: parameterstore.md 2.4. */
export function chosen({ lookup, reading }: Asked): { readonly parameter: Parameter; readonly version: Sealed } {
  if (reading === undefined) throw parameterNotFound()
  const { parameter, version } = reading
  if (version !== undefined) return { parameter, version }
  const { selector, given } = lookup
  const name = lookup.byArn ? parameter.name : lookup.name
  if (selector !== undefined && 'label' in selector) throw labelNotFound(selector.label, name)
  throw versionNotFound(given?.slice(1).replace(/^0+(?=.)/, '') ?? parameter.latest, name)
}

/**
 * A parameter as reads answer it; by name with the spelling that was asked for, by ARN with the one it was made with. Decrypts only
 * what is encrypted, and only when asked. Source: parameterstore.md 7.2, 2.2.
 */
export function shown(
  asked: Asked,
  decrypted: boolean,
  env: Pick<Env, 'cipher' | 'references'>,
): Soon<Answered & { Name: string }> {
  const { lookup } = asked
  if (lookup.reference !== undefined) return referenced(lookup, decrypted, env)
  const { parameter, version } = chosen(asked)
  const name = lookup.byArn ? parameter.name : lookup.name
  return when(valueIn(parameter, version, decrypted, env.cipher), (value) =>
    shownParameter(parameter, version, value, name, lookup.given),
  )
}

async function referenced(lookup: Lookup, decrypted: boolean, { references }: Pick<Env, 'references'>) {
  const read = await references.read(lookup, decrypted)
  if ('refusal' in read) throw read.refusal
  return read.parameter
}

/** The same, or undefined for what is listed as invalid where several are read; the rest fails the call. */
export async function shownOrInvalid(
  asked: Asked,
  decrypted: boolean,
  env: Pick<Env, 'cipher' | 'references'>,
): Promise<(Answered & { Name: string }) | undefined> {
  const { lookup, reading } = asked
  if (lookup.reference === undefined) {
    return reading?.version === undefined ? undefined : shown(asked, decrypted, env)
  }
  const read = await env.references.read(lookup, decrypted)
  if ('parameter' in read) return read.parameter
  if (read.listed) return undefined
  throw read.refusal
}

/** The value of a version as an answer shows it. `WithDecryption` counts for a SecureString only. Source: parameterstore.md 5. */
export function valueIn(parameter: Parameter, version: Sealed, decrypted: boolean, cipher: Cipher): Soon<string> {
  return version.type === 'SecureString' && !decrypted ? cipher.encrypted(version) : cipher.open(parameter, version)
}

/** The same of several, one after the other; at once when all that is asked is in memory. */
export function valuesOf(found: readonly Listed[], decrypted: boolean, cipher: Cipher): Soon<readonly string[]> {
  const values: string[] = []
  for (const { parameter, version } of found) {
    const value = valueIn(parameter, version, decrypted, cipher)
    if (value instanceof Promise) return rest(values, value, found, decrypted, cipher)
    values.push(value)
  }
  return values
}

async function rest(
  values: string[],
  next: Promise<string>,
  found: readonly Listed[],
  decrypted: boolean,
  cipher: Cipher,
): Promise<readonly string[]> {
  values.push(await next)
  for (const { parameter, version } of found.slice(values.length)) {
    values.push(await valueIn(parameter, version, decrypted, cipher))
  }
  return values
}
