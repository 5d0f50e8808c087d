import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '#kernel/authorization/authorize'
import type { Caller } from '#kernel/call'
import { policy, type Trial, trial, trust } from '../test/trial.ts'

const SECRET = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:db/pw-AbCdEf'

/** Whether the caller may read the secret. */
function reads(sts: Trial, caller: Caller): boolean {
  const call = sts.iam.request(caller)
  return decide(call, 'secretsmanager', 'secretsmanager:GetSecretValue', { resource: SECRET }).allowed
}

test('GetFederationToken answers credentials and who they are of', async () => {
  await using sts = await trial()
  const alice = await sts.user(
    'alice',
    policy('sts:GetFederationToken', 'arn:aws:sts::111122223333:federated-user/bob'),
  )
  const answer = await sts.call('GetFederationToken', { Name: 'bob', DurationSeconds: 900 }, alice)
  assert.deepEqual(answer.FederatedUser, {
    FederatedUserId: '111122223333:bob',
    Arn: 'arn:aws:sts::111122223333:federated-user/bob',
  })
  assert.equal('PackedPolicySize' in answer, false)
  assert.equal(answer.Credentials.Expiration.getTime(), sts.iam.clock.now() + 900_000)
  const carol = 'arn:aws:sts::111122223333:federated-user/carol'
  await sts.refused(
    'GetFederationToken',
    { Name: 'carol' },
    alice,
    'AccessDenied',
    `User: ${alice.arn} is not authorized to perform: sts:GetFederationToken on resource: ${carol} because no identity-based policy allows the sts:GetFederationToken action`,
  )
})

test('a federated user may do what both its user and its session policies allow (access.md 6, cases 45 and 46)', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice', policy(['sts:GetFederationToken', 'secretsmanager:*']))
  const federate = async (more: object, caller = alice) =>
    sts.callerOf(await sts.call('GetFederationToken', { Name: 'bob', ...more }, caller))
  assert.equal(reads(sts, await federate({})), false)
  assert.equal(reads(sts, await federate({ Policy: policy('*') })), true)
  assert.equal(reads(sts, await federate({ Policy: policy('kms:*') })), false)
  const PolicyArns = [{ arn: 'arn:aws:iam::aws:policy/AdministratorAccess' }]
  assert.equal(reads(sts, await federate({ PolicyArns })), true)
  const narrow = await sts.user('narrow', policy(['sts:GetFederationToken', 'kms:*']))
  assert.equal(reads(sts, await federate({ Policy: policy('*') }, narrow)), false)
  assert.equal(reads(sts, await federate({}, sts.root)), false)
  assert.equal(reads(sts, await federate({ Policy: policy('*') }, sts.root)), true)
})

test('tags of a federated user need sts:TagSession and stand over those of its user', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice', policy('sts:GetFederationToken'))
  const asked = { Name: 'bob', Tags: [{ Key: 'Team', Value: 'blue' }] }
  await sts.refused(
    'GetFederationToken',
    asked,
    alice,
    'AccessDenied',
    /is not authorized to perform: sts:TagSession on resource: arn:aws:sts::111122223333:federated-user\/bob /,
  )
  await sts.iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'own', PolicyDocument: policy('sts:*') })
  await sts.iam.call('TagUser', {
    UserName: 'alice',
    Tags: [
      { Key: 'team', Value: 'red' },
      { Key: 'env', Value: 'prod' },
    ],
  })
  const answer = await sts.call('GetFederationToken', asked, await sts.fresh(alice))
  assert.ok(answer.PackedPolicySize >= 1)
  assert.deepEqual(Object.fromEntries((await sts.callerOf(answer)).tags), { env: 'prod', Team: 'blue' })
})

test('sessions may not call GetFederationToken (access.md 4.3)', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice', policy('sts:*'))
  const role = await sts.role('app', trust(alice.arn), { Policy: policy('*') })
  const sessions = [await sts.assume(role, alice), await sts.callerOf(await sts.call('GetSessionToken', {}, alice))]
  for (const session of sessions) {
    await sts.refused(
      'GetFederationToken',
      { Name: 'bob' },
      session,
      'AccessDenied',
      'Cannot call GetFederationToken with session credentials',
    )
  }
})

test('names have 2 to 32 characters; policies are checked', async () => {
  await using sts = await trial()
  await sts.refused('GetFederationToken', { Name: 'b' }, sts.root, 'ValidationError', /greater than or equal to 2/)
  await sts.refused(
    'GetFederationToken',
    { Name: 'b'.repeat(33) },
    sts.root,
    'ValidationError',
    /less than or equal to 32/,
  )
  await sts.refused('GetFederationToken', { Name: 'a/b' }, sts.root, 'ValidationError', /regular expression/)
  await sts.refused(
    'GetFederationToken',
    { Name: 'bob', Policy: '[]' },
    sts.root,
    'MalformedPolicyDocument',
    'Syntax errors in policy.',
  )
})

test('the trail has whose credentials were made, and neither their secret nor their token', async () => {
  await using sts = await trial()
  const out = await sts.call('GetFederationToken', { Name: 'bob' }, sts.root)
  assert.deepEqual(sts.operation('GetFederationToken').audit?.response?.(out), {
    credentials: { accessKeyId: out.Credentials.AccessKeyId, expiration: 'Mar 15, 2026 11:30:00 AM' },
    federatedUser: { federatedUserId: '111122223333:bob', arn: 'arn:aws:sts::111122223333:federated-user/bob' },
  })
})
