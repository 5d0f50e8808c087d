import { createHmac, type KeyObject } from 'node:crypto'

/**
 * How a webhook knows that a request is ours, and not an old one: `Strongroom-Signature: t=1767225600,v1=…`, where v1 is the
 * HMAC-SHA-256, in hexadecimal digits, of `t`, a full stop and the body as it came. `t`: seconds since the epoch. A receiver
 * refuses what is older than a few minutes. Pure.
 */

export const SIGNATURE_HEADER = 'strongroom-signature'

/** @param now milliseconds since the epoch */
export function signature(body: string, key: KeyObject, now: number): string {
  const seconds = Math.floor(now / 1000)
  return `t=${seconds},v1=${createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex')}`
}
