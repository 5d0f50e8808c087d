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
    for (const record of [input, out]) {
      for (const value of valuesIn(record)) {
        if (values.size >= MOST_VALUES) return
        values.add(value)
      }
    }
  }
}

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
