import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '#kernel/authorization/authorize'
import { document, trial } from '../test/trial.ts'

const put = (PolicyName: string, PolicyDocument: string) => ({ UserName: 'alice', PolicyName, PolicyDocument })

test('PutUserPolicy decides what the user may do, from the next request on', async () => {
  await using iam = await trial()
  const before = await iam.user('alice')
  const may = async () => {
    const caller = await iam.callerOf(before.accessKeyId)
    const secret = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-AbCdEf'
    return decide(iam.request(caller), 'secretsmanager', 'secretsmanager:GetSecretValue', { resource: secret }).allowed
  }
  assert.equal(await may(), false)
  await iam.call('PutUserPolicy', put('p', document()))
  assert.equal(await may(), true)
  await iam.call('PutUserPolicy', put('P', document('secretsmanager:ListSecrets')))
  assert.equal(await may(), false)
})

test('PutUserPolicy replaces a policy of the same name in any case and keeps the first spelling (access.md 7, 21, recorded)', async () => {
  await using iam = await trial()
  await iam.user('alice')
  await iam.call('PutUserPolicy', put('Own', document('a:b')))
  await iam.call('PutUserPolicy', put('oWN', document('c:d')))
  assert.deepEqual((await iam.call('ListUserPolicies', { UserName: 'alice' })).PolicyNames, ['Own'])
  const { PolicyDocument } = await iam.call('GetUserPolicy', { UserName: 'alice', PolicyName: 'OWN' })
  assert.equal(decodeURIComponent(PolicyDocument), document('c:d'))
})

test('PutUserPolicy counts all inline policies without white space (access.md 3.2, 3.5)', async () => {
  await using iam = await trial()
  await iam.user('alice')
  const half = document('a:b', `arn:aws:s3:::${'x'.repeat(900)}`)
  await iam.call('PutUserPolicy', put('one', half.replaceAll(',', `,${' '.repeat(1000)}`)))
  await iam.call('PutUserPolicy', put('two', half))
  await iam.call('PutUserPolicy', put('two', half))
  const text = 'Maximum policy size of 2048 bytes exceeded for user alice'
  await iam.refused('PutUserPolicy', put('three', half), 'LimitExceeded', text)
})

test('PutUserPolicy refuses what is no policy (access.md 3.6)', async () => {
  await using iam = await trial()
  await iam.user('alice')
  await iam.refused('PutUserPolicy', put('p', '{'), 'MalformedPolicyDocument', 'Syntax errors in policy.')
  await iam.refused('PutUserPolicy', put('p', document('a')), 'MalformedPolicyDocument', /prefaced by a vendor/)
  await iam.refused('PutUserPolicy', { ...put('p', document()), UserName: 'bob' }, 'NoSuchEntity')
})

test('PutUserPolicy refuses documents of little text and much white space, also one by one', async () => {
  await using iam = await trial()
  await iam.user('alice')
  const padded = document('a:b').padEnd(4096, ' ')
  await iam.call('PutUserPolicy', put('one', padded))
  await iam.call('PutUserPolicy', put('two', padded))
  const text = 'Maximum policy size of 2048 bytes exceeded for user alice'
  await iam.refused('PutUserPolicy', put('three', document('a:b')), 'LimitExceeded', text)
  await iam.refused('PutUserPolicy', put('two', padded.padEnd(130_000, ' ')), 'LimitExceeded', text)
})

test('whoever changes what a user may do can be bound to users with a boundary (iam:PermissionsBoundary)', async () => {
  await using iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'edge', PolicyDocument: document() })
  const PolicyArn = Policy.Arn
  const Condition = { StringEquals: { 'iam:PermissionsBoundary': PolicyArn } }
  const lead = await iam.user('lead', document('iam:*UserPolicy', '*', { Condition }))
  await iam.call('CreateUser', { UserName: 'bounded', PermissionsBoundary: PolicyArn })
  await iam.call('CreateUser', { UserName: 'free' })
  const calls: readonly [string, object][] = [
    ['PutUserPolicy', { PolicyName: 'p', PolicyDocument: document() }],
    ['AttachUserPolicy', { PolicyArn }],
    ['DetachUserPolicy', { PolicyArn }],
    ['DeleteUserPolicy', { PolicyName: 'p' }],
  ]
  for (const [name, members] of calls) {
    await iam.call(name, { UserName: 'bounded', ...members }, lead)
    const refusal = new RegExp(`iam:${name} on resource: user (free|nobody) because`)
    for (const UserName of ['free', 'nobody']) {
      await iam.refused(name, { UserName, ...members }, 'AccessDenied', refusal, lead)
    }
  }
})
