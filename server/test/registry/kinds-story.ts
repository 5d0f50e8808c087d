import { constants, createPublicKey, publicEncrypt } from 'node:crypto'
import { bytesCanary } from './needles.ts'
import { PEER, WRAPPING } from './kinds.ts'
import type { Story } from './story.ts'

type Texts = Readonly<Record<string, string>>

/** Messages that are signed and authenticated, private halves and shared secrets that are given out, material that is brought. */
export async function goodKinds(story: Story): Promise<void> {
  const key = async (input: object) => {
    const made = await story.well('kms:CreateKey', { ...input })
    return (JSON.parse(made) as { KeyMetadata: { KeyId: string } }).KeyMetadata.KeyId
  }
  const bytes = (base64: string | undefined) => Buffer.from(base64 ?? '', 'base64')
  const signer = await key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const signed = {
    KeyId: signer,
    Message: story.bytes('Message of Sign', 64),
    SigningAlgorithm: 'ECDSA_SHA_256',
  }
  const { Signature } = JSON.parse(await story.well('kms:Sign', signed)) as Texts
  await story.well('kms:Verify', { ...signed, Signature: bytes(Signature) })
  const digest = { ...signed, Message: story.bytes('digest of Sign'), MessageType: 'DIGEST' }
  await story.well('kms:Sign', digest)
  await story.badly('KMSInvalidSignatureException', 'kms:Verify', { ...digest, Signature: bytes(Signature) })

  const hmac = await key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const authenticated = {
    KeyId: hmac,
    Message: story.bytes('Message of GenerateMac', 64),
    MacAlgorithm: 'HMAC_SHA_256',
  }
  const { Mac } = JSON.parse(await story.well('kms:GenerateMac', authenticated)) as Texts
  await story.well('kms:VerifyMac', { ...authenticated, Mac: bytes(Mac) })

  const agreeing = await key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
  const agreed = { KeyId: agreeing, KeyAgreementAlgorithm: 'ECDH', PublicKey: PEER }
  const { SharedSecret } = JSON.parse(await story.reveal('kms:DeriveSharedSecret', agreed)) as Texts
  story.canaries.push(bytesCanary('SharedSecret', bytes(SharedSecret)))

  const wrapping = await key({})
  const asked = { KeyId: wrapping, KeyPairSpec: 'ECC_NIST_P256' }
  const pair = JSON.parse(await story.reveal('kms:GenerateDataKeyPair', asked)) as Texts
  // Of PKCS#8 the private number alone: the rest is public.
  story.canaries.push(bytesCanary('private half', bytes(pair.PrivateKeyPlaintext).subarray(36, 68)))
  await story.well('kms:GenerateDataKeyPairWithoutPlaintext', asked)

  const external = await key({ Origin: 'EXTERNAL' })
  const parameters = JSON.parse(
    await story.well('kms:GetParametersForImport', { KeyId: external, ...WRAPPING }),
  ) as Texts
  const material = story.bytes('imported material')
  const spki = createPublicKey({ key: bytes(parameters.PublicKey), format: 'der', type: 'spki' })
  const EncryptedKeyMaterial = publicEncrypt(
    { key: spki, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    material,
  )
  const brought = {
    KeyId: external,
    ImportToken: bytes(parameters.ImportToken),
    EncryptedKeyMaterial,
    ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
  }
  await story.well('kms:ImportKeyMaterial', brought)
  // Material that is sent without being wrapped is refused, and told nowhere either.
  await story.badly('InvalidCiphertextException', 'kms:ImportKeyMaterial', {
    ...brought,
    EncryptedKeyMaterial: story.bytes('material without its wrapping'),
  })
}
