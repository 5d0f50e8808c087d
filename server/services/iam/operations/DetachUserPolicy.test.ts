import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('DetachUserPolicy takes the policy away; one that is not attached is NoSuchEntity (access.md 3.4, recorded)', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice')
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document() })
  const input = { UserName: 'alice', PolicyArn: Policy.Arn }
  await iam.call('AttachUserPolicy', input)
  assert.equal((await iam.callerOf(alice.accessKeyId)).policies.length, 1)
  assert.equal(await iam.call('DetachUserPolicy', input), undefined)
  assert.equal((await iam.callerOf(alice.accessKeyId)).policies.length, 0)
  await iam.refused('DetachUserPolicy', input, 'NoSuchEntity', `Policy ${Policy.Arn} was not found.`)
})
