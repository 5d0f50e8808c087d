import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

const names = (out: { Users: { UserName: string }[] }) => out.Users.map(({ UserName }) => UserName)

test('ListUsers pages in the order of names; a marker goes on with another MaxItems (access.md 3.1, recorded)', async () => {
  await using iam = await trial()
  for (const UserName of ['d', 'B', 'a', 'C']) await iam.call('CreateUser', { UserName })
  const first = await iam.call('ListUsers', { MaxItems: 1 })
  assert.deepEqual(names(first), ['a'])
  assert.equal(first.IsTruncated, true)
  const rest = await iam.call('ListUsers', { MaxItems: 3, Marker: first.Marker })
  assert.deepEqual(names(rest), ['B', 'C', 'd'])
  assert.equal(rest.IsTruncated, false)
  assert.equal(rest.Marker, undefined)
  await iam.refused('ListUsers', { Marker: '?' }, 'ValidationError', 'Invalid Marker.')
  await iam.refused('ListUsers', { MaxItems: 1001 }, 'ValidationError')
})

test('ListUsers lists below a path, without tags and boundary (access.md 3.4)', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'a', Path: '/x/y/', Tags: [{ Key: 'k', Value: 'v' }] })
  await iam.call('CreateUser', { UserName: 'b', Path: '/z/' })
  const found = await iam.call('ListUsers', { PathPrefix: '/x' })
  assert.deepEqual(names(found), ['a'])
  assert.equal('Tags' in found.Users[0], false)
  assert.equal(await iam.wire('Action=ListUsers&PathPrefix=%2Fnone'), '<Users/><IsTruncated>false</IsTruncated>')
})
