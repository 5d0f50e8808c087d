import type { Lookup } from './name.ts'

/** References to secrets, `/aws/reference/secretsmanager/<name>[:<version id or stage>]`: how they are read and shown. Source: parameterstore.md 11. */
export interface Reference {
  /** Name of the secret: all up to the first colon; `/` is part of it. */
  readonly secret: string
  /** With its colon; undefined: none. */
  readonly given: string | undefined
  readonly versionId?: string
  readonly stage?: string
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * What a reference means; undefined for a selector that is empty or has a colon in it. One that is shaped like a UUID is a version id,
 * anything else a stage, taken literally. Recorded.
 */
export function referenceOf({ reference = '' }: Pick<Lookup, 'reference'>): Reference | undefined {
  const colon = reference.indexOf(':')
  if (colon < 0) return { secret: reference, given: undefined }
  const selector = reference.slice(colon + 1)
  if (selector === '' || selector.includes(':')) return undefined
  const secret = reference.slice(0, colon)
  const given = `:${selector}`
  return UUID.test(selector) ? { secret, given, versionId: selector } : { secret, given, stage: selector }
}

/** A secret's version as Secrets Manager answers it. */
export interface Secretly {
  readonly ARN: string
  readonly Name: string
  readonly VersionId: string
  readonly SecretString?: string
  readonly SecretBinary?: Uint8Array
  readonly VersionStages?: readonly string[]
  readonly CreatedDate: Date
}

/** The members of SourceResult in their order, as JSON with the characters of HTML escaped. Recorded; the escapes but that of `=` reported. */
export function sourceResult(value: Secretly): string {
  const json = JSON.stringify({
    ARN: value.ARN,
    name: value.Name,
    versionId: value.VersionId,
    ...(value.SecretString === undefined
      ? { secretBinary: heapBuffer(value.SecretBinary ?? new Uint8Array(0)) }
      : { secretString: value.SecretString }),
    // Assumed: an empty list when no label is left on the version.
    versionStages: value.VersionStages ?? [],
    createdDate: dateOf(value.CreatedDate),
  })
  return json.replace(
    /[=<>&'\u2028\u2029]/g,
    (at) => `\\u${(at.codePointAt(0) as number).toString(16).padStart(4, '0')}`,
  )
}

/** Bytes as the service shows them: a buffer of Java's. Recorded. */
function heapBuffer(bytes: Uint8Array) {
  return {
    hb: Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)),
    offset: 0,
    isReadOnly: false,
    bigEndian: true,
    nativeByteOrder: false,
    mark: -1,
    position: 0,
    limit: bytes.length,
    capacity: bytes.length,
    address: 8,
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Sep 28, 2026, 6:41:03 PM`, in UTC. Recorded. */
function dateOf(date: Date): string {
  const hours = date.getUTCHours()
  const two = (part: number) => String(part).padStart(2, '0')
  const time = `${hours % 12 || 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${hours < 12 ? 'AM' : 'PM'}`
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}, ${time}`
}
