import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { allow, refusal, user, world } from '../test/world.ts'

const WrappingAlgorithm = 'RSAES_OAEP_SHA_256'
const WrappingKeySpec = 'RSA_2048'

test('GetParametersForImport gives an RSA key and a token for a day (kms.md 16.3)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key({ Origin: 'EXTERNAL' })
  const ask = () => w.ask('GetParametersForImport', { KeyId, WrappingAlgorithm, WrappingKeySpec })
  const out = await ask()
  assert.deepEqual([out.KeyId, out.ParametersValidTo], [Arn, new Date(w.clock.now() + 86_400_000)])
  const key = createPublicKey({ key: out.PublicKey, format: 'der', type: 'spki' })
  assert.equal(key.asymmetricKeyDetails?.modulusLength, 2048)
  assert.ok(out.ImportToken.length <= 6144)
  assert.notDeepEqual((await ask()).PublicKey, out.PublicKey)
})

test('GetParametersForImport is for keys whose material is brought (text recorded), and for RSA', async () => {
  await using w = await world()
  const own = await w.key()
  const external = await w.key({ Origin: 'EXTERNAL' })
  const ask = (KeyId: string, more = {}) =>
    w.ask('GetParametersForImport', { KeyId, WrappingAlgorithm, WrappingKeySpec, ...more })
  await assert.rejects(
    ask(own.KeyId),
    refusal('UnsupportedOperationException', `${own.Arn} origin is AWS_KMS which is not valid for this operation.`),
  )
  await assert.rejects(
    ask(external.KeyId, { WrappingAlgorithm: 'RSAES_PKCS1_V1_5' }),
    refusal('UnsupportedOperationException', 'WrappingAlgorithm RSAES_PKCS1_V1_5 is not supported.'),
  )
  await assert.rejects(ask(external.KeyId, { WrappingKeySpec: 'SM2' }), { code: 'UnsupportedOperationException' })
  await assert.rejects(ask('alias/x'), refusal('NotFoundException', "Invalid keyId 'alias/x'"))
  await w.ask('ScheduleKeyDeletion', { KeyId: external.KeyId })
  await assert.rejects(ask(external.KeyId), refusal('KMSInvalidStateException', `${external.Arn} is pending deletion.`))
})

test('GetParametersForImport: how it is wrapped is a condition (kms.md 12)', async () => {
  await using w = await world()
  const { KeyId } = await w.key({ Origin: 'EXTERNAL' })
  const Condition = {
    StringEquals: { 'kms:WrappingAlgorithm': WrappingAlgorithm, 'kms:WrappingKeySpec': WrappingKeySpec },
  }
  const caller = user('u', [allow('kms:GetParametersForImport', '*', { Condition })])
  const ask = (more: object) =>
    w.ask('GetParametersForImport', { KeyId, WrappingAlgorithm, WrappingKeySpec, ...more }, { caller })
  await ask({})
  await assert.rejects(ask({ WrappingAlgorithm: 'RSAES_OAEP_SHA_1' }), { code: 'AccessDeniedException' })
  await assert.rejects(ask({ WrappingKeySpec: 'RSA_4096' }), { code: 'AccessDeniedException' })
})
