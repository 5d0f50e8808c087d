import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('DeleteGroup refuses while users or policies are there (access.md 3.5)', async () => {
  await using iam = await trial()
  const GroupName = 'g'
  await iam.call('CreateGroup', { GroupName })
  await iam.call('CreateUser', { UserName: 'alice' })
  await iam.call('AddUserToGroup', { GroupName, UserName: 'alice' })
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document() })
  await iam.call('AttachGroupPolicy', { GroupName, PolicyArn: Policy.Arn })
  await iam.call('PutGroupPolicy', { GroupName, PolicyName: 'own', PolicyDocument: document() })
  const conflict = (text: string) => iam.refused('DeleteGroup', { GroupName }, 'DeleteConflict', text)
  await conflict('Cannot delete entity, must remove users from group first.')
  await iam.call('RemoveUserFromGroup', { GroupName, UserName: 'alice' })
  await conflict('Cannot delete entity, must detach all policies first.')
  await iam.call('DetachGroupPolicy', { GroupName, PolicyArn: Policy.Arn })
  await conflict('Cannot delete entity, must delete policies first.')
  await iam.call('DeleteGroupPolicy', { GroupName, PolicyName: 'own' })
  assert.equal(await iam.call('DeleteGroup', { GroupName }), undefined)
  await iam.refused('DeleteGroup', { GroupName }, 'NoSuchEntity', 'The group with name g cannot be found.')
})

test('A group that is made again has neither the users nor the policies of its namesake', async () => {
  await using iam = await trial()
  const { Group: before } = await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('DeleteGroup', { GroupName: 'g' })
  const { Group: after } = await iam.call('CreateGroup', { GroupName: 'g' })
  assert.notEqual(after.GroupId, before.GroupId)
})
