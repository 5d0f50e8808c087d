import assert from 'node:assert/strict'
import {
  constants,
  createCipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  verify,
} from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CreateKeyCommandInput } from '@aws-sdk/client-kms'
import { refused, session } from './session.ts'
import { available, run } from './tool.ts'

// Keys that sign, authenticate, agree, and keys whose material is brought, by the official client. Source: kms.md 16.
const { server, kms, secrets } = await session()

const Message = Buffer.from('a message of somebody')

async function newKey(input: CreateKeyCommandInput): Promise<string> {
  return (await kms.createKey(input)).KeyMetadata?.KeyId ?? ''
}

async function publicKeyOf(KeyId: string) {
  const { PublicKey = new Uint8Array() } = await kms.getPublicKey({ KeyId })
  return createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' })
}

test('what KMS signed anybody verifies with the public key: RSA, ECDSA, Ed25519, ML-DSA', async () => {
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  for (const [KeySpec, SigningAlgorithm, hash, options] of [
    ['RSA_2048', 'RSASSA_PSS_SHA_256', 'sha256', pss],
    ['ECC_NIST_P256', 'ECDSA_SHA_256', 'sha256', {}],
    ['ECC_NIST_P384', 'ECDSA_SHA_384', 'sha384', {}],
    ['ECC_NIST_P521', 'ECDSA_SHA_512', 'sha512', {}],
    ['ECC_SECG_P256K1', 'ECDSA_SHA_256', 'sha256', {}],
    ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', null, {}],
    ['ML_DSA_65', 'ML_DSA_SHAKE_256', null, {}],
  ] as const) {
    const KeyId = await newKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' })
    const key = await publicKeyOf(KeyId)
    const { Signature = new Uint8Array() } = await kms.sign({ KeyId, Message, SigningAlgorithm })
    assert.equal(verify(hash, Message, { key, ...options }, Signature), true, KeySpec)
    const { SignatureValid } = await kms.verify({ KeyId, Message, Signature, SigningAlgorithm })
    assert.equal(SignatureValid, true)
    if (hash !== null) {
      // As cosign and sops do: the digest is made here, only it travels.
      const digest = { KeyId, Message: createHash(hash).update(Message).digest(), MessageType: 'DIGEST' } as const
      const made = await kms.sign({ ...digest, SigningAlgorithm })
      assert.equal(verify(hash, Message, { key, ...options }, made.Signature ?? Buffer.of(1)), true, KeySpec)
      assert.equal((await kms.verify({ ...digest, Signature, SigningAlgorithm })).SignatureValid, true)
    }
    Signature[20] = (Signature[20] ?? 0) ^ 1
    await refused(kms.verify({ KeyId, Message, Signature, SigningAlgorithm }), 'KMSInvalidSignatureException')
  }
})

test('what anybody encrypts with the public key KMS decrypts', async () => {
  const KeyId = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  const key = await publicKeyOf(KeyId)
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  const CiphertextBlob = publicEncrypt({ key, padding, oaepHash: 'sha256' }, Message)
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
  const out = await kms.decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm })
  assert.deepEqual(Buffer.from(out.Plaintext ?? []), Message)
  assert.equal(out.KeyMaterialId, undefined)
  await refused(kms.decrypt({ KeyId, CiphertextBlob }), 'InvalidCiphertextException')
})

test('a shared secret is the same on both sides; a data key pair decrypts what its public half encrypts', async () => {
  const KeyId = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
  const mine = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const PublicKey = mine.publicKey.export({ type: 'spki', format: 'der' })
  const { SharedSecret } = await kms.deriveSharedSecret({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey })
  const expected = diffieHellman({ privateKey: mine.privateKey, publicKey: await publicKeyOf(KeyId) })
  assert.deepEqual(Buffer.from(SharedSecret ?? []), expected)

  const wrapping = await newKey({})
  const EncryptionContext = { app: 'a' }
  const pair = await kms.generateDataKeyPairWithoutPlaintext({
    KeyId: wrapping,
    KeyPairSpec: 'RSA_2048',
    EncryptionContext,
  })
  const spki = { key: Buffer.from(pair.PublicKey ?? []), format: 'der', type: 'spki' } as const
  const sealed = publicEncrypt(createPublicKey(spki), Message)
  const opened = await kms.decrypt({ CiphertextBlob: pair.PrivateKeyCiphertextBlob, EncryptionContext })
  const pkcs8 = { key: Buffer.from(opened.Plaintext ?? []), format: 'der', type: 'pkcs8' } as const
  assert.deepEqual(privateDecrypt(pkcs8, sealed), Message)
})

test('HMACs: made, verified, refused', async () => {
  const KeyId = await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const MacAlgorithm = 'HMAC_SHA_256'
  const { Mac } = await kms.generateMac({ KeyId, Message, MacAlgorithm })
  assert.equal((await kms.verifyMac({ KeyId, Message, Mac, MacAlgorithm })).MacValid, true)
  await refused(kms.verifyMac({ KeyId, Message: Buffer.from('x'), Mac, MacAlgorithm }), 'KMSInvalidMacException')
  await refused(
    kms.generateMac({ KeyId, Message, MacAlgorithm: 'HMAC_SHA_512' }),
    'InvalidKeyUsageException',
    'Algorithm HMAC_SHA_512 is incompatible with key spec HMAC_256.',
  )
})

/** Imports material of 32 bytes as a customer does. */
async function bring(KeyId: string, material: Buffer, more: { ValidTo?: Date; ImportType?: 'NEW_KEY_MATERIAL' } = {}) {
  const { PublicKey = new Uint8Array(), ImportToken } = await kms.getParametersForImport({
    KeyId,
    WrappingAlgorithm: 'RSA_AES_KEY_WRAP_SHA_256',
    WrappingKeySpec: 'RSA_2048',
  })
  const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' })
  const kek = randomBytes(32)
  const cipher = createCipheriv('id-aes256-wrap-pad', kek, Buffer.from('a65959a6', 'hex'))
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  const outer = publicEncrypt({ key, padding, oaepHash: 'sha256' }, kek)
  return kms.importKeyMaterial({
    KeyId,
    ImportToken,
    EncryptedKeyMaterial: Buffer.concat([outer, cipher.update(material), cipher.final()]),
    ExpirationModel: more.ValidTo === undefined ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : 'KEY_MATERIAL_EXPIRES',
    ...more,
  })
}

test('brought material: imported, expired, imported again; a second one by rotation; deleted', async () => {
  const KeyId = await newKey({ Origin: 'EXTERNAL' })
  const state = async () => (await kms.describeKey({ KeyId })).KeyMetadata
  assert.equal((await state())?.KeyState, 'PendingImport')
  const first = randomBytes(32)
  const ValidTo = new Date(server.clock.now() + 3_600_000)
  const { KeyMaterialId } = await bring(KeyId, first, { ValidTo })
  assert.deepEqual(
    [(await state())?.KeyState, (await state())?.ValidTo?.getTime(), (await state())?.CurrentKeyMaterialId],
    ['Enabled', ValidTo.getTime(), KeyMaterialId],
  )
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Message })
  await server.clock.advance({ hours: 1 })
  const arn = (await state())?.Arn
  await refused(kms.decrypt({ CiphertextBlob }), 'KMSInvalidStateException', `${arn} is pending import.`)
  await refused(bring(KeyId, randomBytes(32)), 'IncorrectKeyMaterialException')
  await bring(KeyId, first)
  assert.deepEqual(Buffer.from((await kms.decrypt({ CiphertextBlob })).Plaintext ?? []), Message)

  await refused(
    kms.rotateKeyOnDemand({ KeyId }),
    'KMSInvalidStateException',
    `No available key material pending rotation for the key: ${arn}.`,
  )
  const second = await bring(KeyId, randomBytes(32), { ImportType: 'NEW_KEY_MATERIAL' })
  const listed = async () => {
    const { Rotations = [] } = await kms.listKeyRotations({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })
    return Rotations.map((each) => [each.KeyMaterialId, each.KeyMaterialState, each.ImportState])
  }
  assert.deepEqual(await listed(), [
    [KeyMaterialId, 'CURRENT', 'IMPORTED'],
    [second.KeyMaterialId, 'PENDING_ROTATION', 'IMPORTED'],
  ])
  await kms.rotateKeyOnDemand({ KeyId })
  assert.equal((await state())?.CurrentKeyMaterialId, second.KeyMaterialId)
  assert.deepEqual(await listed(), [
    [second.KeyMaterialId, 'CURRENT', 'IMPORTED'],
    [KeyMaterialId, 'NON_CURRENT', 'IMPORTED'],
  ])
  // What the older one encrypted is still read, and by it; without any one of them the key can't be used.
  assert.equal((await kms.decrypt({ CiphertextBlob })).KeyMaterialId, KeyMaterialId)
  assert.equal((await kms.encrypt({ KeyId, Plaintext: Message })).KeyId, arn)
  await kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId })
  assert.equal((await state())?.KeyState, 'PendingImport')
  await refused(kms.encrypt({ KeyId, Plaintext: Message }), 'KMSInvalidStateException')
  await bring(KeyId, first)
  assert.deepEqual(Buffer.from((await kms.decrypt({ CiphertextBlob })).Plaintext ?? []), Message)
})

test('openssl wraps material as AWS’s guide has it, and verifies what the imported key signs', async (t) => {
  if (!(await available(t, 'openssl', ['version']))) return
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-openssl-'))
  const file = (name: string) => join(folder, name)
  const openssl = async (...args: string[]) => {
    const ended = await run('openssl', args, process.env)
    assert.equal(ended.code, 0, ended.stderr)
  }
  try {
    const KeyId = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', Origin: 'EXTERNAL' })
    const parameters = await kms.getParametersForImport({
      KeyId,
      WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
      WrappingKeySpec: 'RSA_3072',
    })
    writeFileSync(file('wrapping.der'), parameters.PublicKey ?? '')
    await openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', file('own.pem'))
    await openssl('pkcs8', '-topk8', '-nocrypt', '-outform', 'der', '-in', file('own.pem'), '-out', file('own.der'))
    await openssl('ec', '-in', file('own.pem'), '-pubout', '-out', file('public.pem'))
    const oaep = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256'].flatMap((o) => ['-pkeyopt', o])
    const wrapping = ['-inkey', file('wrapping.der'), '-keyform', 'DER', '-pubin']
    await openssl('pkeyutl', '-encrypt', '-in', file('own.der'), '-out', file('wrapped'), ...wrapping, ...oaep)
    await kms.importKeyMaterial({
      KeyId,
      ImportToken: parameters.ImportToken,
      EncryptedKeyMaterial: readFileSync(file('wrapped')),
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    })
    const { Signature = '' } = await kms.sign({ KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' })
    writeFileSync(file('signature'), Signature)
    writeFileSync(file('message'), Message)
    await openssl('dgst', '-sha256', '-verify', file('public.pem'), '-signature', file('signature'), file('message'))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a secret takes no key but a symmetric one, and none whose material is not there (kms.md 13.2)', async () => {
  for (const input of [
    { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
    { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
    { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  ] as const)
    await refused(
      secrets.createSecret({ Name: `under-${input.KeySpec}`, SecretString: 'x', KmsKeyId: await newKey(input) }),
      'InvalidParameterException',
      'Cannot generate a data key with an asymmetric KMS key',
    )
  const external = await newKey({ Origin: 'EXTERNAL' })
  const material = randomBytes(32)
  await bring(external, material)
  await secrets.createSecret({ Name: 'under-brought', SecretString: 'x', KmsKeyId: external })
  await kms.deleteImportedKeyMaterial({ KeyId: external })
  await refused(secrets.getSecretValue({ SecretId: 'under-brought' }), 'DecryptionFailure')
  await bring(external, material)
  assert.equal((await secrets.getSecretValue({ SecretId: 'under-brought' })).SecretString, 'x')
})

test('the last use of a key that signs is told too (kms.md 16.4)', async () => {
  const KeyId = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  assert.deepEqual((await kms.getKeyLastUsage({ KeyId })).KeyLastUsage ?? {}, {})
  await kms.sign({ KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' })
  assert.equal((await kms.getKeyLastUsage({ KeyId })).KeyLastUsage?.Operation, 'Sign')
})
