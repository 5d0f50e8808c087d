import { Secret } from '#kernel/values/bytes'

/**
 * Values of one sandbox that are remembered at the most; none is forgotten before the sandbox is. These are more than logs are
 * searched for: where one more could not be kept, nothing of the output is.
 */
export const MOST_VALUES = 256
/** Shorter ones would hide half of what is printed. */
const LEAST_LENGTH = 4

/** Members that hold secret values, in requests and in answers of Secrets Manager. */
const MEMBERS = ['SecretString', 'RandomPassword', 'RotationToken'] as const

/**
 * The secret values that went through the hands of running functions, by the access key of each: what functions print is
 * searched for them. In memory only, and only as long as the sandbox is there.
 */
export class Handled {
  readonly #values = new Map<string, Set<string>>()

  /** Whether anybody is watched at all: nothing else is done for all other calls. */
  get watching(): boolean {
    return this.#values.size > 0
  }

  watch(accessKeyId: string): void {
    this.#values.set(accessKeyId, new Set())
  }

  forget(accessKeyId: string): void {
    this.#values.delete(accessKeyId)
  }

  of(accessKeyId: string): Iterable<Secret> {
    return Array.from(this.#values.get(accessKeyId) ?? [], (value) => new Secret(value))
  }

  /** Looks at what a call brought and what it answered. */
  note(accessKeyId: string, input: unknown, out: unknown): void {
    const values = this.#values.get(accessKeyId)
    if (values === undefined) return
    for (const found of [valuesIn(input), valuesIn(out), parametersIn(input, out)]) {
      for (const value of found) {
        if (values.size >= MOST_VALUES) return
        values.add(value)
      }
    }
  }
}

/**
 * The values of SecureStrings in requests and answers of Parameter Store. What is written without a type may be one: the type that is
 * stored counts then.
 */
function* parametersIn(input: unknown, out: unknown): Generator<string> {
  const asked = membersOf(input)
  const answered = membersOf(out)
  if (isLong(asked.Value) && typeof asked.Name === 'string' && (asked.Type ?? SECURE) === SECURE) yield asked.Value
  if (asked.WithDecryption !== true) return
  const several = Array.isArray(answered.Parameters) ? answered.Parameters : []
  for (const { Type, Value, SourceResult } of [answered.Parameter, ...several].map(membersOf)) {
    if (Type !== SECURE || !isLong(Value)) continue
    yield Value
    // of a reference the value stands in it a second time, spelled otherwise
    if (SourceResult !== undefined && Value.search(UNSAFE) >= 0) yield inSourceResult(Value)
  }
}

const SECURE = 'SecureString'
/** What SourceResult escapes besides what JSON does. Source: parameterstore.md 11. */
const UNSAFE = /[=<>&']/g

const inSourceResult = (value: string): string =>
  JSON.stringify(value)
    .slice(1, -1)
    .replace(UNSAFE, (at) => `\\u00${at.charCodeAt(0).toString(16)}`)

const membersOf = (record: unknown): Readonly<Record<string, unknown>> =>
  record === null || typeof record !== 'object' ? {} : (record as Readonly<Record<string, unknown>>)

const isLong = (value: unknown): value is string => typeof value === 'string' && value.length >= LEAST_LENGTH

function* valuesIn(record: unknown): Generator<string> {
  if (record === null || typeof record !== 'object') return
  const members = record as Readonly<Record<string, unknown>>
  for (const name of MEMBERS) {
    const value = members[name]
    if (typeof value === 'string' && value.length >= LEAST_LENGTH) yield value
  }
  const binary = members.SecretBinary
  if (binary instanceof Uint8Array && binary.length >= LEAST_LENGTH) {
    yield Buffer.from(binary).toString('utf8')
    yield Buffer.from(binary).toString('base64')
  }
  if (Array.isArray(members.SecretValues)) for (const each of members.SecretValues) yield* valuesIn(each)
}
