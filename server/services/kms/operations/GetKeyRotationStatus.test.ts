import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, allow, OTHER_ACCOUNT, refusal, user, world } from '../test/world.ts'

test('GetKeyRotationStatus takes no aliases, and answers another account that the key’s policy lets in (kms.md 2; 8.3, 5)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  await w.ask('CreateAlias', { AliasName: 'alias/a', TargetKeyId: KeyId })
  await assert.rejects(
    w.ask('GetKeyRotationStatus', { KeyId: 'alias/a' }),
    refusal('NotFoundException', "Invalid keyId 'alias/a'"),
  )
  const caller = user('far', [allow('kms:GetKeyRotationStatus')], OTHER_ACCOUNT)
  const ask = () => w.ask('GetKeyRotationStatus', { KeyId: Arn }, { caller })
  await assert.rejects(ask(), { code: 'AccessDeniedException' })
  const Statement = { Effect: 'Allow', Principal: { AWS: [ACCOUNT, OTHER_ACCOUNT] }, Action: 'kms:*', Resource: '*' }
  await w.ask('PutKeyPolicy', { KeyId, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) })
  assert.deepEqual(await ask(), { KeyId: Arn, KeyRotationEnabled: false })
})
