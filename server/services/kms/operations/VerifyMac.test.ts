import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusal, world } from '../test/world.ts'

test('VerifyMac says true or throws, without a text (kms.md 16.2, recorded)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const Message = Buffer.from('m')
  const MacAlgorithm = 'HMAC_SHA_256'
  const { Mac } = await w.ask('GenerateMac', { KeyId, Message, MacAlgorithm })
  const verify = (more: object = {}) => w.ask('VerifyMac', { KeyId, Message, Mac, MacAlgorithm, ...more })
  assert.deepEqual(await verify(), { MacValid: true, MacAlgorithm, KeyId: Arn })
  const wrong = refusal('KMSInvalidMacException')
  const changed = Buffer.from(Mac)
  changed[31] = (changed[31] as number) ^ 1
  for (const bad of [changed, Mac.subarray(1), Buffer.concat([Mac, Mac])]) {
    await assert.rejects(verify({ Mac: bad }), wrong)
    await assert.rejects(verify({ Mac: bad, DryRun: true }), wrong)
  }
  await assert.rejects(verify({ Message: Buffer.from('n') }), wrong)
  await assert.rejects(verify({ DryRun: true }), { code: 'DryRunOperationException' })
  await w.ask('DisableKey', { KeyId })
  await assert.rejects(verify(), refusal('DisabledException', `${Arn} is disabled.`))
})
