import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('DeletePolicyVersion keeps the default version (access.md 3.5)', async () => {
  await using iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document() })
  const PolicyArn = Policy.Arn
  await iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: document(), SetAsDefault: true })
  const kept = 'Cannot delete the default version of a policy.'
  await iam.refused('DeletePolicyVersion', { PolicyArn, VersionId: 'v2' }, 'DeleteConflict', kept)
  const more =
    /^This policy has more than one version\. Before you delete a policy, you must delete the policy's versions\./
  await iam.refused('DeletePolicy', { PolicyArn }, 'DeleteConflict', more)
  assert.equal(await iam.call('DeletePolicyVersion', { PolicyArn, VersionId: 'v1' }), undefined)
  const gone = `Policy ${PolicyArn} version v1 does not exist or is not attachable.`
  await iam.refused('DeletePolicyVersion', { PolicyArn, VersionId: 'v1' }, 'NoSuchEntity', gone)
  await iam.refused('GetPolicyVersion', { PolicyArn, VersionId: 'v1' }, 'NoSuchEntity', gone)
  await iam.call('DeletePolicy', { PolicyArn })
})
