import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('GetInstanceProfile finds exactly the spelling (access.md 7, 21), and tells the uncalled nothing', async () => {
  await using iam = await trial()
  await iam.call('CreateInstanceProfile', { InstanceProfileName: 'Web' })
  const text = 'Instance Profile web cannot be found.'
  await iam.refused('GetInstanceProfile', { InstanceProfileName: 'web' }, 'NoSuchEntity', text)
  const alice = await iam.user('alice', document('iam:GetInstanceProfile', 'arn:aws:iam::*:instance-profile/x/*'))
  for (const InstanceProfileName of ['Web', 'gone']) {
    const refusal = new RegExp(`on resource: instance profile ${InstanceProfileName} because`)
    await iam.refused('GetInstanceProfile', { InstanceProfileName }, 'AccessDenied', refusal, alice)
  }
})

test('GetInstanceProfile is XML as clients read it', async () => {
  await using iam = await trial()
  await iam.call('CreateInstanceProfile', { InstanceProfileName: 'w' })
  const xml = await iam.wire('Action=GetInstanceProfile&InstanceProfileName=w')
  assert.match(xml, /^<InstanceProfile><Path>\/<\/Path><InstanceProfileName>w<.*<Roles\/><\/InstanceProfile>$/)
})
