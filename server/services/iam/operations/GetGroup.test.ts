import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

const names = (out: { Users: { UserName: string }[] }) => out.Users.map(({ UserName }) => UserName)

test('GetGroup pages the users of the group in the order of their names, without tags', async () => {
  await using iam = await trial()
  await iam.call('CreateGroup', { GroupName: 'g' })
  for (const UserName of ['d', 'B', 'a', 'C', 'not']) {
    await iam.call('CreateUser', { UserName, Tags: [{ Key: 'k', Value: 'v' }] })
    if (UserName !== 'not') await iam.call('AddUserToGroup', { GroupName: 'g', UserName })
  }
  const first = await iam.call('GetGroup', { GroupName: 'g', MaxItems: 1 })
  assert.deepEqual([names(first), first.IsTruncated], [['a'], true])
  assert.equal('Tags' in first.Users[0], false)
  const rest = await iam.call('GetGroup', { GroupName: 'g', MaxItems: 3, Marker: first.Marker })
  assert.deepEqual([names(rest), rest.IsTruncated, rest.Marker], [['B', 'C', 'd'], false, undefined])
  assert.equal(rest.Group.GroupName, 'g')
})

test('GetGroup finds exactly the spelling (access.md 7, 21)', async () => {
  await using iam = await trial()
  await iam.call('CreateGroup', { GroupName: 'Devs' })
  const text = 'The group with name devs cannot be found.'
  await iam.refused('GetGroup', { GroupName: 'devs' }, 'NoSuchEntity', text)
})

test('GetGroup is XML with users as members', async () => {
  await using iam = await trial()
  await iam.call('CreateGroup', { GroupName: 'g' })
  const xml = await iam.wire('Action=GetGroup&GroupName=g')
  assert.match(xml, /^<Group><Path>\/<\/Path><GroupName>g<\/GroupName>.*<\/Group><Users\/><IsTruncated>false/)
})

test('GetGroup tells callers without permission nothing', async () => {
  await using iam = await trial()
  await iam.call('CreateGroup', { GroupName: 'there' })
  const alice = await iam.user('alice', document('iam:GetGroup', 'arn:aws:iam::111122223333:group/mine'))
  for (const GroupName of ['there', 'gone']) {
    const refusal = `User: ${alice.arn} is not authorized to perform: iam:GetGroup on resource: group ${GroupName} because no identity-based policy allows the iam:GetGroup action`
    await iam.refused('GetGroup', { GroupName }, 'AccessDenied', refusal, alice)
  }
  await iam.refused('GetGroup', { GroupName: 'mine' }, 'NoSuchEntity', undefined, alice)
})
