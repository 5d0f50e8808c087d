import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, START, trial } from '../test/trial.ts'

test('GetPolicyVersion answers the document percent-encoded (access.md 3.4)', async () => {
  await using iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document() })
  const { PolicyVersion } = await iam.call('GetPolicyVersion', { PolicyArn: Policy.Arn, VersionId: 'v1' })
  assert.deepEqual(PolicyVersion, {
    Document: encodeURIComponent(document()).replaceAll('*', '%2A'),
    VersionId: 'v1',
    IsDefaultVersion: true,
    CreateDate: new Date(START),
  })
  const text = `Policy ${Policy.Arn} version v2 does not exist or is not attachable.`
  await iam.refused('GetPolicyVersion', { PolicyArn: Policy.Arn, VersionId: 'v2' }, 'NoSuchEntity', text)
  await iam.refused('GetPolicyVersion', { PolicyArn: Policy.Arn, VersionId: '1' }, 'ValidationError')
})
