import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, START, trial } from '../test/trial.ts'

test('ListPolicyVersions lists the newest first, without documents, page by page (access.md 3.4)', async () => {
  await using iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document() })
  const PolicyArn = Policy.Arn
  for (let n = 0; n < 4; n++) await iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: document() })
  await iam.call('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v2' })
  const { Versions, IsTruncated } = await iam.call('ListPolicyVersions', { PolicyArn })
  assert.deepEqual(
    Versions.map((version: { VersionId: string }) => version.VersionId),
    ['v5', 'v4', 'v3', 'v2', 'v1'],
  )
  assert.deepEqual(Versions[3], { VersionId: 'v2', IsDefaultVersion: true, CreateDate: new Date(START) })
  assert.equal(IsTruncated, false)
  const seen: string[] = []
  for (let Marker: string | undefined; ; ) {
    const page = await iam.call('ListPolicyVersions', { PolicyArn, MaxItems: 2, ...(Marker && { Marker }) })
    seen.push(...page.Versions.map((version: { VersionId: string }) => version.VersionId))
    Marker = page.Marker
    if (Marker === undefined) break
  }
  assert.deepEqual(seen, ['v5', 'v4', 'v3', 'v2', 'v1'])
  const foreign = { PolicyArn, Marker: Buffer.from('x').toString('base64url') }
  await iam.refused('ListPolicyVersions', foreign, 'ValidationError', 'Invalid Marker.')
})

test("ListPolicyVersions and GetPolicyVersion show the one version of AWS's policies", async () => {
  await using iam = await trial()
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
  const { Versions } = await iam.call('ListPolicyVersions', { PolicyArn })
  assert.deepEqual(
    Versions.map(({ VersionId, IsDefaultVersion }: Record<string, unknown>) => [VersionId, IsDefaultVersion]),
    [['v1', true]],
  )
  const { PolicyVersion } = await iam.call('GetPolicyVersion', { PolicyArn, VersionId: 'v1' })
  assert.deepEqual(JSON.parse(decodeURIComponent(PolicyVersion.Document)).Statement[0].Action, '*')
  const text = `Policy ${PolicyArn} version v2 does not exist or is not attachable.`
  await iam.refused('GetPolicyVersion', { PolicyArn, VersionId: 'v2' }, 'NoSuchEntity', text)
})
