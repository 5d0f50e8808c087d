import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('DeletePolicy refuses while somebody uses the policy, also as a boundary (access.md 3.5)', async () => {
  await using iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document() })
  const PolicyArn = Policy.Arn
  await iam.call('CreateUser', { UserName: 'alice' })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn })
  const text = 'Cannot delete a policy attached to entities.'
  await iam.refused('DeletePolicy', { PolicyArn }, 'DeleteConflict', text)
  await iam.call('DetachUserPolicy', { UserName: 'alice', PolicyArn })
  await iam.call('CreateUser', { UserName: 'bob', PermissionsBoundary: PolicyArn })
  await iam.refused('DeletePolicy', { PolicyArn }, 'DeleteConflict', text)
  await iam.call('DeleteUser', { UserName: 'bob' })
  assert.equal(await iam.call('DeletePolicy', { PolicyArn }), undefined)
  await iam.refused('DeletePolicy', { PolicyArn }, 'NoSuchEntity', `Policy ${PolicyArn} was not found.`)
  await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document() })
})
