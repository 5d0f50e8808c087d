import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forged, unusable, write } from './test/outside.ts'
import { document, trial } from './test/trial.ts'

// Somebody who can write the database and has no seal adds and changes rows of groups and instance profiles.

/** alice is in `devs`, chief in `chiefs`; each group has an inline policy, `devs` an attached one; `admin` is attached to nobody. */
async function world() {
  const iam = await trial()
  const alice = await iam.user('alice')
  const chief = await iam.user('chief')
  for (const [GroupName, UserName, may] of [
    ['devs', 'alice', 'iam:Get*'],
    ['chiefs', 'chief', '*'],
  ] as const) {
    await iam.call('CreateGroup', { GroupName })
    await iam.call('AddUserToGroup', { GroupName, UserName })
    await iam.call('PutGroupPolicy', { GroupName, PolicyName: `for-${GroupName}`, PolicyDocument: document(may) })
  }
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'reader', PolicyDocument: document('iam:List*') })
  await iam.call('AttachGroupPolicy', { GroupName: 'devs', PolicyArn: Policy.Arn })
  const admin = await iam.call('CreatePolicy', { PolicyName: 'admin', PolicyDocument: document('*') })
  const found = await iam.callerOf(alice.accessKeyId)
  assert.equal(found.policies.length, 2)
  return { iam, alice: found, chief, admin: admin.Policy.Arn, [Symbol.asyncDispose]: () => iam[Symbol.asyncDispose]() }
}

const ALICE = "(select id from iam_user where name = 'alice')"
const DEVS = "(select id from iam_group where name = 'devs')"
const CHIEFS = "(select id from iam_group where name = 'chiefs')"

const FORGED: Readonly<Record<string, string>> = {
  'a membership added': `insert into iam_member (account, region, member, of_group, mac)
    select account, region, ${ALICE}, of_group, mac from iam_member where of_group = ${CHIEFS}`,
  'a membership led to another group': `update iam_member set of_group = ${CHIEFS} where member = ${ALICE}`,
  'a membership taken from another user': `update iam_member set member = ${ALICE} where of_group = ${CHIEFS}`,
  'a group given the id of another': `update iam_group set id = case name when 'devs' then 'AGPAX' else
    (select of_group from iam_member where member = ${ALICE}) end`,
  'a group renamed': `update iam_group set name = 'Devs' where name = 'devs'`,
  'a group moved to another path': `update iam_group set path = '/x/' where name = 'devs'`,
  'a group taken away': `delete from iam_group where name = 'devs'`,
  'an inline policy moved to another group': `update iam_inline_policy set owner = ${DEVS} where owner = ${CHIEFS}`,
  'an inline policy moved from the group to the user': `update iam_inline_policy set owner = ${ALICE}
    where owner = ${CHIEFS}`,
  'an inline policy of a group changed': `update iam_inline_policy set document = replace(document, 'iam:Get', '')
    where owner = ${DEVS}`,
  'a policy attached to a group': `insert into iam_attachment (account, region, owner, policy_key, mac)
    select account, region, owner, 'admin', mac from iam_attachment where owner = ${DEVS}`,
  'an attachment of a group led to another policy': `update iam_attachment set policy_key = 'admin'`,
}

for (const [said, sql] of Object.entries(FORGED)) {
  test(`${said}: the access key of a member fails, it is not let through`, async () => {
    await using it = await world()
    assert.ok((await write(it.iam, sql)) > 0)
    await unusable(it.iam, it.alice, said)
  })
}

test('what was added from outside to groups can be seen and taken away through the server', async () => {
  await using it = await world()
  const { iam, alice } = it
  await write(iam, FORGED['a membership added'] as string)
  await write(iam, FORGED['a policy attached to a group'] as string)
  await unusable(iam, alice, 'before')
  const { Users } = await iam.call('GetGroup', { GroupName: 'chiefs' })
  assert.deepEqual(
    Users.map(({ UserName }: { UserName: string }) => UserName),
    ['alice', 'chief'],
  )
  await iam.call('RemoveUserFromGroup', { GroupName: 'chiefs', UserName: 'alice' })
  await iam.call('DetachGroupPolicy', { GroupName: 'devs', PolicyArn: it.admin })
  assert.equal((await iam.callerOf(alice.accessKeyId)).policies.length, 2)
})

test('a forged group or user is not made right by a change that the server makes beside it', async () => {
  await using it = await world()
  const { iam } = it
  await write(iam, FORGED['a group moved to another path'] as string)
  await assert.rejects(iam.call('UpdateGroup', { GroupName: 'devs', NewPath: '/y/' }), forged)
  await assert.rejects(iam.call('AddUserToGroup', { GroupName: 'devs', UserName: 'chief' }), forged)
  await write(iam, `update iam_user set tags = '[["team","blue"]]' where name = 'alice'`)
  await assert.rejects(iam.call('TagUser', { UserName: 'alice', Tags: [{ Key: 'a', Value: 'b' }] }), forged)
  await assert.rejects(iam.call('UntagUser', { UserName: 'alice', TagKeys: ['team'] }), forged)
})

test('everything that the server itself changes of users and groups stays right', async () => {
  await using it = await world()
  const { iam, alice } = it
  await iam.call('TagUser', { UserName: 'alice', Tags: [{ Key: 'team', Value: 'red' }] })
  await iam.call('PutUserPermissionsBoundary', { UserName: 'alice', PermissionsBoundary: it.admin })
  await iam.call('UpdateGroup', { GroupName: 'devs', NewGroupName: 'Ops', NewPath: '/x/' })
  await iam.call('AddUserToGroup', { GroupName: 'chiefs', UserName: 'alice' })
  await iam.call('PutGroupPolicy', { GroupName: 'Ops', PolicyName: 'FOR-devs', PolicyDocument: document('sts:*') })
  await iam.call('UntagUser', { UserName: 'alice', TagKeys: ['TEAM'] })
  await iam.call('DeleteUserPermissionsBoundary', { UserName: 'alice' })
  assert.equal((await iam.callerOf(alice.accessKeyId)).policies.length, 3)
})

test('an instance profile that was given another role from outside is an error', async () => {
  await using iam = await trial()
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
  })
  for (const RoleName of ['web', 'admin']) await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument })
  const profile = { InstanceProfileName: 'p' }
  await iam.call('CreateInstanceProfile', profile)
  await iam.call('AddRoleToInstanceProfile', { ...profile, RoleName: 'web' })
  await write(iam, `update iam_instance_profile set role = (select id from iam_role where name = 'admin')`)
  await assert.rejects(iam.call('GetInstanceProfile', profile), forged)
  await assert.rejects(iam.call('ListInstanceProfiles'), forged)
  await assert.rejects(iam.call('TagInstanceProfile', { ...profile, Tags: [{ Key: 'a', Value: 'b' }] }), forged)
})
