import { bothValues } from './refusals.ts'

/** Bytes of a value, and which member they came in. */
export interface Payload {
  readonly kind: 'string' | 'binary'
  readonly bytes: Uint8Array
}

interface Values {
  readonly SecretString?: string | undefined
  readonly SecretBinary?: Uint8Array | undefined
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
