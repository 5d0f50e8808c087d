import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test("ListPolicyTags pages through the tags; AWS's policies have none", async () => {
  await using iam = await trial()
  const Tags = ['b', 'A', 'c'].map((Key) => ({ Key, Value: Key }))
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document(), Tags })
  const PolicyArn = Policy.Arn
  const first = await iam.call('ListPolicyTags', { PolicyArn, MaxItems: 2 })
  assert.deepEqual(first.Tags, [Tags[1], Tags[0]])
  assert.equal(first.IsTruncated, true)
  const rest = await iam.call('ListPolicyTags', { PolicyArn, Marker: first.Marker })
  assert.deepEqual(rest, { Tags: [Tags[2]], IsTruncated: false })
  const theirs = await iam.call('ListPolicyTags', { PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' })
  assert.deepEqual(theirs, { Tags: [], IsTruncated: false })
  const none = `${PolicyArn}x`
  await iam.refused('ListPolicyTags', { PolicyArn: none }, 'NoSuchEntity', `Policy ${none} was not found.`)
})
