import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, START, trial } from '../test/trial.ts'

test('CreateInstanceProfile answers the profile, GetInstanceProfile the same', async () => {
  await using iam = await trial()
  const Tags = [{ Key: 'team', Value: 'red' }]
  const made = await iam.call('CreateInstanceProfile', { InstanceProfileName: 'Web', Path: '/p/', Tags })
  assert.match(made.InstanceProfile.InstanceProfileId, /^AIPA[A-Z2-7]{17}$/)
  const expected = {
    Path: '/p/',
    InstanceProfileName: 'Web',
    InstanceProfileId: made.InstanceProfile.InstanceProfileId,
    Arn: `arn:aws:iam::${ACCOUNT}:instance-profile/p/Web`,
    CreateDate: new Date(START),
    Roles: [],
    Tags,
  }
  assert.deepEqual(made.InstanceProfile, expected)
  const found = await iam.call('GetInstanceProfile', { InstanceProfileName: 'Web' })
  assert.deepEqual(found.InstanceProfile, expected)
})

test('CreateInstanceProfile takes a name once in any spelling, and no more than the quota (observed)', async () => {
  await using iam = await trial({ instanceProfiles: 1 })
  await iam.call('CreateInstanceProfile', { InstanceProfileName: 'web' })
  const taken = 'Instance Profile WEB already exists.'
  await iam.refused('CreateInstanceProfile', { InstanceProfileName: 'WEB' }, 'EntityAlreadyExists', taken)
  const full = 'Cannot exceed quota for InstanceProfilesPerAccount: 1'
  await iam.refused('CreateInstanceProfile', { InstanceProfileName: 'other' }, 'LimitExceeded', full)
  await iam.refused('CreateInstanceProfile', { InstanceProfileName: 'p', Path: 'x' }, 'ValidationError')
  const Tags = ['a', 'A'].map((Key) => ({ Key, Value: '' }))
  await iam.refused('CreateInstanceProfile', { InstanceProfileName: 'a b' }, 'ValidationError')
  await iam.call('DeleteInstanceProfile', { InstanceProfileName: 'web' })
  await iam.refused('CreateInstanceProfile', { InstanceProfileName: 'p', Tags }, 'InvalidInput')
})

test('CreateInstanceProfile with tags needs iam:TagInstanceProfile too (API_CreateInstanceProfile)', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:CreateInstanceProfile'))
  await iam.call('CreateInstanceProfile', { InstanceProfileName: 'bare' }, alice)
  const tagged = { InstanceProfileName: 'web', Tags: [{ Key: 'a', Value: 'b' }] }
  const refusal = /iam:TagInstanceProfile on resource: arn:aws:iam::111122223333:instance-profile\/web because/
  await iam.refused('CreateInstanceProfile', tagged, 'AccessDenied', refusal, alice)
})
