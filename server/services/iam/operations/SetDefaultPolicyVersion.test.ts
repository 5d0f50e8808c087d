import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('SetDefaultPolicyVersion chooses the version that counts; the date of the last version stays', async () => {
  await using iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document('a:b') })
  const PolicyArn = Policy.Arn
  await iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: document('c:d') })
  iam.clock.set(iam.clock.now() + 5000)
  assert.equal(await iam.call('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v2' }), undefined)
  const after = (await iam.call('GetPolicy', { PolicyArn })).Policy
  assert.equal(after.DefaultVersionId, 'v2')
  assert.deepEqual(after.UpdateDate, Policy.UpdateDate)
  assert.equal(
    (await iam.call('GetPolicyVersion', { PolicyArn, VersionId: 'v2' })).PolicyVersion.IsDefaultVersion,
    true,
  )
  for (const VersionId of ['v3', 'v0'.replace('0', '99'), 'v2.x']) {
    const text = `Policy ${PolicyArn} version ${VersionId} does not exist or is not attachable.`
    await iam.refused('SetDefaultPolicyVersion', { PolicyArn, VersionId }, 'NoSuchEntity', text)
  }
  await iam.refused('SetDefaultPolicyVersion', { PolicyArn, VersionId: '2' }, 'ValidationError')
})
