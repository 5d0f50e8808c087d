import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('UntagUser takes tags off in any spelling and passes over others', async () => {
  await using iam = await trial()
  const Tags = ['Team', 'b', 'c'].map((Key) => ({ Key, Value: 'v' }))
  await iam.call('CreateUser', { UserName: 'alice', Tags })
  assert.equal(await iam.call('UntagUser', { UserName: 'alice', TagKeys: ['team', 'none'] }), undefined)
  await iam.call('UntagUser', { UserName: 'alice', TagKeys: [] })
  assert.deepEqual((await iam.call('ListUserTags', { UserName: 'alice' })).Tags, Tags.slice(1))
  await iam.call('UntagUser', { UserName: 'alice', TagKeys: ['b', 'c'] })
  assert.equal('Tags' in (await iam.call('GetUser', { UserName: 'alice' })).User, false)
  await iam.refused('UntagUser', { UserName: 'alice', TagKeys: ['?'] }, 'ValidationError', /'tagKeys\.1\.member'/)
  await iam.refused('UntagUser', { UserName: 'bob', TagKeys: ['b'] }, 'NoSuchEntity')
})

test('UntagUser is decided by aws:TagKeys (access.md 5.7)', async () => {
  await using iam = await trial()
  const only = { Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['free'] } } }
  const alice = await iam.user('alice', document('iam:UntagUser', '*', only))
  await iam.call('UntagUser', { UserName: 'alice', TagKeys: ['free'] }, alice)
  await iam.refused('UntagUser', { UserName: 'alice', TagKeys: ['free', 'bound'] }, 'AccessDenied', undefined, alice)
})
