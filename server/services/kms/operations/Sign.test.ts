import assert from 'node:assert/strict'
import { constants, createHash, createPublicKey, verify } from 'node:crypto'
import { test } from 'node:test'
import { allow, refusal, user, world } from '../test/world.ts'

const Message = Buffer.from('a message')
const digest = (hash: string) => createHash(hash).update(Message).digest()

test('Sign with ECDSA: DER over the hash of the message, or over the hash that is given (kms.md 16.1)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  await w.ask('CreateAlias', { AliasName: 'alias/signer', TargetKeyId: KeyId })
  const { PublicKey } = await w.ask('GetPublicKey', { KeyId })
  const key = createPublicKey({ key: PublicKey, format: 'der', type: 'spki' })
  const SigningAlgorithm = 'ECDSA_SHA_256'
  for (const asked of [
    { Message },
    { Message, MessageType: 'RAW' },
    { Message: digest('sha256'), MessageType: 'DIGEST' },
  ]) {
    const out = await w.ask('Sign', { KeyId: 'alias/signer', SigningAlgorithm, ...asked })
    assert.deepEqual([out.KeyId, out.SigningAlgorithm], [Arn, SigningAlgorithm])
    assert.equal(verify('sha256', Message, key, out.Signature), true)
  }
})

test('Sign with RSA: every algorithm, its own padding, a salt as long as the hash', async () => {
  await using w = await world()
  const { KeyId } = await w.key({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
  const { PublicKey, SigningAlgorithms } = await w.ask('GetPublicKey', { KeyId })
  const key = createPublicKey({ key: PublicKey, format: 'der', type: 'spki' })
  assert.equal(SigningAlgorithms.length, 6)
  for (const SigningAlgorithm of SigningAlgorithms as string[]) {
    const hash = `sha${SigningAlgorithm.slice(-3)}`
    const options = SigningAlgorithm.includes('PSS')
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(hash.slice(3)) / 8 }
      : { padding: constants.RSA_PKCS1_PADDING }
    const raw = await w.ask('Sign', { KeyId, Message, SigningAlgorithm })
    const given = await w.ask('Sign', { KeyId, Message: digest(hash), MessageType: 'DIGEST', SigningAlgorithm })
    for (const { Signature } of [raw, given]) assert.equal(verify(hash, Message, { key, ...options }, Signature), true)
  }
})

test('Sign refuses a digest of the wrong length (text recorded), and a kind of message the algorithm has not', async () => {
  await using w = await world()
  const key = async (KeySpec: string) => (await w.key({ KeySpec, KeyUsage: 'SIGN_VERIFY' })).KeyId
  const p256 = await key('ECC_NIST_P256')
  const edwards = await key('ECC_NIST_EDWARDS25519')
  const mldsa = await key('ML_DSA_44')
  const sign = (KeyId: string, SigningAlgorithm: string, MessageType: string, size: number) =>
    w.ask('Sign', { KeyId, SigningAlgorithm, MessageType, Message: Buffer.alloc(size, 1) })
  const length = (algorithm: string) =>
    refusal('ValidationException', `Digest is invalid length for algorithm ${algorithm}.`)
  await assert.rejects(sign(p256, 'ECDSA_SHA_256', 'DIGEST', 31), length('ECDSA_SHA_256'))
  await assert.rejects(sign(p256, 'ECDSA_SHA_256', 'DIGEST', 33), length('ECDSA_SHA_256'))
  await assert.rejects(sign(edwards, 'ED25519_PH_SHA_512', 'DIGEST', 32), length('ED25519_PH_SHA_512'))
  await assert.rejects(sign(mldsa, 'ML_DSA_SHAKE_256', 'EXTERNAL_MU', 32), length('ML_DSA_SHAKE_256'))
  for (const [keyId, algorithm, type] of [
    [p256, 'ECDSA_SHA_256', 'EXTERNAL_MU'],
    [edwards, 'ED25519_SHA_512', 'DIGEST'],
    [edwards, 'ED25519_PH_SHA_512', 'RAW'],
    [mldsa, 'ML_DSA_SHAKE_256', 'DIGEST'],
  ] as const)
    await assert.rejects(
      sign(keyId, algorithm, type, 64),
      refusal('ValidationException', `MessageType ${type} is not supported by algorithm ${algorithm}.`),
    )
})

test('Sign with Ed25519 and ML-DSA: signatures of their sizes (kms.md 16.1)', async () => {
  await using w = await world()
  for (const [KeySpec, SigningAlgorithm, size] of [
    ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', 64],
    ['ML_DSA_44', 'ML_DSA_SHAKE_256', 2420],
    ['ML_DSA_65', 'ML_DSA_SHAKE_256', 3309],
    ['ML_DSA_87', 'ML_DSA_SHAKE_256', 4627],
  ] as const) {
    const { KeyId } = await w.key({ KeySpec, KeyUsage: 'SIGN_VERIFY' })
    const { PublicKey } = await w.ask('GetPublicKey', { KeyId })
    const { Signature } = await w.ask('Sign', { KeyId, Message, SigningAlgorithm })
    assert.equal(Signature.length, size)
    const key = createPublicKey({ key: PublicKey, format: 'der', type: 'spki' })
    assert.equal(verify(null, Message, key, Signature), true)
  }
})

test('Sign refuses keys for something else, algorithms of other keys, and states (texts recorded, kms.md 16.1)', async () => {
  await using w = await world()
  const symmetric = await w.key()
  const p384 = await w.key({ KeySpec: 'ECC_NIST_P384', KeyUsage: 'SIGN_VERIFY' })
  const sign = (KeyId: string, more = {}) =>
    w.ask('Sign', { KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256', ...more })
  await assert.rejects(
    sign(symmetric.KeyId),
    refusal('InvalidKeyUsageException', `${symmetric.Arn} key usage is ENCRYPT_DECRYPT which is not valid for Sign.`),
  )
  await assert.rejects(
    sign(p384.KeyId),
    refusal('InvalidKeyUsageException', 'Algorithm ECDSA_SHA_256 is incompatible with key spec ECC_NIST_P384.'),
  )
  await assert.rejects(
    sign(p384.KeyId, { SigningAlgorithm: 'ECDSA_SHA_384', DryRun: true }),
    refusal('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.'),
  )
  await w.ask('DisableKey', { KeyId: p384.KeyId })
  await assert.rejects(sign(p384.KeyId), refusal('DisabledException', `${p384.Arn} is disabled.`))
  await w.ask('ScheduleKeyDeletion', { KeyId: p384.KeyId })
  await assert.rejects(sign(p384.KeyId), refusal('KMSInvalidStateException', `${p384.Arn} is pending deletion.`))
})

test('Sign: algorithm and kind of message are conditions, RAW filled in (kms.md 12)', async () => {
  await using w = await world()
  const { KeyId } = await w.key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const Condition = { StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'RAW' } }
  const caller = user('u', [allow('kms:Sign', '*', { Condition })])
  await w.ask('Sign', { KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' }, { caller })
  const given = { KeyId, Message: digest('sha256'), MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' }
  await assert.rejects(w.ask('Sign', given, { caller }), { code: 'AccessDeniedException' })
  // Who may not sign learns nothing of what the key is for.
  await assert.rejects(w.ask('Sign', { ...given, SigningAlgorithm: 'ECDSA_SHA_512' }, { caller }), {
    code: 'AccessDeniedException',
  })
})

test('Sign: whoever asks for one signature does not wait behind all that another one has asked for', async () => {
  await using w = await world()
  const { KeyId } = await w.key({ KeySpec: 'ML_DSA_65', KeyUsage: 'SIGN_VERIFY' })
  const input = { KeyId, Message: Buffer.alloc(64), MessageType: 'EXTERNAL_MU', SigningAlgorithm: 'ML_DSA_SHAKE_256' }
  const [ann, bob] = [user('ann', [allow('kms:Sign')]), user('bob', [allow('kms:Sign')])]
  const flood = Promise.all(Array.from({ length: 30 }, () => w.ask('Sign', input, { caller: ann })))
  const one = w.ask('Sign', input, { caller: bob }).then(() => 'bob’s')
  assert.equal(await Promise.race([one, flood]), 'bob’s')
  assert.equal((await flood).length, 30)
})
