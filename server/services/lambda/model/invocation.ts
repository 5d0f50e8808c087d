import { clientContextInvalid, payloadNotJson, payloadTooLarge } from './refusals.ts'

/** What comes with an invocation. Source: rotation.md 14.2. */

/** Bytes of a payload, by type of invocation. */
const MOST_BYTES = { RequestResponse: 6_291_456, DryRun: 6_291_456, Event: 1_048_576 } as const
const MOST_CONTEXT_BYTES = 3583

export type InvocationType = keyof typeof MOST_BYTES

/** The event of a function: JSON; nothing is `{}`. */
export function payloadIn(payload: Uint8Array | undefined, type: InvocationType): Uint8Array {
  if (payload === undefined || payload.length === 0) return Buffer.from('{}')
  const most = MOST_BYTES[type]
  if (payload.length > most) throw payloadTooLarge(payload.length, type, most)
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch {
    // The parser's own message quotes the payload.
    throw payloadNotJson()
  }
  return payload
}

/** The client context as JSON text. */
export function clientContextIn(base64: string | undefined): string | undefined {
  if (base64 === undefined || base64 === '') return undefined
  const text = Buffer.from(base64, 'base64').toString('utf8')
  if (base64.length > MOST_CONTEXT_BYTES) throw clientContextInvalid()
  try {
    const value: unknown = JSON.parse(text)
    if (value === null || typeof value !== 'object' || Array.isArray(value)) throw clientContextInvalid()
  } catch {
    throw clientContextInvalid()
  }
  return text
}
