import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, deny, user, world } from '../test/world.ts'

const DAY = 86_400_000
const Plaintext = Buffer.from('x')

test('GetKeyLastUsage: empty before, then the last use that went well, by services too, also when it is written (kms.md 16.4)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const made = new Date(w.clock.now())
  const ask = () => w.ask('GetKeyLastUsage', { KeyId })
  const rest = { KeyId: Arn, TrackingStartDate: made, KeyCreationDate: made }
  assert.deepEqual(await ask(), { ...rest, KeyLastUsage: {} })
  const KmsRequestId = w.call({}).requestId
  const later = (days: number) => w.clock.set(w.clock.now() + days * DAY)
  const use = (Operation: string) => ({
    ...rest,
    KeyLastUsage: { Operation, Timestamp: new Date(w.clock.now()), KmsRequestId },
  })
  later(1)
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId, Plaintext })
  const encrypted = use('Encrypt')
  assert.deepEqual(await ask(), encrypted)
  later(1)
  // A dry run and a refusal are no uses (kms.md 17, 21).
  await assert.rejects(w.ask('Encrypt', { KeyId, Plaintext, DryRun: true }))
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob, EncryptionContext: { a: '1' } }))
  assert.deepEqual(await ask(), encrypted)
  await w.flush(w.storage)
  assert.deepEqual(await ask(), encrypted)
  await w.through((keys) => keys.decrypt(CiphertextBlob, {}), { effect: 'read' })
  assert.deepEqual(await ask(), use('Decrypt'))
  await w.flush(w.storage)
  later(1)
  await w.ask('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
  await w.flush(w.storage)
  assert.deepEqual(await ask(), use('GenerateDataKey'))
})

test('GetKeyLastUsage: ReEncrypt is a use of both keys; what was a deleted key’s is gone', async () => {
  await using w = await world()
  const [one, two] = [await w.key(), await w.key()]
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId: one.KeyId, Plaintext })
  w.clock.set(w.clock.now() + DAY)
  await w.ask('ReEncrypt', { CiphertextBlob, DestinationKeyId: two.KeyId })
  for (const { KeyId } of [one, two])
    assert.equal((await w.ask('GetKeyLastUsage', { KeyId })).KeyLastUsage.Operation, 'ReEncrypt')
  await w.ask('ScheduleKeyDeletion', { KeyId: two.KeyId, PendingWindowInDays: 7 })
  await w.runner.travel(w.clock, w.clock.now() + 7 * DAY)
  await w.flush(w.storage)
  const left = await w.storage.unit('read', (unit) =>
    unit.all({ name: 'test/uses', sql: 'select key_id from kms_last_use' }, {}),
  )
  assert.deepEqual(left, [{ key_id: one.KeyId }])
})

test('days without use are a condition of DisableKey and ScheduleKeyDeletion (kms.md 12)', async () => {
  await using w = await world()
  const Condition = { NumericLessThan: { 'kms:TrailingDaysWithoutKeyUsage': '30' } }
  const caller = user('ann', [allow('kms:*'), deny(['kms:DisableKey', 'kms:ScheduleKeyDeletion'], '*', { Condition })])
  const { KeyId } = await w.key()
  w.clock.set(w.clock.now() + 40 * DAY)
  await w.ask('Encrypt', { KeyId, Plaintext })
  const denied = { code: 'AccessDeniedException' }
  await assert.rejects(w.ask('DisableKey', { KeyId }, { caller }), denied)
  w.clock.set(w.clock.now() + 29 * DAY)
  await assert.rejects(w.ask('ScheduleKeyDeletion', { KeyId }, { caller }), denied)
  w.clock.set(w.clock.now() + DAY)
  await w.ask('DisableKey', { KeyId }, { caller })
  await w.ask('ScheduleKeyDeletion', { KeyId }, { caller })
})
