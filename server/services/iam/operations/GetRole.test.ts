import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role, session } from '../test/roles.ts'
import { ACCOUNT, document, START, trial, trust } from '../test/trial.ts'

test('GetRole finds the exact spelling only (access.md 7, 21)', async () => {
  await using iam = await trial()
  await role(iam, 'App')
  assert.equal((await iam.call('GetRole', { RoleName: 'App' })).Role.RoleName, 'App')
  for (const RoleName of ['app', 'x']) {
    await iam.refused('GetRole', { RoleName }, 'NoSuchEntity', `The role with name ${RoleName} cannot be found.`)
  }
})

test('GetRole tells the last use of its sessions, before and after it is written down', async () => {
  await using iam = await trial()
  const made = await role(iam, 'app')
  const other = await role(iam, 'other')
  const used = async (RoleName: string) => (await iam.call('GetRole', { RoleName })).Role.RoleLastUsed
  assert.deepEqual(await used('app'), {})
  iam.iam.lastUsed.noteCaller(session(made), 'kms', 'eu-west-1', START + 1000)
  const expected = { LastUsedDate: new Date(START + 1000), Region: 'eu-west-1' }
  assert.deepEqual(await used('app'), expected)
  await iam.iam.flush(iam.storage)
  assert.equal(iam.iam.lastUsed.of(made.RoleId), undefined)
  assert.deepEqual(await used('app'), expected)
  assert.deepEqual(await used('other'), {})
  assert.notEqual(other.RoleId, made.RoleId)
})

test('GetRole on the wire has an empty element for a role that was never used (access.md 3.4, recorded)', async () => {
  await using iam = await trial()
  await role(iam, 'app')
  const xml = await iam.wire('Action=GetRole&Version=2010-05-08&RoleName=app')
  assert.match(xml, /<RoleLastUsed(\/>|><\/RoleLastUsed>)/)
  assert.match(xml, /<AssumeRolePolicyDocument>%7B%22Version%22/)
  assert.match(xml, /<MaxSessionDuration>3600<\/MaxSessionDuration>/)
})

test('GetRole is decided on role and tags; a refusal says role NAME', async () => {
  await using iam = await trial()
  await role(iam, 'red', trust(ACCOUNT), { Path: '/team/', Tags: [{ Key: 'team', Value: 'red' }] })
  await role(iam, 'blue')
  const Condition = { StringEquals: { 'iam:ResourceTag/team': 'red' } }
  const alice = await iam.user('alice', document('iam:GetRole', `arn:aws:iam::${ACCOUNT}:role/team/*`, { Condition }))
  await iam.call('GetRole', { RoleName: 'red' }, alice)
  for (const RoleName of ['blue', 'none']) {
    const text = `User: ${alice.arn} is not authorized to perform: iam:GetRole on resource: role ${RoleName} because no identity-based policy allows the iam:GetRole action`
    await iam.refused('GetRole', { RoleName }, 'AccessDenied', text, alice)
  }
})
