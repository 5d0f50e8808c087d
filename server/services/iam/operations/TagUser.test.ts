import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

const tag = (Key: string, Value: string) => ({ Key, Value })

test('TagUser merges; a key in another spelling replaces the tag (User Guide "Tags for IAM resources")', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice', Tags: [tag('Team', 'red'), tag('keep', '1')] })
  const Tags = [tag('team', 'blue'), tag('new', '')]
  assert.equal(await iam.call('TagUser', { UserName: 'alice', Tags }), undefined)
  const found = await iam.call('ListUserTags', { UserName: 'alice' })
  assert.deepEqual(found, { Tags: [tag('keep', '1'), tag('new', ''), tag('team', 'blue')], IsTruncated: false })
  assert.equal((await iam.call('GetUser', { UserName: 'alice' })).User.Tags.length, 3)
})

test('TagUser refuses an empty list after authorization, doubles, marks and more than fifty (access.md 3.4, recorded)', async () => {
  await using iam = await trial()
  const UserName = 'alice'
  const alice = await iam.user(UserName)
  await iam.refused('TagUser', { UserName, Tags: [] }, 'AccessDenied', / user alice because/, alice)
  await iam.refused('TagUser', { UserName, Tags: [] }, 'InvalidInput')
  const twice = [tag('a', '1'), tag('A', '2')]
  const text = 'Duplicate tag keys found. Please note that Tag keys are case insensitive.'
  await iam.refused('TagUser', { UserName, Tags: twice }, 'InvalidInput', text)
  await iam.refused('TagUser', { UserName, Tags: [tag('k', 'a\u0301')] }, 'ValidationError')
  const many = Array.from({ length: 50 }, (_, n) => tag(`k${n}`, 'v'))
  await iam.call('TagUser', { UserName, Tags: many })
  await iam.call('TagUser', { UserName, Tags: [tag('K7', 'w')] })
  const full = 'Cannot exceed quota for TagsPerUser: 50'
  await iam.refused('TagUser', { UserName, Tags: [tag('one more', 'v')] }, 'LimitExceeded', full)
  await iam.refused(
    'TagUser',
    { UserName, Tags: [...many, tag('x', 'y')] },
    'ValidationError',
    /less than or equal to 50/,
  )
  await iam.refused('TagUser', { UserName: 'bob', Tags: many }, 'NoSuchEntity')
})

test('TagUser is decided by the tags of the request and of the user; the tags reach the caller (access.md 5.7)', async () => {
  await using iam = await trial()
  const condition = {
    Condition: {
      StringEquals: { 'aws:RequestTag/team': 'red', 'iam:ResourceTag/mine': 'yes' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
    },
  }
  const alice = await iam.user('alice', document('iam:TagUser', '*', condition))
  await iam.call('CreateUser', { UserName: 'bob', Tags: [tag('mine', 'yes')] })
  await iam.call('CreateUser', { UserName: 'eve' })
  await iam.call('TagUser', { UserName: 'bob', Tags: [tag('team', 'red')] }, alice)
  for (const Tags of [[tag('team', 'blue')], [tag('team', 'red'), tag('more', '')]]) {
    await iam.refused('TagUser', { UserName: 'bob', Tags }, 'AccessDenied', undefined, alice)
  }
  await iam.refused('TagUser', { UserName: 'eve', Tags: [tag('team', 'red')] }, 'AccessDenied', undefined, alice)
  await iam.call('TagUser', { UserName: 'alice', Tags: [tag('team', 'green')] })
  assert.deepEqual([...((await iam.callerOf(alice.accessKeyId)).tags ?? [])], [['team', 'green']])
})

test('TagUser refuses keys of AWS’s own, in any case (User Guide, "Tags for IAM resources")', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice' })
  for (const Key of ['aws:team', 'AWS:team']) {
    await iam.refused(
      'TagUser',
      { UserName: 'alice', Tags: [{ Key, Value: 'x' }] },
      'InvalidInput',
      'Tag keys that begin with aws: are reserved for AWS.',
    )
  }
})
