import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

const tag = (Key: string, Value: string) => ({ Key, Value })
const InstanceProfileName = 'web'

test('TagInstanceProfile merges as TagUser does (access.md 3.4)', async () => {
  await using iam = await trial()
  await iam.call('CreateInstanceProfile', { InstanceProfileName, Tags: [tag('Team', 'red')] })
  const Tags = [tag('team', 'blue'), tag('new', '')]
  assert.equal(await iam.call('TagInstanceProfile', { InstanceProfileName, Tags }), undefined)
  const { InstanceProfile } = await iam.call('GetInstanceProfile', { InstanceProfileName })
  assert.deepEqual(InstanceProfile.Tags, Tags)
  await iam.refused('TagInstanceProfile', { InstanceProfileName, Tags: [] }, 'InvalidInput')
  await iam.refused('TagInstanceProfile', { InstanceProfileName: 'none', Tags }, 'NoSuchEntity')
  const many = Array.from({ length: 49 }, (_, n) => tag(`k${n}`, 'v'))
  const full = 'Cannot exceed quota for TagsPerInstanceProfile: 50'
  await iam.refused('TagInstanceProfile', { InstanceProfileName, Tags: many }, 'LimitExceeded', full)
})

test('TagInstanceProfile and UntagInstanceProfile are decided by tags of request and profile (access.md 5.7)', async () => {
  await using iam = await trial()
  await iam.call('CreateInstanceProfile', { InstanceProfileName, Tags: [tag('mine', 'yes')] })
  await iam.call('CreateInstanceProfile', { InstanceProfileName: 'other' })
  const condition = {
    Condition: {
      StringEquals: { 'aws:ResourceTag/mine': 'yes' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['a'] },
    },
  }
  const alice = await iam.user('alice', document('iam:*InstanceProfile', '*', condition))
  for (const [name, one, more] of [
    ['TagInstanceProfile', { Tags: [tag('a', '1')] }, { Tags: [tag('a', '1'), tag('b', '2')] }],
    ['UntagInstanceProfile', { TagKeys: ['a'] }, { TagKeys: ['a', 'mine'] }],
  ] as const) {
    await iam.call(name, { InstanceProfileName, ...one }, alice)
    await iam.refused(name, { InstanceProfileName, ...more }, 'AccessDenied', /instance profile web because/, alice)
    await iam.refused(name, { InstanceProfileName: 'other', ...one }, 'AccessDenied', undefined, alice)
  }
})
