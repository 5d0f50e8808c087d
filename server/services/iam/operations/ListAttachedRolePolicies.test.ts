import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { document, trial } from '../test/trial.ts'

test('ListAttachedRolePolicies pages in the order of names, below a path', async () => {
  await using iam = await trial()
  await role(iam, 'app')
  for (const [PolicyName, Path] of [
    ['c', '/'],
    ['B', '/x/'],
    ['a', '/'],
  ]) {
    const { Policy } = await iam.call('CreatePolicy', { PolicyName, Path, PolicyDocument: document() })
    await iam.call('AttachRolePolicy', { RoleName: 'app', PolicyArn: Policy.Arn })
  }
  const names = (out: { AttachedPolicies: { PolicyName: string }[] }) =>
    out.AttachedPolicies.map(({ PolicyName }) => PolicyName)
  const first = await iam.call('ListAttachedRolePolicies', { RoleName: 'app', MaxItems: 2 })
  assert.deepEqual([names(first), first.IsTruncated], [['a', 'B'], true])
  const rest = await iam.call('ListAttachedRolePolicies', { RoleName: 'app', Marker: first.Marker })
  assert.deepEqual([names(rest), rest.IsTruncated], [['c'], false])
  const below = await iam.call('ListAttachedRolePolicies', { RoleName: 'app', PathPrefix: '/x/' })
  assert.deepEqual(below.AttachedPolicies, [{ PolicyName: 'B', PolicyArn: 'arn:aws:iam::111122223333:policy/x/B' }])
  await iam.refused('ListAttachedRolePolicies', { RoleName: 'x' }, 'NoSuchEntity')
})
