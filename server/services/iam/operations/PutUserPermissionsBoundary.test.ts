import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, trial } from '../test/trial.ts'

test('PutUserPermissionsBoundary bounds the user from the next request on', async () => {
  await using iam = await trial()
  const { accessKeyId } = await iam.user('alice', document('iam:*'))
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'edge', PolicyDocument: document('iam:GetUser') })
  await iam.call('ListUsers', {}, await iam.callerOf(accessKeyId))
  const put = { UserName: 'alice', PermissionsBoundary: Policy.Arn }
  assert.equal(await iam.call('PutUserPermissionsBoundary', put), undefined)
  const refusal = /because no permissions boundary allows the iam:ListUsers action$/
  await iam.refused('ListUsers', {}, 'AccessDenied', refusal, await iam.callerOf(accessKeyId))
  const { User } = await iam.call('GetUser', {}, await iam.callerOf(accessKeyId))
  assert.equal(User.PermissionsBoundary.PermissionsBoundaryArn, Policy.Arn)
  assert.equal((await iam.call('GetPolicy', { PolicyArn: Policy.Arn })).Policy.PermissionsBoundaryUsageCount, 1)
  await iam.refused('DeletePolicy', { PolicyArn: Policy.Arn }, 'DeleteConflict')
})

test('PutUserPermissionsBoundary refuses what is no policy and what is not there (access.md 3.5)', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice' })
  const put = (PermissionsBoundary: string, UserName = 'alice') => ({ UserName, PermissionsBoundary })
  const none = `arn:aws:iam::${ACCOUNT}:policy/none`
  const text = `Policy ${none} does not exist or is not attachable.`
  await iam.refused('PutUserPermissionsBoundary', put(none), 'NoSuchEntity', text)
  for (const name of ['PutUserPermissionsBoundary', 'CreateUser']) {
    const user = `arn:aws:iam::${ACCOUNT}:user/alice`
    const wrong = `Value (${user}) for parameter PermissionsBoundary is invalid.`
    await iam.refused(name, put(user, name === 'CreateUser' ? 'bob' : 'alice'), 'ValidationError', wrong)
  }
  await iam.refused('PutUserPermissionsBoundary', put(none, 'bob'), 'NoSuchEntity', /user with name bob/)
})

test('PutUserPermissionsBoundary can be allowed for one boundary (iam:PermissionsBoundary)', async () => {
  await using iam = await trial()
  const arns: string[] = []
  for (const PolicyName of ['edge', 'wide']) {
    arns.push((await iam.call('CreatePolicy', { PolicyName, PolicyDocument: document() })).Policy.Arn)
  }
  const Condition = { StringEquals: { 'iam:PermissionsBoundary': arns[0] } }
  const lead = await iam.user('lead', document('iam:*UserPermissionsBoundary', '*', { Condition }))
  await iam.call('CreateUser', { UserName: 'free' })
  await iam.refused('DeleteUserPermissionsBoundary', { UserName: 'free' }, 'AccessDenied', undefined, lead)
  await iam.call('PutUserPermissionsBoundary', { UserName: 'free', PermissionsBoundary: arns[0] }, lead)
  const wide = { UserName: 'free', PermissionsBoundary: arns[1] }
  await iam.refused('PutUserPermissionsBoundary', wide, 'AccessDenied', / user free because/, lead)
  await iam.call('DeleteUserPermissionsBoundary', { UserName: 'free' }, lead)
})
