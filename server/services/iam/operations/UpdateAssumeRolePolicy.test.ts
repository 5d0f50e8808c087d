import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayAssume, role, shownTrust } from '../test/roles.ts'
import { ACCOUNT, trial, trust } from '../test/trial.ts'

const alice = `arn:aws:iam::${ACCOUNT}:user/alice`
const update = (PolicyDocument: string) => ({ RoleName: 'app', PolicyDocument })

test('UpdateAssumeRolePolicy decides who may assume the role from then on', async () => {
  await using iam = await trial()
  const caller = await iam.user('alice')
  const { Arn } = await role(iam, 'app')
  assert.equal(await mayAssume(iam, caller, Arn), false)
  assert.equal(await iam.call('UpdateAssumeRolePolicy', update(trust(alice))), undefined)
  assert.equal(await mayAssume(iam, caller, Arn), true)
  assert.equal(await shownTrust(iam, 'app'), trust(alice))
  await iam.call('UpdateAssumeRolePolicy', update(trust([alice, '*'], { Effect: 'Deny' })))
  assert.equal(await mayAssume(iam, caller, Arn), false)
})

test('a role may trust itself once it is there', async () => {
  await using iam = await trial()
  const self = trust(`arn:aws:iam::${ACCOUNT}:role/app`)
  const create = { RoleName: 'app', AssumeRolePolicyDocument: self }
  await iam.refused(
    'CreateRole',
    create,
    'MalformedPolicyDocument',
    /^Invalid principal in policy: "AWS":".*:role\/app"$/,
  )
  await role(iam, 'app')
  await iam.call('UpdateAssumeRolePolicy', update(self))
})

test('UpdateAssumeRolePolicy refuses what CreateRole refuses, and leaves the old policy (access.md 3.6)', async () => {
  await using iam = await trial()
  await role(iam, 'app')
  const refused = (document: string, text: string | RegExp, code = 'MalformedPolicyDocument') =>
    iam.refused('UpdateAssumeRolePolicy', update(document), code, text)
  await refused('{', 'This policy contains invalid Json')
  await refused(trust(alice), `Invalid principal in policy: "AWS":"${alice}"`)
  await refused(trust(ACCOUNT, { Action: 'iam:GetRole' }), /^Trust Policy statement actions can only be/)
  const large = trust(ACCOUNT, { Sid: 'x'.repeat(2048) })
  await refused(large, 'Cannot exceed quota for ACLSizePerRole: 2048', 'LimitExceeded')
  // Digits are shown as what they mean. Source: access.md 2.
  assert.equal(await shownTrust(iam, 'app'), trust(`arn:aws:iam::${ACCOUNT}:root`))
  const none = { RoleName: 'App', PolicyDocument: trust(ACCOUNT) }
  await iam.refused('UpdateAssumeRolePolicy', none, 'NoSuchEntity', 'The role with name App cannot be found.')
})
