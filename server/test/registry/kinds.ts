import { constants, createPublicKey, generateKeyPairSync, publicEncrypt } from 'node:crypto'
import type { World } from './world.ts'

/** Keys of KMS that are not symmetric, or whose material is brought: what the operations on them need. */

/** What a prepared key has to show: a signature, a MAC or wrapped material, and the token that goes with the last. */
export interface Prepared {
  readonly keyId: string
  readonly ciphertext: Uint8Array
  readonly importToken: Uint8Array
}

/** Somebody else's public key. */
export const PEER: Buffer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export({
  type: 'spki',
  format: 'der',
})
export const SIGNED = { Message: Buffer.from('message'), SigningAlgorithm: 'ECDSA_SHA_256' }
export const AUTHENTICATED = { Message: Buffer.from('message'), MacAlgorithm: 'HMAC_SHA_256' }
export const WRAPPING = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }

const NOTHING = Buffer.alloc(64, 1)

/** A key that the operation `name` acts on; undefined when that is a symmetric one. */
export async function prepareKind(world: World, name: string): Promise<Prepared | undefined> {
  const ask = async (action: string, input: object) =>
    JSON.parse(await world.done(`kms:${action}`, { ...input })) as Record<string, string>
  const create = async (KeySpec: string, KeyUsage: string, Origin = 'AWS_KMS') => {
    const made = await world.done('kms:CreateKey', { KeySpec, KeyUsage, Origin })
    return (JSON.parse(made) as { KeyMetadata: { KeyId: string } }).KeyMetadata.KeyId
  }
  const bytes = (base64: string | undefined) => Buffer.from(base64 ?? '', 'base64')
  switch (name) {
    case 'Sign':
    case 'GetPublicKey':
      return { keyId: await create('ECC_NIST_P256', 'SIGN_VERIFY'), ciphertext: NOTHING, importToken: NOTHING }
    case 'Verify': {
      const keyId = await create('ECC_NIST_P256', 'SIGN_VERIFY')
      const { Signature } = await ask('Sign', { KeyId: keyId, ...SIGNED })
      return { keyId, ciphertext: bytes(Signature), importToken: NOTHING }
    }
    case 'GenerateMac':
    case 'VerifyMac': {
      const keyId = await create('HMAC_256', 'GENERATE_VERIFY_MAC')
      const { Mac } = await ask('GenerateMac', { KeyId: keyId, ...AUTHENTICATED })
      return { keyId, ciphertext: bytes(Mac), importToken: NOTHING }
    }
    case 'DeriveSharedSecret':
      return { keyId: await create('ECC_NIST_P256', 'KEY_AGREEMENT'), ciphertext: NOTHING, importToken: NOTHING }
    case 'GetParametersForImport':
    case 'ImportKeyMaterial':
    case 'DeleteImportedKeyMaterial': {
      const keyId = await create('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 'EXTERNAL')
      const { PublicKey, ImportToken } = await ask('GetParametersForImport', { KeyId: keyId, ...WRAPPING })
      const key = createPublicKey({ key: bytes(PublicKey), format: 'der', type: 'spki' })
      const padding = constants.RSA_PKCS1_OAEP_PADDING
      const ciphertext = publicEncrypt({ key, padding, oaepHash: 'sha256' }, Buffer.alloc(32, 9))
      return { keyId, ciphertext, importToken: bytes(ImportToken) }
    }
    default:
      return undefined
  }
}
