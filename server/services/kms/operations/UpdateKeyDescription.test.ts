import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, refusal, world } from '../test/world.ts'

test('UpdateKeyDescription answers nothing and reads back at once; empty is a description (kms.md 3.4, 17, 16)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key({ Description: 'old' })
  const described = async () => (await w.ask('DescribeKey', { KeyId })).KeyMetadata.Description
  assert.equal(await w.ask('UpdateKeyDescription', { KeyId: Arn, Description: 'new' }), undefined)
  assert.equal(await described(), 'new')
  await w.ask('UpdateKeyDescription', { KeyId, Description: '' })
  assert.equal(await described(), '')
})

test('UpdateKeyDescription: on a disabled key, not on one pending deletion, not on a key that AWS manages (kms.md 11, 13.1)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  await w.ask('DisableKey', { KeyId })
  await w.ask('UpdateKeyDescription', { KeyId, Description: 'x' })
  await w.ask('ScheduleKeyDeletion', { KeyId })
  await assert.rejects(
    w.ask('UpdateKeyDescription', { KeyId, Description: 'y' }),
    refusal('KMSInvalidStateException', `${Arn} is pending deletion.`),
  )
  const { keyArn } = await w.through((keys) => keys.generateDataKey(undefined, {}))
  for (const caller of [undefined, admin()])
    await assert.rejects(w.ask('UpdateKeyDescription', { KeyId: keyArn, Description: 'mine' }, caller && { caller }), {
      code: 'AccessDeniedException',
    })
})
