import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

const names = (out: { Groups: { GroupName: string }[] }) => out.Groups.map(({ GroupName }) => GroupName)

test('ListGroups pages in the order of names; a marker goes on with another MaxItems (access.md 3.1, recorded)', async () => {
  await using iam = await trial()
  for (const GroupName of ['d', 'B', 'a', 'C']) await iam.call('CreateGroup', { GroupName })
  const first = await iam.call('ListGroups', { MaxItems: 1 })
  assert.deepEqual([names(first), first.IsTruncated], [['a'], true])
  const rest = await iam.call('ListGroups', { MaxItems: 3, Marker: first.Marker })
  assert.deepEqual([names(rest), rest.IsTruncated, rest.Marker], [['B', 'C', 'd'], false, undefined])
  await iam.refused('ListGroups', { Marker: '?' }, 'ValidationError', 'Invalid Marker.')
  await iam.refused('ListGroups', { MaxItems: 1001 }, 'ValidationError')
})

test('ListGroups lists below a path', async () => {
  await using iam = await trial()
  await iam.call('CreateGroup', { GroupName: 'a', Path: '/x/y/' })
  await iam.call('CreateGroup', { GroupName: 'b', Path: '/z/' })
  assert.deepEqual(names(await iam.call('ListGroups', { PathPrefix: '/x' })), ['a'])
  assert.equal(await iam.wire('Action=ListGroups&PathPrefix=%2Fnone'), '<Groups/><IsTruncated>false</IsTruncated>')
})

test('ListGroups is about all groups', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:ListGroups', 'arn:aws:iam::111122223333:group/a'))
  const refusal = /iam:ListGroups on resource: arn:aws:iam::111122223333:group\/ because/
  await iam.refused('ListGroups', {}, 'AccessDenied', refusal, alice)
})
