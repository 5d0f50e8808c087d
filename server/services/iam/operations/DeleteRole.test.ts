import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { document, trial } from '../test/trial.ts'

test('DeleteRole refuses while the role is in a profile or policies are there (access.md 3.5)', async () => {
  await using iam = await trial()
  const RoleName = 'app'
  await role(iam, RoleName)
  const InstanceProfileName = 'profile'
  await iam.call('CreateInstanceProfile', { InstanceProfileName })
  await iam.call('AddRoleToInstanceProfile', { InstanceProfileName, RoleName })
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document() })
  await iam.call('AttachRolePolicy', { RoleName, PolicyArn: Policy.Arn })
  await iam.call('PutRolePolicy', { RoleName, PolicyName: 'own', PolicyDocument: document() })
  const conflict = (text: string) => iam.refused('DeleteRole', { RoleName }, 'DeleteConflict', text)
  await conflict('Cannot delete entity, must remove roles from instance profile first.')
  await iam.call('RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName })
  await conflict('Cannot delete entity, must detach all policies first.')
  await iam.call('DetachRolePolicy', { RoleName, PolicyArn: Policy.Arn })
  await conflict('Cannot delete entity, must delete policies first.')
  await iam.call('DeleteRolePolicy', { RoleName, PolicyName: 'own' })
  assert.equal(await iam.call('DeleteRole', { RoleName }), undefined)
  await iam.refused('DeleteRole', { RoleName }, 'NoSuchEntity', 'The role with name app cannot be found.')
})

test('a deleted role is nobody at once; a namesake has another id and nothing of it', async () => {
  await using iam = await trial()
  const { callers } = iam.iam
  const first = await role(iam, 'app')
  assert.equal((await callers.principal('111122223333', first.RoleId))?.name, 'app')
  await iam.call('DeleteRole', { RoleName: 'app' })
  assert.equal(await callers.principal('111122223333', first.RoleId), undefined)
  const again = await role(iam, 'app')
  assert.notEqual(again.RoleId, first.RoleId)
  assert.equal(await callers.principal('111122223333', first.RoleId), undefined)
})

test('DeleteRole leaves service-linked roles alone', async () => {
  await using iam = await trial()
  await iam.call('CreateServiceLinkedRole', { AWSServiceName: 'rds.amazonaws.com' })
  const RoleName = 'AWSServiceRoleForRDS'
  const text = `Cannot perform the operation on the protected role '${RoleName}' - this role is only modifiable by AWS`
  await iam.refused('DeleteRole', { RoleName }, 'UnmodifiableEntity', text)
})
