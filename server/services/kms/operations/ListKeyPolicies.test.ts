import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, OTHER_ACCOUNT, world } from '../test/world.ts'

test('ListKeyPolicies: a key has one policy, default, in every state (kms.md 8, 11)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const names = { PolicyNames: ['default'], Truncated: false }
  assert.deepEqual(await w.ask('ListKeyPolicies', { KeyId }), names)
  await w.ask('ScheduleKeyDeletion', { KeyId })
  assert.deepEqual(await w.ask('ListKeyPolicies', { KeyId, Limit: 1 }), names)
})

test('ListKeyPolicies stays in the account, whatever the key’s policy says (kms.md 8.3, 5)', async () => {
  await using w = await world()
  const Statement = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }
  const { Arn } = await w.key({ Policy: JSON.stringify({ Version: '2012-10-17', Statement }) })
  await assert.rejects(w.ask('ListKeyPolicies', { KeyId: Arn }, { caller: admin(OTHER_ACCOUNT) }), {
    code: 'AccessDeniedException',
  })
})
