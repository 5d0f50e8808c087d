import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OTHER_ACCOUNT, refusal, root, user, world } from '../test/world.ts'

test('DisableKey answers nothing and may be repeated (kms.md 3.4)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  for (const name of [KeyId, Arn]) assert.equal(await w.ask('DisableKey', { KeyId: name }), undefined)
  const { KeyState, Enabled } = (await w.ask('DescribeKey', { KeyId })).KeyMetadata
  assert.deepEqual([KeyState, Enabled], ['Disabled', false])
})

test('DisableKey on a key pending deletion, by alias, without permission, in another account', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId })
  await assert.rejects(
    w.ask('DisableKey', { KeyId: 'alias/app' }),
    refusal('NotFoundException', "Invalid keyId 'alias/app'"),
  )
  await assert.rejects(w.ask('DisableKey', { KeyId }, { caller: user('u') }), { code: 'AccessDeniedException' })
  await assert.rejects(w.ask('DisableKey', { KeyId: Arn }, { caller: root(OTHER_ACCOUNT) }), {
    code: 'AccessDeniedException',
  })
  await w.ask('ScheduleKeyDeletion', { KeyId })
  await assert.rejects(
    w.ask('DisableKey', { KeyId }),
    refusal('KMSInvalidStateException', `${Arn} is pending deletion.`),
  )
})

test('DisableKey stops reading at once and EnableKey brings it back, also through other services', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const { blob } = await w.through((keys) => keys.generateDataKey(KeyId, {}))
  const read = () => w.through((keys) => keys.decrypt(blob, {}), { effect: 'read' })
  await read()
  await w.ask('DisableKey', { KeyId })
  await assert.rejects(read(), refusal('DisabledException', `${Arn} is disabled.`))
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob: blob }), refusal('DisabledException', `${Arn} is disabled.`))
  await w.ask('EnableKey', { KeyId })
  assert.equal((await read()).keyArn, Arn)
})

test('DisableKey of an AWS managed key is nobody’s right, root’s neither (kms.md 13.1)', async () => {
  await using w = await world()
  const { KeyId } = (await w.ask('DescribeKey', { KeyId: 'alias/aws/secretsmanager' })).KeyMetadata
  await assert.rejects(w.ask('DisableKey', { KeyId }), { code: 'AccessDeniedException' })
  await assert.rejects(w.ask('ScheduleKeyDeletion', { KeyId }), { code: 'AccessDeniedException' })
  await assert.rejects(w.ask('CreateAlias', { AliasName: 'alias/mine', TargetKeyId: KeyId }), {
    code: 'AccessDeniedException',
  })
})
