import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { document, trial } from '../test/trial.ts'

test('DeleteRolePolicy deletes in any spelling (access.md 7, 21)', async () => {
  await using iam = await trial()
  await role(iam, 'app')
  await iam.call('PutRolePolicy', { RoleName: 'app', PolicyName: 'Own', PolicyDocument: document() })
  assert.equal(await iam.call('DeleteRolePolicy', { RoleName: 'app', PolicyName: 'oWN' }), undefined)
  assert.deepEqual((await iam.call('ListRolePolicies', { RoleName: 'app' })).PolicyNames, [])
  await iam.refused(
    'DeleteRolePolicy',
    { RoleName: 'app', PolicyName: 'Own' },
    'NoSuchEntity',
    'The role policy with name Own cannot be found.',
  )
  await iam.refused('DeleteRolePolicy', { RoleName: 'x', PolicyName: 'Own' }, 'NoSuchEntity', /^The role with name x/)
})

test('DeleteRolePolicy changes no service-linked role', async () => {
  await using iam = await trial()
  await iam.call('CreateServiceLinkedRole', { AWSServiceName: 'rds.amazonaws.com' })
  const members = { RoleName: 'AWSServiceRoleForRDS', PolicyName: 'p' }
  await iam.refused('DeleteRolePolicy', members, 'UnmodifiableEntity')
})
