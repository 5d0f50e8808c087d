import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forged, unusable, write } from './test/outside.ts'
import { ACCOUNT, document, trial } from './test/trial.ts'

// Somebody who can write the database and has no seal adds and changes rows that decide who may do what.

/** What is there before: alice with an own, an attached and a bounding policy; the attached one also as `admin`. */
async function world() {
  const iam = await trial()
  const policies: Record<string, { Arn: string; PolicyId: string }> = {}
  for (const [PolicyName, may] of [
    ['edge', 'secretsmanager:*'],
    ['reader', 'secretsmanager:Describe*'],
    ['admin', '*'],
  ] as const) {
    const made = await iam.call('CreatePolicy', { PolicyName, PolicyDocument: document(may) })
    policies[PolicyName] = made.Policy
  }
  await iam.call('CreateUser', {
    UserName: 'alice',
    PermissionsBoundary: policies.edge?.Arn,
    Tags: [{ Key: 'team', Value: 'red' }],
  })
  await iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'own', PolicyDocument: document('sts:*') })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: policies.reader?.Arn })
  const { AccessKey } = await iam.call('CreateAccessKey', { UserName: 'alice' })
  const alice = await iam.callerOf(AccessKey.AccessKeyId)
  return { iam, alice, policies, [Symbol.asyncDispose]: () => iam[Symbol.asyncDispose]() }
}

const FORGED: Readonly<Record<string, string>> = {
  'an inline policy added': `insert into iam_inline_policy (account, region, owner, name_key, name, document, mac)
    select account, region, owner, 'x', 'x', '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', mac
    from iam_inline_policy`,
  'an inline policy changed': `update iam_inline_policy set document = replace(document, 'sts:', '')`,
  'a policy attached': `insert into iam_attachment (account, region, owner, policy_key, mac)
    select account, region, owner, 'admin', mac from iam_attachment`,
  'an attachment led to another policy': `update iam_attachment set policy_key = 'admin'`,
  'a version changed': `update iam_policy_version set document = replace(document, 'Describe', '')`,
  'a version exchanged for that of another policy': `update iam_policy_version set policy = policy || '.' where policy =
    (select id from iam_policy where name = 'reader')`,
  'a policy given the id of another': `update iam_policy set id = (select id from iam_policy where name = 'admin')
    where name = 'reader'`,
  'an attached policy taken away': `delete from iam_policy where name = 'reader'`,
  'a bounding version changed': `update iam_policy_version set document = '{"Statement":[]}' where policy =
    (select id from iam_policy where name = 'edge')`,
  'a boundary led to another policy': `update iam_policy set arn = case name when 'edge' then 'x' else
    (select boundary from iam_user) end where name in ('edge', 'admin')`,
  'a boundary taken off': 'update iam_user set boundary = null',
  'tags of a user changed': `update iam_user set tags = '[["team","blue"]]'`,
  'a user moved to another path': `update iam_user set path = '/admins/'`,
  'a key moved to the root user': 'update iam_access_key set owner = account',
}

for (const [said, sql] of Object.entries(FORGED)) {
  test(`${said}: the access key fails, it is not let through`, async () => {
    await using it = await world()
    assert.ok((await write(it.iam, sql)) > 0)
    await unusable(it.iam, it.alice, said)
  })
}

test('a key switched on again fails, until it is switched by the server', async () => {
  await using it = await world()
  const { iam, alice } = it
  const AccessKeyId = alice.accessKeyId
  await iam.call('UpdateAccessKey', { UserName: 'alice', AccessKeyId, Status: 'Inactive' })
  await write(iam, `update iam_access_key set status = 'Active' where id = :id`, { id: AccessKeyId })
  await unusable(iam, alice, 'on')
  await iam.call('UpdateAccessKey', { UserName: 'alice', AccessKeyId, Status: 'Active' })
  assert.equal((await iam.iam.callers.find(AccessKeyId))?.active, true)
})

test('what was forged is not made right by a change that the server makes beside it', async () => {
  await using it = await world()
  const { iam } = it
  await write(iam, 'update iam_user set boundary = null')
  const rename = { UserName: 'alice', NewUserName: 'bob' }
  await assert.rejects(iam.call('UpdateUser', rename), forged)
  await write(iam, `update iam_policy set id = 'ANPAX' where name = 'admin'`)
  await write(iam, 'update iam_user set boundary = :arn', { arn: it.policies.edge?.Arn ?? '' })
  await iam.call('UpdateUser', rename)
  const admin = { UserName: 'bob', PolicyArn: it.policies.admin?.Arn }
  await assert.rejects(iam.call('AttachUserPolicy', admin), forged)
})

test('policies that were added from outside can be taken away through the server', async () => {
  await using it = await world()
  const { iam, alice } = it
  await write(iam, FORGED['an inline policy added'] as string)
  await write(iam, FORGED['a policy attached'] as string)
  await unusable(iam, alice, 'before')
  await iam.call('DeleteUserPolicy', { UserName: 'alice', PolicyName: 'x' })
  await iam.call('DetachUserPolicy', { UserName: 'alice', PolicyArn: it.policies.admin?.Arn })
  assert.equal((await iam.callerOf(alice.accessKeyId)).policies.length, 2)
})

test('everything that the server itself changes stays right', async () => {
  await using it = await world()
  const { iam, alice } = it
  await iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'OWN', PolicyDocument: document('kms:*') })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: it.policies.admin?.Arn })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: it.policies.admin?.Arn })
  await iam.call('UpdateUser', { UserName: 'alice', NewUserName: 'Bob', NewPath: '/x/' })
  const bob = await iam.callerOf(alice.accessKeyId)
  assert.deepEqual([bob.arn, bob.policies.length], [`arn:aws:iam::${ACCOUNT}:user/x/Bob`, 3])
})
