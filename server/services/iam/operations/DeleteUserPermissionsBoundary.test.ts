import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('DeleteUserPermissionsBoundary frees the user; one without is NoSuchEntity (access.md 3.4, recorded)', async () => {
  await using iam = await trial()
  const { accessKeyId } = await iam.user('alice', document('iam:*'))
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'edge', PolicyDocument: document('sts:*') })
  await iam.call('PutUserPermissionsBoundary', { UserName: 'alice', PermissionsBoundary: Policy.Arn })
  await iam.refused('ListUsers', {}, 'AccessDenied', undefined, await iam.callerOf(accessKeyId))
  assert.equal(await iam.call('DeleteUserPermissionsBoundary', { UserName: 'alice' }), undefined)
  await iam.call('ListUsers', {}, await iam.callerOf(accessKeyId))
  await iam.refused('DeleteUserPermissionsBoundary', { UserName: 'alice' }, 'NoSuchEntity', /permissions boundary/)
  await iam.refused('DeleteUserPermissionsBoundary', { UserName: 'bob' }, 'NoSuchEntity')
})
