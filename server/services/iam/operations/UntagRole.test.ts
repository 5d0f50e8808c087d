import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { document, trial } from '../test/trial.ts'

test('UntagRole takes tags off by keys in any spelling, and passes over the others', async () => {
  await using iam = await trial()
  const Tags = ['a', 'B', 'c'].map((Key) => ({ Key, Value: 'v' }))
  await role(iam, 'app', undefined, { Tags })
  assert.equal(await iam.call('UntagRole', { RoleName: 'app', TagKeys: ['A', 'b', 'none'] }), undefined)
  assert.deepEqual((await iam.call('GetRole', { RoleName: 'app' })).Role.Tags, [{ Key: 'c', Value: 'v' }])
  await iam.refused('UntagRole', { RoleName: 'x', TagKeys: ['a'] }, 'NoSuchEntity')
})

test('UntagRole is decided on aws:TagKeys', async () => {
  await using iam = await trial()
  await role(iam, 'app')
  const Condition = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['env'] } }
  const lead = await iam.user('lead', document('iam:UntagRole', '*', { Condition }))
  await iam.call('UntagRole', { RoleName: 'app', TagKeys: ['env'] }, lead)
  await iam.refused('UntagRole', { RoleName: 'app', TagKeys: ['env', 'team'] }, 'AccessDenied', undefined, lead)
})
