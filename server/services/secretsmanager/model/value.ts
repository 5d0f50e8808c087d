import { bothValues, valueTooLong } from './refusals.ts'

/** Bytes of a value, and which member they came in. */
export interface Payload {
  readonly kind: 'string' | 'binary'
  readonly bytes: Uint8Array
}

interface Values {
  readonly SecretString?: string | undefined
  readonly SecretBinary?: Uint8Array | undefined
}

/** Most bytes of a value; a string's UTF-8 counts, not only its characters. Source: secretsmanager.md 5. */
const MOST_BYTES = 65_536

/** Refuses a string that is short enough in characters but not in bytes. Part of the model's checks: before all else. */
export function checkSize({ SecretString }: Values): void {
  // Shorter than a third of the limit can't be too long in any script.
  if (SecretString === undefined || SecretString.length * 3 <= MOST_BYTES) return
  if (Buffer.byteLength(SecretString) > MOST_BYTES) throw valueTooLong()
}

/**
 * The value of a request, byte for byte; undefined when there is none. Throws when both members are there. The bytes of
 * a string are a copy that the caller zeroes; those of a blob are the request's own and stay for a second run.
 */
export function payloadOf({ SecretString, SecretBinary }: Values): Payload | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined) throw bothValues()
  if (SecretBinary !== undefined) return { kind: 'binary', bytes: SecretBinary }
  if (SecretString === undefined) return undefined
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(SecretString))
  bytes.write(SecretString)
  return { kind: 'string', bytes }
}

/** Wipes the copy that `payloadOf` made. */
export function wipe(payload: Payload | undefined): void {
  if (payload?.kind === 'string') payload.bytes.fill(0)
}
