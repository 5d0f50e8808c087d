import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, START, trial } from '../test/trial.ts'

test('CreateAccessKey shows the secret once and keeps it wrapped (access.md 1.5, 14; 3.4)', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice' })
  const { AccessKey } = await iam.call('CreateAccessKey', { UserName: 'alice' })
  assert.match(AccessKey.AccessKeyId, /^AKIA[A-Z2-7]{16}$/)
  assert.match(AccessKey.SecretAccessKey, /^[A-Za-z0-9+/]{40}$/)
  assert.equal(AccessKey.Status, 'Active')
  assert.equal(AccessKey.UserName, 'alice')
  assert.deepEqual(AccessKey.CreateDate, new Date(START))
  const found = await iam.iam.callers.find(AccessKey.AccessKeyId)
  assert.equal(found?.secret.reveal(), AccessKey.SecretAccessKey)
  assert.equal(JSON.stringify(found).includes(AccessKey.SecretAccessKey), false)
  const row = await iam.storage.unit('read', (unit) =>
    unit.get({ name: 'test/key', sql: 'select * from iam_access_key where id = :id' }, { id: AccessKey.AccessKeyId }),
  )
  assert.equal(Buffer.from(row?.secret as Uint8Array).includes(AccessKey.SecretAccessKey), false)
  const audited = iam.iam.service.operations.CreateAccessKey?.audit?.response?.({ AccessKey })
  assert.equal(JSON.stringify(audited).includes(AccessKey.SecretAccessKey), false)
})

test('CreateAccessKey allows two keys for a user, and for the root user (access.md 3.2)', async () => {
  await using iam = await trial()
  await iam.user('alice')
  await iam.call('CreateAccessKey', { UserName: 'alice' })
  const full = 'Cannot exceed quota for AccessKeysPerUser: 2'
  await iam.refused('CreateAccessKey', { UserName: 'alice' }, 'LimitExceeded', full)
  const { AccessKey } = await iam.call('CreateAccessKey')
  const root = await iam.callerOf(AccessKey.AccessKeyId)
  assert.equal(root.kind, 'root')
  assert.equal(root.account, ACCOUNT)
  await iam.refused('CreateAccessKey', {}, 'LimitExceeded', full)
})

test('CreateAccessKey without a name is for the caller, who needs permission for it', async () => {
  await using iam = await trial()
  const own = `arn:aws:iam::${ACCOUNT}:user/alice`
  const alice = await iam.user('alice', document('iam:CreateAccessKey', own))
  const { AccessKey } = await iam.call('CreateAccessKey', {}, alice)
  assert.equal(AccessKey.UserName, 'alice')
  await iam.refused('CreateAccessKey', { UserName: 'bob' }, 'AccessDenied', /on resource: user bob/, alice)
  await iam.refused('CreateAccessKey', { UserName: 'bob' }, 'NoSuchEntity', 'The user with name bob cannot be found.')
})
