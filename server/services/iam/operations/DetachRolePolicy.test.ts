import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { ACCOUNT, document, trial } from '../test/trial.ts'

test('DetachRolePolicy takes the policy away; one that is not attached is NoSuchEntity (access.md 3.4, recorded)', async () => {
  await using iam = await trial()
  const { RoleId } = await role(iam, 'app')
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document() })
  const members = { RoleName: 'app', PolicyArn: Policy.Arn }
  await iam.call('AttachRolePolicy', members)
  assert.equal(await iam.call('DetachRolePolicy', members), undefined)
  assert.equal((await iam.iam.callers.principal(ACCOUNT, RoleId))?.policies.length, 0)
  await iam.refused('DetachRolePolicy', members, 'NoSuchEntity', `Policy ${Policy.Arn} was not found.`)
  await iam.refused('DetachRolePolicy', { ...members, RoleName: 'x' }, 'NoSuchEntity', /^The role with name x/)
})

test('DetachRolePolicy changes no service-linked role', async () => {
  await using iam = await trial()
  await iam.call('CreateServiceLinkedRole', { AWSServiceName: 'rds.amazonaws.com' })
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
  await iam.refused('DetachRolePolicy', { RoleName: 'AWSServiceRoleForRDS', PolicyArn }, 'UnmodifiableEntity')
})
