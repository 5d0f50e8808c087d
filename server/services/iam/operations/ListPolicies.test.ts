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
  assert.deepEqual(await names({ Scope: 'Local' }), ['attached', 'boundary', 'unused'])
  assert.deepEqual(await names({ OnlyAttached: true }), ['attached', 'boundary'])
  assert.deepEqual(await names({ Scope: 'Local', OnlyAttached: true }), ['attached', 'boundary'])
  assert.deepEqual(await names({ OnlyAttached: true, PolicyUsageFilter: 'PermissionsBoundary' }), ['boundary'])
  assert.deepEqual(await names({ OnlyAttached: true, PolicyUsageFilter: 'PermissionsPolicy' }), ['attached'])
  const filtered = { Scope: 'Local', PolicyUsageFilter: 'PermissionsPolicy' }
  assert.deepEqual(await names(filtered), ['attached', 'boundary', 'unused'])
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

test("ListPolicies lists the account's and AWS's policies in one order, each once", async () => {
  await using iam = await trial()
  for (const PolicyName of ['a', 'ReadOnlyAccess', 'readOnlyAccess2', 'zz']) {
    await iam.call('CreatePolicy', { PolicyName, PolicyDocument: document() })
  }
  const all = (await iam.call('ListPolicies', { MaxItems: 1000 })).Policies.map(({ Arn }: { Arn: string }) => Arn)
  const theirs = (await iam.call('ListPolicies', { Scope: 'AWS', MaxItems: 1000 })).Policies
  assert.equal(all.length, theirs.length + 4)
  assert.ok(theirs.length > 20)
  const from = all.findIndex((arn: string) => arn.endsWith('/ReadOnlyAccess'))
  assert.deepEqual(
    all.slice(from, from + 3).map((arn: string) => arn.slice('arn:aws:iam::'.length)),
    ['111122223333:policy/ReadOnlyAccess', 'aws:policy/ReadOnlyAccess', '111122223333:policy/readOnlyAccess2'],
  )
  for (const MaxItems of [1, 4]) {
    const seen: string[] = []
    for (let Marker: string | undefined; ; ) {
      const page = await iam.call('ListPolicies', { MaxItems, ...(Marker && { Marker }) })
      seen.push(...page.Policies.map(({ Arn }: { Arn: string }) => Arn))
      Marker = page.Marker
      if (Marker === undefined) break
    }
    assert.deepEqual(seen, all)
  }
})

test("ListPolicies filters AWS's policies by path and by the account's own use", async () => {
  await using iam = await trial()
  const arns = (out: { Policies: { Arn: string }[] }) => out.Policies.map(({ Arn }) => Arn)
  const [reading, running] = ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::aws:policy/PowerUserAccess']
  await iam.call('CreateUser', { UserName: 'alice', PermissionsBoundary: running })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: reading })
  assert.deepEqual(arns(await iam.call('ListPolicies', { OnlyAttached: true })), [running, reading])
  const bounding = { OnlyAttached: true, PolicyUsageFilter: 'PermissionsBoundary' }
  const { Policies } = await iam.call('ListPolicies', bounding)
  assert.deepEqual(
    Policies.map(({ Arn, AttachmentCount, PermissionsBoundaryUsageCount }: Record<string, unknown>) => [
      Arn,
      AttachmentCount,
      PermissionsBoundaryUsageCount,
    ]),
    [[running, 0, 1]],
  )
  assert.deepEqual(arns(await iam.call('ListPolicies', { OnlyAttached: true, Scope: 'Local' })), [])
  const below = await iam.call('ListPolicies', { Scope: 'AWS', PathPrefix: '/job-function/' })
  assert.deepEqual(arns(below), ['arn:aws:iam::aws:policy/job-function/ViewOnlyAccess'])
})
