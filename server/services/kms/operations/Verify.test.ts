import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { allow, refusal, user, world } from '../test/world.ts'

const Message = Buffer.from('a message')
const SigningAlgorithm = 'ECDSA_SHA_256'

test('Verify says true or throws, without a text, whatever is wrong (kms.md 16.1, recorded)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const { Signature } = await w.ask('Sign', { KeyId, Message, SigningAlgorithm })
  const verify = (more: object = {}) => w.ask('Verify', { KeyId, Message, Signature, SigningAlgorithm, ...more })
  assert.deepEqual(await verify(), { KeyId: Arn, SignatureValid: true, SigningAlgorithm })
  const wrong = refusal('KMSInvalidSignatureException')
  const digest = createHash('sha256').update(Message).digest()
  assert.equal((await verify({ Message: digest, MessageType: 'DIGEST' })).SignatureValid, true)
  await assert.rejects(verify({ Message: Buffer.from('another') }), wrong)
  await assert.rejects(verify({ Message: Buffer.alloc(32), MessageType: 'DIGEST' }), wrong)
  const changed = Buffer.from(Signature)
  changed[10] = (changed[10] as number) ^ 1
  for (const bad of [changed, Buffer.of(1), Buffer.alloc(6144, 0x30), Signature.subarray(1)]) {
    await assert.rejects(verify({ Signature: bad }), wrong)
    await assert.rejects(verify({ Signature: bad, Message: digest, MessageType: 'DIGEST' }), wrong)
    await assert.rejects(verify({ Signature: bad, DryRun: true }), wrong)
  }
  await assert.rejects(verify({ DryRun: true }), { code: 'DryRunOperationException' })
  const other = await w.key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  await assert.rejects(verify({ KeyId: other.KeyId }), wrong)
})

test('Verify needs kms:Verify: who may sign may not therefore verify', async () => {
  await using w = await world()
  const { KeyId } = await w.key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const caller = user('u', [allow('kms:Sign')])
  const { Signature } = await w.ask('Sign', { KeyId, Message, SigningAlgorithm }, { caller })
  await assert.rejects(w.ask('Verify', { KeyId, Message, Signature, SigningAlgorithm }, { caller }), {
    code: 'AccessDeniedException',
  })
})

test('Verify refuses keys for something else (text recorded for Sign)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
  await assert.rejects(
    w.ask('Verify', { KeyId, Message, Signature: Buffer.of(1), SigningAlgorithm }),
    refusal('InvalidKeyUsageException', `${Arn} key usage is KEY_AGREEMENT which is not valid for Verify.`),
  )
})

test('Verify in another Region what a multi-Region key signed (kms.md 7)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', MultiRegion: true })
  await w.ask('ReplicateKey', { KeyId, ReplicaRegion: 'eu-west-1' })
  const { Signature } = await w.ask('Sign', { KeyId, Message, SigningAlgorithm })
  const there = { region: 'eu-west-1' }
  const out = await w.ask('Verify', { KeyId, Message, Signature, SigningAlgorithm }, there)
  assert.deepEqual([out.SignatureValid, out.KeyId], [true, Arn.replace('us-east-1', 'eu-west-1')])
  const [here, far] = [await w.ask('GetPublicKey', { KeyId }), await w.ask('GetPublicKey', { KeyId }, there)]
  assert.deepEqual(here.PublicKey, far.PublicKey)
})
