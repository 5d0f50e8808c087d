import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, START, trial, trust } from '../test/trial.ts'

test('CreateRole answers the role without its longest session and last use, GetRole with them (access.md 3.4, recorded)', async () => {
  await using iam = await trial()
  const Tags = [{ Key: 'team', Value: 'red' }]
  const AssumeRolePolicyDocument = trust(ACCOUNT)
  const made = { RoleName: 'App', Path: '/team/', AssumeRolePolicyDocument, Description: 'An app', Tags }
  const { Role } = await iam.call('CreateRole', { ...made, MaxSessionDuration: 7200 })
  assert.match(Role.RoleId, /^AROA[A-Z2-7]{17}$/)
  const expected = {
    Path: '/team/',
    RoleName: 'App',
    RoleId: Role.RoleId,
    Arn: `arn:aws:iam::${ACCOUNT}:role/team/App`,
    CreateDate: new Date(START),
    AssumeRolePolicyDocument: encodeURIComponent(AssumeRolePolicyDocument),
    Tags,
  }
  assert.deepEqual(Role, expected)
  assert.deepEqual(await iam.call('GetRole', { RoleName: 'App' }), {
    Role: { ...expected, Description: 'An app', MaxSessionDuration: 7200, RoleLastUsed: {} },
  })
})
