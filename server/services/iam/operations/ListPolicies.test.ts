import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('ListPolicies tells use as permission and use as boundary apart (access.md 3.4)', async () => {
  await using iam = await trial()
  const arns: Record<string, string> = {}
  for (const PolicyName of ['attached', 'boundary', 'unused']) {
    arns[PolicyName] = (await iam.call('CreatePolicy', { PolicyName, PolicyDocument: document() })).Policy.Arn
  }
  await iam.call('CreateUser', { UserName: 'alice', PermissionsBoundary: arns.boundary })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: arns.attached })
  const names = async (input: object) =>
    (await iam.call('ListPolicies', { ...input })).Policies.map((policy: { PolicyName: string }) => policy.PolicyName)
  assert.deepEqual(await names({}), ['attached', 'boundary', 'unused'])
  assert.deepEqual(await names({ Scope: 'AWS' }), [])
  assert.deepEqual(await names({ Scope: 'Local', OnlyAttached: true }), ['attached', 'boundary'])
  assert.deepEqual(await names({ OnlyAttached: true, PolicyUsageFilter: 'PermissionsBoundary' }), ['boundary'])
  assert.deepEqual(await names({ OnlyAttached: true, PolicyUsageFilter: 'PermissionsPolicy' }), ['attached'])
  assert.deepEqual(await names({ PolicyUsageFilter: 'PermissionsPolicy' }), ['attached', 'boundary', 'unused'])
})

test('ListPolicies fills its pages although most policies are filtered out', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice' })
  for (let n = 0; n < 9; n++) {
    const { Policy } = await iam.call('CreatePolicy', { PolicyName: `p${n}`, PolicyDocument: document() })
    if (n % 4 === 0) await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: Policy.Arn })
  }
  const first = await iam.call('ListPolicies', { OnlyAttached: true, MaxItems: 2 })
  assert.deepEqual(
    first.Policies.map((policy: { PolicyName: string }) => policy.PolicyName),
    ['p0', 'p4'],
  )
  const rest = await iam.call('ListPolicies', { OnlyAttached: true, MaxItems: 2, Marker: first.Marker })
  assert.deepEqual(
    rest.Policies.map((policy: { PolicyName: string }) => policy.PolicyName),
    ['p8'],
  )
  assert.equal(rest.IsTruncated, false)
})
