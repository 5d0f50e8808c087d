import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, NOT_FOUND, START, trial } from '../test/trial.ts'

const SecretId = 'app/db'

test('RestoreSecret takes the deletion back, and the secret stays when the window ends', async () => {
  await using t = await trial()
  const ARN = await t.made()
  await t.call('DeleteSecret', { SecretId })
  t.clock.set(START + DAY)
  assert.deepEqual(await t.call('RestoreSecret', { SecretId }), { ARN, Name: SecretId })
  const shown = await t.call('DescribeSecret', { SecretId })
  assert.ok(!('DeletedDate' in shown))
  assert.deepEqual(shown.LastChangedDate, new Date(START + DAY))
  await t.advance(60 * DAY)
  assert.equal((await t.call('GetSecretValue', { SecretId })).SecretString, 'one')
  await t.call('RestoreSecret', { SecretId })
  assert.deepEqual((await t.call('DescribeSecret', { SecretId })).LastChangedDate, new Date(START + DAY), 'no change')
})

test('deleted, restored and deleted again: the later window counts', async () => {
  await using t = await trial()
  await t.made()
  await t.call('DeleteSecret', { SecretId, RecoveryWindowInDays: 7 })
  await t.advance(6 * DAY)
  await t.call('RestoreSecret', { SecretId })
  await t.call('DeleteSecret', { SecretId, RecoveryWindowInDays: 8 })
  await t.advance(8 * DAY - 1)
  assert.equal((await t.call('DescribeSecret', { SecretId })).Name, SecretId)
  await t.advance(1)
  await t.refused('DescribeSecret', { SecretId }, 'ResourceNotFoundException')
})

test('RestoreSecret refuses what is not there', async () => {
  await using t = await trial()
  await t.refused('RestoreSecret', { SecretId }, 'ResourceNotFoundException', NOT_FOUND)
  const ARN = await t.made()
  await t.call('DeleteSecret', { SecretId })
  assert.equal((await t.call('RestoreSecret', { SecretId: ARN })).ARN, ARN, 'by ARN too')
})
