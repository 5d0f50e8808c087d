import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { document, trial } from '../test/trial.ts'

test('ListRolePolicies pages in the order of names, in their first spelling', async () => {
  await using iam = await trial()
  await role(iam, 'app')
  await role(iam, 'other')
  for (const PolicyName of ['c', 'B', 'a', 'b']) {
    await iam.call('PutRolePolicy', { RoleName: 'app', PolicyName, PolicyDocument: document() })
  }
  const first = await iam.call('ListRolePolicies', { RoleName: 'app', MaxItems: 2 })
  assert.deepEqual([first.PolicyNames, first.IsTruncated], [['a', 'B'], true])
  const rest = await iam.call('ListRolePolicies', { RoleName: 'app', Marker: first.Marker })
  assert.deepEqual(rest, { PolicyNames: ['c'], IsTruncated: false })
  assert.deepEqual((await iam.call('ListRolePolicies', { RoleName: 'other' })).PolicyNames, [])
  await iam.refused('ListRolePolicies', { RoleName: 'x' }, 'NoSuchEntity', 'The role with name x cannot be found.')
})
