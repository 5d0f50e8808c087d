import { readFileSync } from 'node:fs'
import { ApiError } from '#kernel/error'
import type { Assembled } from './server.ts'
import { rootCaller } from './services/iam/callers.ts'
import { StartError } from './start-error.ts'

/** What a store of dev mode holds at its start. */
export interface Seed {
  /** Secrets by name: a text as it is, anything else as its JSON text. */
  readonly secrets: ReadonlyMap<string, string>
  /** Calls in the order of the file, for what is more than a name and a value. */
  readonly calls: readonly { readonly target: string; readonly input: unknown }[]
}

const HINT =
  'a seed is {"secrets": {"name": "value" or {…}}, "calls": [{"target": "secretsmanager.CreateSecret", "input": {…}}]}'

/** Reads a seed file. Throws a StartError that says what is wrong with it. */
export function readSeed(path: string): Seed {
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    // A parser's message would quote the file, and with it a secret.
    const what = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read'
    throw new StartError(`the seed file ${path} ${what}`, HINT)
  }
  const wrong = (what: string) => new StartError(`the seed file ${path}: ${what}`, HINT)
  if (!isObject(parsed)) throw wrong('it is not a JSON object')
  const { secrets = {}, calls = [], ...others } = parsed
  const [other] = Object.keys(others)
  if (other !== undefined) throw wrong(`it has a member ${JSON.stringify(other)}`)
  if (!isObject(secrets)) throw wrong('secrets is not an object')
  if (!Array.isArray(calls)) throw wrong('calls is not a list')
  return {
    secrets: new Map(
      Object.entries(secrets).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
    ),
    calls: calls.map((call: unknown, at) => {
      if (!isObject(call) || typeof call.target !== 'string') throw wrong(`calls[${at}] has no target`)
      return { target: call.target, input: call.input ?? {} }
    }),
  }
}

/** Makes what the seed says, as the root of the account. Throws a StartError that names the entry that was refused. */
export async function plant(server: Assembled, seed: Seed, account: string): Promise<void> {
  const root = rootCaller(account, 'SEED')
  let token = 0
  const call = async (target: string, input: unknown, named: string) => {
    try {
      await server.local(target, input, root)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      throw new StartError(`the seed's ${named} was refused: ${error.code}: ${error.message}`, HINT)
    }
  }
  for (const [Name, SecretString] of seed.secrets) {
    token += 1
    const ClientRequestToken = `seed-${String(token).padStart(32, '0')}`
    await call(
      'secretsmanager.CreateSecret',
      { Name, SecretString, ClientRequestToken },
      `secret ${JSON.stringify(Name)}`,
    )
  }
  for (const [at, { target, input }] of seed.calls.entries()) await call(target, input, `calls[${at}] (${target})`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
