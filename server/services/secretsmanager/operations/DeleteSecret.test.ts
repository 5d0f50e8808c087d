import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, MARKED, NOT_FOUND, START, token, trial } from '../test/trial.ts'

const SecretId = 'app/db'

test('trap 15: DeletedDate is the time of the call, DeletionDate that of the end; 30 days by default', async () => {
  await using t = await trial()
  const ARN = await t.made()
  t.clock.set(START + 1000)
  const answer = await t.call('DeleteSecret', { SecretId })
  assert.deepEqual(answer, { ARN, Name: SecretId, DeletionDate: new Date(START + 1000 + 30 * DAY) })
  const shown = await t.call('DescribeSecret', { SecretId })
  assert.deepEqual(shown.DeletedDate, new Date(START + 1000), 'trap 18: still described')
  assert.deepEqual(shown.LastChangedDate, new Date(START + 1000))
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT' }, 'versions stay')
  assert.equal((await t.call('ListSecretVersionIds', { SecretId })).Versions.length, 1)
})

test('the secret is gone exactly when its window has passed, and its name is free then', async () => {
  await using t = await trial()
  const arn = await t.made()
  await t.call('DeleteSecret', { SecretId, RecoveryWindowInDays: 7 })
  await t.advance(7 * DAY - 1)
  assert.equal((await t.call('DescribeSecret', { SecretId })).ARN, arn)
  await t.refused(
    'CreateSecret',
    { Name: SecretId },
    'InvalidRequestException',
    "You can't create this secret because a secret with this name is already scheduled for deletion.",
  )
  await t.advance(1)
  await t.refused('DescribeSecret', { SecretId }, 'ResourceNotFoundException', NOT_FOUND)
  await t.refused('RestoreSecret', { SecretId }, 'ResourceNotFoundException', NOT_FOUND)
  for (const table of ['secret', 'secret_version', 'secret_stage', 'job']) {
    const rows = await t.storage.unit('read', (unit) =>
      unit.all({ name: `test/${table}`, sql: `select * from ${table}` }, {}),
    )
    assert.deepEqual(rows, [], table)
  }
  assert.notEqual(await t.made(), arn, 'trap 44: a new suffix')
})

test('trap 17: a forced deletion succeeds for a live, a scheduled and a nonexistent secret', async () => {
  await using t = await trial()
  const force = { ForceDeleteWithoutRecovery: true }
  const ARN = await t.made()
  assert.deepEqual(await t.call('DeleteSecret', { SecretId, ...force }), {
    ARN,
    Name: SecretId,
    DeletionDate: new Date(START),
  })
  await t.refused('DescribeSecret', { SecretId }, 'ResourceNotFoundException', NOT_FOUND)
  const again = await t.made()
  assert.notEqual(again, ARN)
  await t.call('DeleteSecret', { SecretId })
  assert.equal((await t.call('DeleteSecret', { SecretId: again, ...force })).ARN, again)
  const invented = await t.call('DeleteSecret', { SecretId: 'nobody', ...force })
  assert.match(invented.ARN, /:secret:nobody-[A-Za-z0-9]{6}$/)
  assert.deepEqual([invented.Name, invented.DeletionDate], ['nobody', new Date(START)])
})

test('trap 16 and the other rules of the request, which come before the secret is looked for', async () => {
  await using t = await trial()
  const range = 'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).'
  for (const RecoveryWindowInDays of [6, 31, 0, -1]) {
    const input = { SecretId: 'nobody', RecoveryWindowInDays }
    await t.refused('DeleteSecret', input, 'InvalidParameterException', range)
    await t.refused('DeleteSecret', { ...input, ForceDeleteWithoutRecovery: true }, 'InvalidParameterException', range)
  }
  await t.refused(
    'DeleteSecret',
    { SecretId: 'nobody', RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true },
    'InvalidParameterException',
    "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
  )
  await t.refused('DeleteSecret', { SecretId: 'nobody' }, 'ResourceNotFoundException', NOT_FOUND)
  await t.made()
  const fine = { SecretId, RecoveryWindowInDays: 30, ForceDeleteWithoutRecovery: false }
  assert.deepEqual((await t.call('DeleteSecret', fine)).DeletionDate, new Date(START + 30 * DAY))
  await t.refused(
    'DeleteSecret',
    { SecretId },
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was already scheduled for deletion.",
  )
})

test('trap 19 and the table of secretsmanager.md 6: what a scheduled secret refuses', async () => {
  await using t = await trial()
  await t.made()
  await t.call('DeleteSecret', { SecretId })
  const value = { SecretString: 's', ClientRequestToken: token('v2') }
  for (const [operation, more] of [
    ['GetSecretValue', {}],
    ['PutSecretValue', value],
    ['UpdateSecret', { Description: 'x' }],
    ['UpdateSecretVersionStage', { VersionStage: 'A', MoveToVersionId: token('v1') }],
    ['TagResource', { Tags: [{ Key: 'a', Value: 'b' }] }],
    ['UntagResource', { TagKeys: ['a'] }],
  ] as const) {
    await t.refused(operation, { SecretId, ...more }, 'InvalidRequestException', MARKED)
  }
})

test('the keys of DeleteSecret stand in the context only when they were sent', async () => {
  await using t = await trial()
  const arn = await t.made()
  const context = async (more: object) => (await t.targets('DeleteSecret', { SecretId, ...more }))[0]?.context
  const none = {
    'secretsmanager:SecretId': arn,
    'secretsmanager:RecoveryWindowInDays': undefined,
    'secretsmanager:ForceDeleteWithoutRecovery': undefined,
  }
  assert.deepEqual(await context({}), none)
  assert.deepEqual(await context({ RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: false }), {
    ...none,
    'secretsmanager:RecoveryWindowInDays': '7',
    'secretsmanager:ForceDeleteWithoutRecovery': 'false',
  })
})
