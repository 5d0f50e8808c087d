import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, refusal, user, world } from '../test/world.ts'

const DAY = 86_400_000

test('ScheduleKeyDeletion answers ARN, date, state and days; the default is 30 days', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  assert.deepEqual(await w.ask('ScheduleKeyDeletion', { KeyId }), {
    KeyId: Arn,
    DeletionDate: new Date(w.clock.now() + 30 * DAY),
    KeyState: 'PendingDeletion',
    PendingWindowInDays: 30,
  })
  const { KeyState, Enabled, DeletionDate } = (await w.ask('DescribeKey', { KeyId })).KeyMetadata
  assert.deepEqual([KeyState, Enabled, DeletionDate], ['PendingDeletion', false, new Date(w.clock.now() + 30 * DAY)])
  await assert.rejects(
    w.ask('ScheduleKeyDeletion', { KeyId }),
    refusal('KMSInvalidStateException', `${Arn} is pending deletion.`),
  )
})

test('ScheduleKeyDeletion takes 7 to 30 days', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  for (const PendingWindowInDays of [6, 31])
    await assert.rejects(w.ask('ScheduleKeyDeletion', { KeyId, PendingWindowInDays }), { code: 'ValidationException' })
  assert.equal((await w.ask('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })).PendingWindowInDays, 7)
})

test('a key is destroyed at its deletion date, with its aliases and material, and not before (kms.md 3.4)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId })
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  await w.ask('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  const due = w.clock.now() + 7 * DAY
  await w.runner.travel(w.clock, due - 1)
  assert.equal((await w.ask('DescribeKey', { KeyId: 'alias/app' })).KeyMetadata.KeyState, 'PendingDeletion')
  assert.equal(await w.runner.travel(w.clock, due), 1)
  await assert.rejects(w.ask('DescribeKey', { KeyId }), refusal('NotFoundException', `Key '${Arn}' does not exist`))
  await assert.rejects(w.ask('DescribeKey', { KeyId: 'alias/app' }), { code: 'NotFoundException' })
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob }), {
    code: 'AccessDeniedException',
    message: /on the resource associated with this ciphertext/,
  })
  assert.deepEqual((await w.ask('ListKeys', {})).Keys, [])
})

test('ScheduleKeyDeletion: the days are a condition, their default filled in (access.md 122)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const Condition = { NumericGreaterThanEquals: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '30' } }
  const asked = { caller: user('u', [allow('kms:ScheduleKeyDeletion', '*', { Condition })]) }
  await assert.rejects(w.ask('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 29 }, asked), {
    code: 'AccessDeniedException',
  })
  await w.ask('ScheduleKeyDeletion', { KeyId }, asked)
})
