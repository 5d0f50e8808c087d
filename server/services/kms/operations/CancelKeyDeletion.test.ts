import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusal, world } from '../test/world.ts'

const DAY = 86_400_000

test('CancelKeyDeletion leaves the key disabled, and it is not destroyed later (kms.md 17, 4)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  await w.ask('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  assert.deepEqual(await w.ask('CancelKeyDeletion', { KeyId }), { KeyId: Arn })
  const { KeyState, DeletionDate } = (await w.ask('DescribeKey', { KeyId })).KeyMetadata
  assert.deepEqual([KeyState, DeletionDate], ['Disabled', undefined])
  assert.equal(await w.runner.travel(w.clock, w.clock.now() + 40 * DAY), 0)
  await w.ask('EnableKey', { KeyId })
  await w.ask('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
})

test('CancelKeyDeletion of a key that is not pending (kms.md 11)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const refused = refusal('KMSInvalidStateException', `${Arn} is not pending deletion.`)
  await assert.rejects(w.ask('CancelKeyDeletion', { KeyId }), refused)
  await w.ask('DisableKey', { KeyId })
  await assert.rejects(w.ask('CancelKeyDeletion', { KeyId }), refused)
})

test('a deletion that was cancelled and asked for again counts from then', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  await w.ask('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  await w.ask('CancelKeyDeletion', { KeyId })
  await w.runner.travel(w.clock, w.clock.now() + 5 * DAY)
  await w.ask('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  assert.equal(await w.runner.travel(w.clock, w.clock.now() + 6 * DAY), 0)
  assert.equal(await w.runner.travel(w.clock, w.clock.now() + DAY), 1)
})
