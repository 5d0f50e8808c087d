import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowForged } from '#kernel/sealing/row-mac'
import { mayAssume, role, session } from './test/roles.ts'
import { ACCOUNT, document, type Trial, trial, trust } from './test/trial.ts'

// Somebody who can write the database and has no seal changes rows of roles. See rows.test.ts.

async function world() {
  const iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'edge', PolicyDocument: document() })
  const alice = await iam.user('alice')
  const mallory = await iam.user('mallory')
  const made = await role(iam, 'app', trust(alice.arn), {
    Path: '/x/',
    PermissionsBoundary: Policy.Arn,
    Tags: [{ Key: 'team', Value: 'red' }],
  })
  await iam.call('PutRolePolicy', { RoleName: 'app', PolicyName: 'own', PolicyDocument: document('sts:*') })
  await iam.call('AttachRolePolicy', { RoleName: 'app', PolicyArn: Policy.Arn })
  await role(iam, 'admin', trust(mallory.arn))
  await iam.call('PutRolePolicy', { RoleName: 'admin', PolicyName: 'all', PolicyDocument: document('*') })
  return { iam, alice, mallory, made, [Symbol.asyncDispose]: () => iam[Symbol.asyncDispose]() }
}

/** Writes past the server. */
function write(iam: Trial, sql: string): Promise<number> {
  return iam.storage.unit('write', async (unit) => {
    unit.touch('iam')
    return unit.run({ name: `test/${sql}`, sql }, {})
  })
}

const forged = (error: unknown) => error instanceof RowForged

const APP = `where name = 'app'`
const FORGED: Readonly<Record<string, string>> = {
  'a trust policy changed': `update iam_role set trust = '${trust('*')}' ${APP}`,
  'a trust policy led to another user of the same name': `update iam_role set trust_principals =
    replace(trust_principals, (select id from iam_user where name = 'alice'),
    (select id from iam_user where name = 'mallory')) ${APP}`,
  'bound principals taken away': `update iam_role set trust_principals = '[]' ${APP}`,
  'trust and principals taken from another role': `update iam_role set
    trust = (select trust from iam_role where name = 'admin'),
    trust_principals = (select trust_principals from iam_role where name = 'admin'),
    mac = (select mac from iam_role where name = 'admin') ${APP}`,
  'the longest session changed': `update iam_role set max_session = 43200 ${APP}`,
  'a boundary taken off': `update iam_role set boundary = null ${APP}`,
  'tags changed': `update iam_role set tags = '[["team","blue"]]' ${APP}`,
  'a role made service-linked': `update iam_role set linked_service = 'rds.amazonaws.com' ${APP}`,
}

for (const [said, sql] of Object.entries(FORGED)) {
  test(`${said}: whoever assumes the role or works in its sessions fails, and is not let through`, async () => {
    await using it = await world()
    const { iam, alice, mallory, made } = it
    assert.equal(await mayAssume(iam, alice, made.Arn), true)
    assert.ok((await write(iam, sql)) > 0)
    await assert.rejects(mayAssume(iam, alice, made.Arn), forged)
    await assert.rejects(mayAssume(iam, mallory, made.Arn), forged)
    await assert.rejects(async () => iam.iam.callers.principal(ACCOUNT, made.RoleId), forged)
    await assert.rejects(iam.call('GetRole', { RoleName: 'app' }), forged)
    await assert.rejects(iam.call('UpdateAssumeRolePolicy', { RoleName: 'app', PolicyDocument: trust('*') }), forged)
  })
}

test('a role that was given the id of another has not its sessions', async () => {
  await using it = await world()
  const { iam, made } = it
  await write(iam, `update iam_role set id = 'AROAX' ${APP}`)
  assert.equal(await iam.iam.callers.principal(ACCOUNT, made.RoleId), undefined)
  await assert.rejects(mayAssume(iam, it.alice, made.Arn), forged)
  await write(iam, `update iam_role set id = '${made.RoleId}' where name = 'admin'`)
  await assert.rejects(async () => iam.iam.callers.principal(ACCOUNT, made.RoleId), forged)
})

test('a role moved to another path is an error there', async () => {
  await using it = await world()
  const { iam, made } = it
  await write(iam, `update iam_role set path = '/' ${APP}`)
  await assert.rejects(mayAssume(iam, it.alice, made.Arn.replace('/x/', '/')), forged)
})

const FORGED_POLICIES: Readonly<Record<string, string>> = {
  'the inline policy of another role': `update iam_inline_policy set owner =
    (select id from iam_role where name = 'app') where name = 'all'`,
  'an inline policy changed': `update iam_inline_policy set document = replace(document, 'sts:', '') where name = 'own'`,
  'an attached policy taken away': `delete from iam_policy where name = 'edge'`,
}

for (const [said, sql] of Object.entries(FORGED_POLICIES)) {
  test(`${said}: sessions of the role fail`, async () => {
    await using it = await world()
    const { iam, made } = it
    assert.equal((await iam.iam.callers.principal(ACCOUNT, made.RoleId))?.policies.length, 2)
    assert.ok((await write(iam, sql)) > 0)
    await assert.rejects(async () => iam.iam.callers.principal(ACCOUNT, made.RoleId), forged)
  })
}

test('everything that the server itself changes of a role stays right', async () => {
  await using it = await world()
  const { iam, alice, made } = it
  const RoleName = 'app'
  await iam.call('UpdateRole', { RoleName, Description: 'd', MaxSessionDuration: 7200 })
  await iam.call('TagRole', { RoleName, Tags: [{ Key: 'TEAM', Value: 'blue' }] })
  await iam.call('DeleteRolePermissionsBoundary', { RoleName })
  await iam.call('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: trust([alice.arn, made.Arn]) })
  assert.equal(await mayAssume(iam, alice, made.Arn), true)
  assert.equal(await mayAssume(iam, session(made), made.Arn), true)
  assert.equal(await mayAssume(iam, it.mallory, made.Arn), false)
  const principal = await iam.iam.callers.principal(ACCOUNT, made.RoleId)
  assert.deepEqual(
    [principal?.arn, principal?.policies.length, principal?.boundary, principal && [...principal.tags]],
    [made.Arn, 2, undefined, [['TEAM', 'blue']]],
  )
})
