import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

interface Listed {
  readonly InstanceProfiles: readonly { readonly InstanceProfileName: string }[]
}
const names = (out: Listed) => out.InstanceProfiles.map(({ InstanceProfileName }) => InstanceProfileName)

test('ListInstanceProfiles pages in the order of names, below a path, without tags', async () => {
  await using iam = await trial()
  for (const InstanceProfileName of ['d', 'B', 'a']) {
    const Path = InstanceProfileName === 'd' ? '/x/' : '/'
    await iam.call('CreateInstanceProfile', { InstanceProfileName, Path, Tags: [{ Key: 'k', Value: 'v' }] })
  }
  const first = await iam.call('ListInstanceProfiles', { MaxItems: 2 })
  assert.deepEqual([names(first), first.IsTruncated], [['a', 'B'], true])
  assert.equal('Tags' in first.InstanceProfiles[0], false)
  const rest = await iam.call('ListInstanceProfiles', { Marker: first.Marker })
  assert.deepEqual([names(rest), rest.IsTruncated], [['d'], false])
  assert.deepEqual(names(await iam.call('ListInstanceProfiles', { PathPrefix: '/x' })), ['d'])
})

test('ListInstanceProfiles is about all instance profiles', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:ListInstanceProfiles', 'arn:aws:iam::*:instance-profile/a'))
  const refusal = /on resource: arn:aws:iam::111122223333:instance-profile\/ because/
  await iam.refused('ListInstanceProfiles', {}, 'AccessDenied', refusal, alice)
})
