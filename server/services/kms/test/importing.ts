import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import type { Asked, World } from './world.ts'

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

/** Imports material: parameters, wrapping, ImportKeyMaterial. It does not expire unless `more` says when. */
export async function bring(
  w: World,
  KeyId: string,
  material: Uint8Array,
  more: object = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
  { algorithm = 'RSA_AES_KEY_WRAP_SHA_256', ...asked }: Asked & { algorithm?: string } = {},
): Promise<{ KeyId: string; KeyMaterialId?: string }> {
  const { ImportToken, PublicKey } = await w.ask(
    'GetParametersForImport',
    { KeyId, WrappingAlgorithm: algorithm, WrappingKeySpec: 'RSA_2048' },
    asked,
  )
  const EncryptedKeyMaterial = wrapped(PublicKey, algorithm, material)
  return w.ask('ImportKeyMaterial', { KeyId, ImportToken, EncryptedKeyMaterial, ...more }, asked)
}
