import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OTHER_ACCOUNT, refusal, root, user, world } from '../test/world.ts'

test('EnableKey answers nothing and may be repeated (kms.md 3.4)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  for (const name of [KeyId, Arn]) assert.equal(await w.ask('EnableKey', { KeyId: name }), undefined)
  const { KeyState, Enabled } = (await w.ask('DescribeKey', { KeyId })).KeyMetadata
  assert.deepEqual([KeyState, Enabled], ['Enabled', true])
})

test('EnableKey on a key pending deletion, by alias, without permission, in another account', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId })
  await assert.rejects(
    w.ask('EnableKey', { KeyId: 'alias/app' }),
    refusal('NotFoundException', "Invalid keyId 'alias/app'"),
  )
  await assert.rejects(w.ask('EnableKey', { KeyId }, { caller: user('u') }), { code: 'AccessDeniedException' })
  await assert.rejects(w.ask('EnableKey', { KeyId: Arn }, { caller: root(OTHER_ACCOUNT) }), {
    code: 'AccessDeniedException',
  })
  await w.ask('ScheduleKeyDeletion', { KeyId })
  await assert.rejects(
    w.ask('EnableKey', { KeyId }),
    refusal('KMSInvalidStateException', `${Arn} is pending deletion.`),
  )
})
