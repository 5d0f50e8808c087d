import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { ACCOUNT, document, trial } from '../test/trial.ts'

test('DeleteRolePermissionsBoundary takes the boundary off; a role without is NoSuchEntity (access.md 3.4, recorded)', async () => {
  await using iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'edge', PolicyDocument: document() })
  const { RoleId } = await role(iam, 'app', undefined, { PermissionsBoundary: Policy.Arn })
  const members = { RoleName: 'app' }
  assert.equal(await iam.call('DeleteRolePermissionsBoundary', members), undefined)
  assert.equal((await iam.iam.callers.principal(ACCOUNT, RoleId))?.boundary, undefined)
  await iam.refused('DeleteRolePermissionsBoundary', members, 'NoSuchEntity', /role with name app/)
  await iam.refused('DeleteRolePermissionsBoundary', { RoleName: 'x' }, 'NoSuchEntity', /role with name x cannot/)
  await iam.call('CreateServiceLinkedRole', { AWSServiceName: 'rds.amazonaws.com' })
  const linked = { RoleName: 'AWSServiceRoleForRDS' }
  await iam.refused('DeleteRolePermissionsBoundary', linked, 'UnmodifiableEntity')
})
