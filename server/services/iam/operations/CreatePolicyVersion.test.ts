import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, START, type Trial, trial } from '../test/trial.ts'

async function made(iam: Trial): Promise<string> {
  return (await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document('iam:GetUser') })).Policy.Arn
}

test('CreatePolicyVersion counts on, and answers no document (API_CreatePolicyVersion)', async () => {
  await using iam = await trial()
  const PolicyArn = await made(iam)
  iam.clock.set(START + 1000)
  const { PolicyVersion } = await iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: document() })
  assert.deepEqual(PolicyVersion, { VersionId: 'v2', IsDefaultVersion: false, CreateDate: new Date(START + 1000) })
  const { Policy } = await iam.call('GetPolicy', { PolicyArn })
  assert.deepEqual(
    [Policy.DefaultVersionId, Policy.CreateDate, Policy.UpdateDate],
    ['v1', new Date(START), new Date(START + 1000)],
  )
  const third = await iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: document(), SetAsDefault: true })
  assert.equal(third.PolicyVersion.VersionId, 'v3')
  assert.equal(third.PolicyVersion.IsDefaultVersion, true)
  assert.equal((await iam.call('GetPolicy', { PolicyArn })).Policy.DefaultVersionId, 'v3')
})

test('a new default version bites at the next request (access.md 5.5)', async () => {
  await using iam = await trial()
  const PolicyArn = await made(iam)
  const { accessKeyId } = await iam.user('alice')
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn })
  await iam.call('GetUser', {}, await iam.callerOf(accessKeyId))
  const other = { PolicyArn, PolicyDocument: document('iam:ListUsers') }
  await iam.call('CreatePolicyVersion', other)
  await iam.call('GetUser', {}, await iam.callerOf(accessKeyId))
  await iam.call('CreatePolicyVersion', { ...other, SetAsDefault: true })
  const text = /no identity-based policy allows the iam:GetUser action/
  await iam.refused('GetUser', {}, 'AccessDenied', text, await iam.callerOf(accessKeyId))
  await iam.call('ListUsers', {}, await iam.callerOf(accessKeyId))
  await iam.call('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v1' })
  await iam.call('GetUser', {}, await iam.callerOf(accessKeyId))
})

test('CreatePolicyVersion never gives a number twice (access.md 3.2)', async () => {
  await using iam = await trial()
  const PolicyArn = await made(iam)
  for (const VersionId of ['v2', 'v3', 'v4']) {
    const { PolicyVersion } = await iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: document() })
    assert.equal(PolicyVersion.VersionId, VersionId)
    await iam.call('DeletePolicyVersion', { PolicyArn, VersionId })
  }
})

test('CreatePolicyVersion goes on from a policy that an earlier server wrote, which knew one version', async () => {
  await using iam = await trial()
  const PolicyArn = await made(iam)
  const { policyRow, macOf } = await import('../rows.ts')
  const { Policy } = await iam.call('GetPolicy', { PolicyArn })
  const old = { id: Policy.PolicyId, arn: PolicyArn, tags: null, default_version: 1, last_version: null }
  const mac = macOf(iam.vault, policyRow(ACCOUNT, old))
  await iam.storage.unit('write', (unit) =>
    unit.run({ name: 'test/old', sql: 'update iam_policy set last_version = null, mac = :mac' }, { mac }),
  )
  const { PolicyVersion } = await iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: document() })
  assert.equal(PolicyVersion.VersionId, 'v2')
})

test('CreatePolicyVersion refuses a sixth version, bad documents and policies that are not there (access.md 3.5)', async () => {
  await using iam = await trial()
  const PolicyArn = await made(iam)
  const old = { PolicyArn, PolicyDocument: document().replace('2012', '2008') }
  await iam.refused('CreatePolicyVersion', old, 'MalformedPolicyDocument', /version 2012-10-17 or greater/)
  const long = document('a:b', `arn:aws:s3:::${'x'.repeat(6200)}`)
  const size = 'Cannot exceed quota for PolicySize: 6144'
  await iam.refused('CreatePolicyVersion', { PolicyArn, PolicyDocument: long }, 'LimitExceeded', size)
  const input = { PolicyArn, PolicyDocument: document() }
  for (let n = 2; n <= 5; n++) await iam.call('CreatePolicyVersion', input)
  const text =
    'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.'
  await iam.refused('CreatePolicyVersion', input, 'LimitExceeded', text)
  await iam.call('DeletePolicyVersion', { PolicyArn, VersionId: 'v3' })
  assert.equal((await iam.call('CreatePolicyVersion', input)).PolicyVersion.VersionId, 'v6')
  const none = `arn:aws:iam::${ACCOUNT}:policy/none`
  await iam.refused(
    'CreatePolicyVersion',
    { ...input, PolicyArn: none },
    'NoSuchEntity',
    `Policy ${none} was not found.`,
  )
})

test("AWS's policies can be changed by nobody, the root user included (Assumed: AccessDenied)", async () => {
  await using iam = await trial()
  const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  const alice = await iam.user('alice', document('*'))
  const calls: Record<string, object> = {
    CreatePolicyVersion: { PolicyDocument: document() },
    SetDefaultPolicyVersion: { VersionId: 'v1' },
    DeletePolicyVersion: { VersionId: 'v1' },
    DeletePolicy: {},
    TagPolicy: { Tags: [{ Key: 'k', Value: 'v' }] },
    UntagPolicy: { TagKeys: ['k'] },
  }
  for (const [name, members] of Object.entries(calls)) {
    for (const caller of [iam.caller, alice]) {
      const text = new RegExp(`to perform: iam:${name} on resource: policy ${PolicyArn} because`)
      await iam.refused(name, { PolicyArn, ...members }, 'AccessDenied', text, caller)
    }
  }
})
