import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policy, trial, trust } from '../test/trial.ts'

test('GetCallerIdentity says who asks, for every kind of caller (access.md 2)', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice', policy('sts:*'))
  const role = await sts.role('app', trust(alice.arn), { Path: '/team/' })
  const assumed = await sts.call('AssumeRole', { RoleArn: role, RoleSessionName: 's1' }, alice)
  const own = await sts.callerOf(await sts.call('GetSessionToken', {}, alice))
  const federated = await sts.callerOf(await sts.call('GetFederationToken', { Name: 'bob' }, alice))
  const rootSession = await sts.callerOf(await sts.call('GetSessionToken', {}, sts.root))
  const said = (caller: typeof alice) => sts.call('GetCallerIdentity', {}, caller)
  const Account = '111122223333'
  assert.deepEqual(await said(alice), { UserId: alice.userId, Account, Arn: 'arn:aws:iam::111122223333:user/alice' })
  assert.deepEqual(await said(own), { UserId: alice.userId, Account, Arn: 'arn:aws:iam::111122223333:user/alice' })
  assert.deepEqual(await said(await sts.callerOf(assumed)), {
    UserId: assumed.AssumedRoleUser.AssumedRoleId,
    Account,
    Arn: 'arn:aws:sts::111122223333:assumed-role/app/s1',
  })
  assert.deepEqual(await said(federated), {
    UserId: '111122223333:bob',
    Account,
    Arn: 'arn:aws:sts::111122223333:federated-user/bob',
  })
  const root = { UserId: Account, Account, Arn: 'arn:aws:iam::111122223333:root' }
  assert.deepEqual(await said(sts.root), root)
  assert.deepEqual(await said(rootSession), root)
})

test('GetCallerIdentity looks at no permission: an explicit deny does not count (access.md 6, case 91)', async () => {
  await using sts = await trial()
  assert.equal(sts.operation('GetCallerIdentity').open, true)
  const alice = await sts.user('alice', policy('sts:*', '*', { Effect: 'Deny' }))
  assert.equal((await sts.call('GetCallerIdentity', {}, alice)).Arn, alice.arn)
})
