import { readFileSync } from 'node:fs'
import type { Reach } from '#kernel/outbound/call'

/**
 * How far we go for whoever runs the server: what he names may be on a private network, and in the clear where he says so.
 * `caPath`: certificate authorities in PEM besides the public ones.
 */
export function operatorsReach(caPath: string | undefined): Reach {
  const ca = caPath === undefined ? undefined : readFileSync(caPath, 'utf8')
  return { mayConnect: () => true, mayConnectPlain: () => true, ...(ca === undefined ? {} : { ca }) }
}
