import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayCallIam } from './port.ts'
import { excluded } from './restrictions.ts'
import { policy, trial, trust } from './test/trial.ts'

test('temporary credentials may call in IAM and STS what AWS lets them (access.md 4.3)', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice', policy('*'))
  const role = await sts.role('app', trust(alice.arn), { Policy: policy('*') })
  const callers = {
    root: sts.root,
    user: alice,
    role: await sts.assume(role, alice),
    session: await sts.callerOf(await sts.call('GetSessionToken', {}, alice)),
    rootSession: await sts.callerOf(await sts.call('GetSessionToken', {}, sts.root)),
    federated: await sts.callerOf(await sts.call('GetFederationToken', { Name: 'bob', Policy: policy('*') }, alice)),
  }
  const operations = [
    'GetCallerIdentity',
    'AssumeRole',
    'GetSessionToken',
    'GetFederationToken',
    'GetAccessKeyInfo',
    'DecodeAuthorizationMessage',
  ]
  const may = Object.fromEntries(
    Object.entries(callers).map(([name, caller]) => [
      name,
      [
        ...operations.filter((operation) => excluded(caller, operation) === undefined),
        ...(mayCallIam(caller) === undefined ? ['IAM'] : []),
      ],
    ]),
  )
  assert.deepEqual(may, {
    root: [...operations, 'IAM'],
    user: [...operations, 'IAM'],
    role: ['GetCallerIdentity', 'AssumeRole', 'GetAccessKeyInfo', 'DecodeAuthorizationMessage', 'IAM'],
    session: ['GetCallerIdentity', 'AssumeRole'],
    rootSession: ['GetCallerIdentity', 'AssumeRole'],
    federated: ['GetCallerIdentity'],
  })
  const refusal = mayCallIam(callers.federated)
  assert.deepEqual(
    [refusal?.code, refusal?.status, refusal?.message],
    ['InvalidClientTokenId', 403, 'The security token included in the request is invalid'],
  )
})
