import { createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { ApiError } from '#kernel/error'
import { curveOf } from './generate.ts'
import type { KeyPair } from './pair.ts'

/** A public key that is none, or of another curve. AWS gives no text here (recorded). */
const badPeer = () => new ApiError('ValidationException')

/** The other party's public key: SubjectPublicKeyInfo, DER, on the curve of the key. OpenSSL looks whether it is on it. */
export function peerOf(spec: string, spki: Uint8Array): KeyObject {
  let key: KeyObject
  try {
    key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch {
    throw badPeer()
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== curveOf(spec)) throw badPeer()
  return key
}

/** The secret that both parties can work out: the x coordinate, as long as the curve's field. The caller zeroes it. */
export function sharedSecret({ privateKey }: KeyPair, publicKey: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    diffieHellman({ privateKey, publicKey }, (error, secret) => (error ? reject(badPeer()) : resolve(secret))),
  )
}
