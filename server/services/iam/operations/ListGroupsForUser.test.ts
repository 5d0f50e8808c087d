import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

const names = (out: { Groups: { GroupName: string }[] }) => out.Groups.map(({ GroupName }) => GroupName)

test('ListGroupsForUser pages the groups that a user is in', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice' })
  for (const GroupName of ['d', 'B', 'a', 'not']) {
    await iam.call('CreateGroup', { GroupName, Path: '/x/' })
    if (GroupName !== 'not') await iam.call('AddUserToGroup', { GroupName, UserName: 'alice' })
  }
  const first = await iam.call('ListGroupsForUser', { UserName: 'alice', MaxItems: 2 })
  assert.deepEqual([names(first), first.IsTruncated], [['a', 'B'], true])
  const rest = await iam.call('ListGroupsForUser', { UserName: 'alice', Marker: first.Marker })
  assert.deepEqual([names(rest), rest.IsTruncated], [['d'], false])
  assert.match(rest.Groups[0].Arn, /:group\/x\/d$/)
  const text = 'The user with name bob cannot be found.'
  await iam.refused('ListGroupsForUser', { UserName: 'bob' }, 'NoSuchEntity', text)
})
