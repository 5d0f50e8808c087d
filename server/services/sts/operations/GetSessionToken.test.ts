import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policy, trial, trust } from '../test/trial.ts'

test('GetSessionToken gives a user credentials of its own, without any permission (access.md 4)', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  const answer = await sts.call('GetSessionToken', {}, alice)
  assert.deepEqual(Object.keys(answer), ['Credentials'])
  assert.equal(answer.Credentials.Expiration.getTime(), sts.iam.clock.now() + 43_200_000)
  const caller = await sts.callerOf(answer)
  assert.deepEqual([caller.kind, caller.arn, caller.userName], ['user', alice.arn, 'alice'])
  const longest = await sts.call('GetSessionToken', { DurationSeconds: 129_600 }, alice)
  assert.equal(longest.Credentials.Expiration.getTime(), sts.iam.clock.now() + 129_600_000)
})

test('GetSessionToken can be denied, and only so (access.md 5.5, steps 2 and 3)', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice', policy('sts:GetSessionToken', '*', { Effect: 'Deny' }))
  await sts.refused(
    'GetSessionToken',
    {},
    alice,
    'AccessDenied',
    `User: ${alice.arn} is not authorized to perform: sts:GetSessionToken with an explicit deny in an identity-based policy`,
  )
})

test("root's session lasts an hour at the most, and is root (API_GetSessionToken)", async () => {
  await using sts = await trial()
  const answer = await sts.call('GetSessionToken', { DurationSeconds: 129_600 }, sts.root)
  assert.equal(answer.Credentials.Expiration.getTime(), sts.iam.clock.now() + 3_600_000)
  const caller = await sts.callerOf(answer)
  assert.deepEqual([caller.kind, caller.arn, caller.userId], ['root', sts.root.arn, '111122223333'])
  assert.deepEqual(caller.session?.issuer, {
    type: 'Root',
    principalId: '111122223333',
    arn: 'arn:aws:iam::111122223333:root',
    accountId: '111122223333',
  })
})

test('sessions may not call GetSessionToken (access.md 6, case 93)', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice', policy('sts:*'))
  const role = await sts.role('app', trust(alice.arn), { Policy: policy('*') })
  const sessions = [
    await sts.assume(role, alice),
    await sts.callerOf(await sts.call('GetSessionToken', {}, alice)),
    await sts.callerOf(await sts.call('GetSessionToken', {}, sts.root)),
    await sts.callerOf(await sts.call('GetFederationToken', { Name: 'bob', Policy: policy('*') }, alice)),
  ]
  for (const session of sessions) {
    await sts.refused(
      'GetSessionToken',
      {},
      session,
      'AccessDenied',
      'Cannot call GetSessionToken with session credentials',
    )
  }
})

test('a second factor never counts: there is none', async () => {
  await using sts = await trial()
  const SerialNumber = 'arn:aws:iam::111122223333:mfa/alice'
  const alice = await sts.user('alice')
  await sts.refused(
    'GetSessionToken',
    { SerialNumber, TokenCode: '123456' },
    alice,
    'AccessDenied',
    /^MultiFactorAuthentication failed/,
  )
})

test('the trail has whose credentials were made, and neither their secret nor their token', async () => {
  await using sts = await trial()
  const { audit } = sts.operation('GetSessionToken')
  const out = await sts.call('GetSessionToken', {}, sts.root)
  assert.deepEqual(audit?.response?.(out), {
    credentials: { accessKeyId: out.Credentials.AccessKeyId, expiration: 'Mar 15, 2026 11:30:00 AM' },
  })
  assert.deepEqual(audit?.request?.({ DurationSeconds: 900, TokenCode: '123456' }), { durationSeconds: 900 })
})
