import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('DeleteUser refuses while policies, groups, keys or a password are there (access.md 3.5)', async () => {
  await using iam = await trial()
  const { accessKeyId } = await iam.user('alice', document())
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document() })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: Policy.Arn })
  const conflict = (text: string) => iam.refused('DeleteUser', { UserName: 'alice' }, 'DeleteConflict', text)
  await conflict('Cannot delete entity, must detach all policies first.')
  await iam.call('DetachUserPolicy', { UserName: 'alice', PolicyArn: Policy.Arn })
  await conflict('Cannot delete entity, must delete policies first.')
  await iam.call('DeleteUserPolicy', { UserName: 'alice', PolicyName: 'own' })
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('AddUserToGroup', { GroupName: 'g', UserName: 'alice' })
  await conflict('Cannot delete entity, must remove users from group first.')
  await iam.call('RemoveUserFromGroup', { GroupName: 'g', UserName: 'alice' })
  await conflict('Cannot delete entity, must delete access keys first.')
  await iam.call('DeleteAccessKey', { UserName: 'alice', AccessKeyId: accessKeyId })
  await iam.call('CreateLoginProfile', { UserName: 'alice', Password: 'Correct-horse-7' })
  await conflict('Cannot delete entity, must delete login profile first.')
  await iam.call('DeleteLoginProfile', { UserName: 'alice' })
  assert.equal(await iam.call('DeleteUser', { UserName: 'alice' }), undefined)
  await iam.refused('DeleteUser', { UserName: 'alice' }, 'NoSuchEntity', 'The user with name alice cannot be found.')
})
