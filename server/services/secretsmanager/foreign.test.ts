import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '#kernel/call'
import { ACCOUNT, NOT_FOUND, REGION, START, type Trial, token, trial } from './test/trial.ts'

// Secrets of another account, named by their ARN. Permission is looked at elsewhere: here everybody may do everything.
// Source: secretsmanager.md 2.1, 7.5.

const OTHER = '444455556666'

/** As the other account. */
function from(t: Trial, account = OTHER) {
  const arn = `arn:aws:iam::${account}:root`
  const caller: Caller = { ...t.caller, account, arn, principalArn: arn, userId: account }
  return { caller, account }
}

/** The default key is for its own account only. */
const OWN_KEY = { KmsKeyId: 'alias/mine' }

test('a secret under the default key is for its own account only (recorded, secretsmanager.md 5)', async () => {
  await using t = await trial()
  const SecretId = await t.made()
  const text =
    "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key."
  const put = { SecretId, SecretString: 'two', ClientRequestToken: token('v2') }
  t.keys.asked.length = 0
  await t.refused('GetSecretValue', { SecretId }, 'InvalidRequestException', text, from(t))
  await t.refused('PutSecretValue', put, 'InvalidRequestException', text, from(t))
  assert.deepEqual(t.keys.asked, [])
  assert.equal((await t.call('DescribeSecret', { SecretId }, from(t))).ARN, SecretId)
})

test('an ARN is looked for in the account that stands in it, a name and a list in the caller’s own', async () => {
  await using t = await trial()
  const arn = await t.made('app/db', OWN_KEY)
  const other = from(t)
  for (const SecretId of [arn, arn.slice(0, -7)]) {
    assert.equal((await t.call('GetSecretValue', { SecretId }, other)).SecretString, 'one')
    assert.equal((await t.call('DescribeSecret', { SecretId }, other)).ARN, arn)
  }
  for (const SecretId of [
    'app/db',
    arn.replace(ACCOUNT, OTHER),
    arn.replace(ACCOUNT, ''),
    arn.replace(REGION, 'eu-west-1'),
  ]) {
    await t.refused('GetSecretValue', { SecretId }, 'ResourceNotFoundException', NOT_FOUND, other)
    await t.refused('DescribeSecret', { SecretId }, 'ResourceNotFoundException', NOT_FOUND, other)
  }
  assert.deepEqual((await t.call('ListSecrets', {}, other)).SecretList, [])
  const input = { Name: 'app/db', SecretString: 'of the other', ClientRequestToken: token('v1'), ...OWN_KEY }
  const own = (await t.call('CreateSecret', input, other)).ARN
  assert.notEqual(own, arn)
  assert.equal((await t.call('GetSecretValue', { SecretId: 'app/db' }, other)).SecretString, 'of the other')
  assert.equal((await t.call('GetSecretValue', { SecretId: arn }, other)).SecretString, 'one')
  assert.equal((await t.call('GetSecretValue', { SecretId: own })).SecretString, 'of the other')
})

test('what another account writes stands in the secret’s own account: versions, labels, tags, days, deletion', async () => {
  await using t = await trial()
  const SecretId = await t.made('app/db', OWN_KEY)
  const other = from(t)
  const put = { SecretId, SecretString: 'two', ClientRequestToken: token('v2') }
  assert.equal((await t.call('PutSecretValue', put, other)).ARN, SecretId)
  assert.deepEqual(await t.labels(), { v1: 'AWSPREVIOUS', v2: 'AWSCURRENT' })
  assert.equal((await t.call('GetSecretValue', { SecretId: 'app/db' })).SecretString, 'two')
  await t.call('TagResource', { SecretId, Tags: [{ Key: 'team', Value: 'red' }] }, other)
  await t.call(
    'UpdateSecret',
    { SecretId, Description: 'theirs', SecretString: 'three', ClientRequestToken: token('v3') },
    other,
  )
  const move = { SecretId, VersionStage: 'MINE', MoveToVersionId: token('v3') }
  await t.call('UpdateSecretVersionStage', move, other)
  const shown = await t.call('DescribeSecret', { SecretId: 'app/db' })
  assert.deepEqual([shown.Description, shown.Tags], ['theirs', [{ Key: 'team', Value: 'red' }]])
  assert.deepEqual(await t.labels(), { v2: 'AWSPREVIOUS', v3: 'AWSCURRENT MINE' })
  const { Versions } = await t.call('ListSecretVersionIds', { SecretId, IncludeDeprecated: true }, other)
  assert.equal(Versions.length, 3)
  await t.call('DeleteSecret', { SecretId, RecoveryWindowInDays: 7 }, other)
  await t.advance(6 * 86_400_000)
  assert.ok((await t.call('DescribeSecret', { SecretId: 'app/db' })).DeletedDate)
  await t.advance(2 * 86_400_000)
  await t.refused('DescribeSecret', { SecretId: 'app/db' }, 'ResourceNotFoundException', NOT_FOUND)
})

test('the last read of another account is noted for the secret that was read', async () => {
  await using t = await trial()
  const SecretId = await t.made('app/db', OWN_KEY)
  await t.call('GetSecretValue', { SecretId }, from(t))
  await t.service.flush(t.storage)
  const { LastAccessedDate } = await t.call('DescribeSecret', { SecretId: 'app/db' })
  assert.equal(LastAccessedDate.getTime(), START - (START % 86_400_000))
})

test('a key without an account is one of the account that owns the secret; the context names the secret', async () => {
  await using t = await trial()
  const SecretId = await t.made('app/db', { KmsKeyId: 'alias/mine' })
  const other = from(t)
  t.keys.asked.length = 0
  await t.call('PutSecretValue', { SecretId, SecretString: 'two', ClientRequestToken: token('v2') }, other)
  await t.call('GetSecretValue', { SecretId }, other)
  const key = t.keys.arnOf('alias/mine')
  assert.match(key, new RegExp(`:${ACCOUNT}:`))
  const context = { SecretARN: SecretId, SecretVersionId: token('v2') }
  assert.deepEqual(t.keys.asked, [
    { what: 'GenerateDataKey', key, context },
    { what: 'Decrypt', key, context },
  ])
})

test('a read from another account is kept under the secret’s account: no statement more, and a change is seen', async () => {
  await using t = await trial()
  const SecretId = await t.made('app/db', OWN_KEY)
  const steps = async (more = {}) => {
    const before = t.storage.steps
    await t.call('GetSecretValue', { SecretId }, more)
    return t.storage.steps - before
  }
  assert.equal(await steps(from(t)), 1)
  assert.equal(await steps(from(t)), 0)
  assert.equal(await steps(), 0)
  await t.call('PutSecretValue', { SecretId, SecretString: 'two', ClientRequestToken: token('v2') }, from(t))
  assert.equal((await t.call('GetSecretValue', { SecretId: 'app/db' })).SecretString, 'two')
})
