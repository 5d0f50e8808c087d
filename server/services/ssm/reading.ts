import type { Parameter as Answered } from '@aws-sdk/client-ssm'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import type { Cipher } from './cipher.ts'
import { type Lookup, lookupOf } from './model/name.ts'
import type { Parameter, Reading, Sealed } from './model/parameter.ts'
import { labelNotFound, parameterNotFound, versionNotFound } from './model/refusals.ts'
import { shownParameter } from './model/shown.ts'
import type { Env } from './operation.ts'
import { readTarget, type SharedAction } from './target.ts'

/** One thing that a read asks for, with what the store has for it. */
export interface Asked {
  /** As it was sent. */
  readonly text: string
  readonly lookup: Lookup
  readonly reading: Reading | undefined
}

/** Looks up what a name, an ARN or one of both with a selector means. Throws for what is malformed. */
export async function askFor(text: string, { parameters }: Pick<Env, 'parameters'>, call: Call): Promise<Asked> {
  const lookup = lookupOf(text, call)
  return { text, lookup, reading: await readingOf(lookup, parameters, call) }
}

/** The same for each of several; equal texts are one. Source: parameterstore.md 7.3, recorded. */
export async function askForAll(texts: readonly string[], env: Pick<Env, 'parameters'>, call: Call): Promise<Asked[]> {
  const asked: Asked[] = []
  for (const text of new Set(texts)) asked.push(await askFor(text, env, call))
  return asked
}

/** Another region's parameter is not to be seen from here. */
function readingOf(lookup: Lookup, parameters: Env['parameters'], call: Call): Promise<Reading | undefined> {
  const { key, cell, selector, reference } = lookup
  if (reference !== undefined || cell.account === '' || cell.region !== call.region) return NOTHING
  return parameters.read(key, selector, cell)
}

const NOTHING: Promise<undefined> = Promise.resolve(undefined)

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
export async function shown(
  asked: Asked,
  decrypted: boolean,
  env: Pick<Env, 'cipher' | 'references'>,
): Promise<Answered & { Name: string }> {
  const { lookup } = asked
  if (lookup.reference !== undefined) {
    const read = await env.references.read(lookup, decrypted)
    if ('refusal' in read) throw read.refusal
    return read.parameter
  }
  const { parameter, version } = chosen(asked)
  const value = await valueIn(parameter, version, decrypted, env.cipher)
  return shownParameter(parameter, version, value, {
    ...(!lookup.byArn && { name: lookup.name }),
    selector: lookup.given,
  })
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
export function valueIn(
  parameter: Parameter,
  version: Sealed,
  decrypted: boolean,
  cipher: Cipher,
): string | Promise<string> {
  return version.type === 'SecureString' && !decrypted ? cipher.encrypted(version) : cipher.open(parameter, version)
}
