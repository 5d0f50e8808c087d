import { constants, createCipheriv, createPrivateKey, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import { RSA_PKCS8 } from '../asymmetric/test/vectors.ts'
import type { Wrapping } from '../asymmetric/wrapping.ts'
import { importToken } from '../import-token.ts'
import { ACCOUNT, type Asked, REGION, type World } from './world.ts'

/** Wraps material as its owner does before importing it. */
export function wrapped(spki: Uint8Array, algorithm: string, material: Uint8Array): Buffer {
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  const oaepHash = algorithm.endsWith('_SHA_1') ? 'sha1' : 'sha256'
  const oaep = (bytes: Uint8Array) => publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, bytes)
  if (algorithm.startsWith('RSAES_')) return oaep(material)
  const kek = randomBytes(32)
  const cipher = createCipheriv('id-aes256-wrap-pad', kek, Buffer.from('a65959a6', 'hex'))
  return Buffer.concat([oaep(kek), cipher.update(material), cipher.final()])
}

const WRAPPING = createPublicKey(createPrivateKey({ key: RSA_PKCS8, format: 'der', type: 'pkcs8' })).export({
  type: 'spki',
  format: 'der',
})

/**
 * Imports material, wrapped under a known key: finding primes for one takes longer than all the rest. It does not expire
 * unless `more` says when. `KeyId`: an id.
 */
export function bring(
  w: World,
  KeyId: string,
  material: Uint8Array,
  more: object = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
  { algorithm = 'RSA_AES_KEY_WRAP_SHA_256', ...asked }: Asked & { algorithm?: Wrapping } = {},
): Promise<{ KeyId: string; KeyMaterialId?: string }> {
  const place = { account: asked.caller?.account ?? ACCOUNT, region: asked.region ?? REGION, id: KeyId }
  const expiresAt = w.clock.now() + 1000
  const ImportToken = importToken(w.vault, place, { algorithm, expiresAt, pkcs8: RSA_PKCS8 })
  const EncryptedKeyMaterial = wrapped(WRAPPING, algorithm, material)
  return w.ask('ImportKeyMaterial', { KeyId, ImportToken, EncryptedKeyMaterial, ...more }, asked)
}
