import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
})

const add = { InstanceProfileName: 'web', RoleName: 'r' }

test('AddRoleToInstanceProfile puts one role into the profile (observed: the text of the quota)', async () => {
  await using iam = await trial()
  await iam.refused('AddRoleToInstanceProfile', add, 'NoSuchEntity', 'Instance Profile web cannot be found.')
  await iam.call('CreateInstanceProfile', { InstanceProfileName: 'web' })
  await iam.refused('AddRoleToInstanceProfile', add, 'NoSuchEntity', 'The role with name r cannot be found.')
  const { Role } = await iam.call('CreateRole', { RoleName: 'r', Path: '/p/', AssumeRolePolicyDocument: TRUST })
  await iam.call('CreateRole', { RoleName: 's', AssumeRolePolicyDocument: TRUST })
  assert.equal(await iam.call('AddRoleToInstanceProfile', add), undefined)
  const { InstanceProfile } = await iam.call('GetInstanceProfile', { InstanceProfileName: 'web' })
  assert.equal(InstanceProfile.Roles.length, 1)
  const [role] = InstanceProfile.Roles
  assert.deepEqual([role.RoleName, role.Arn, role.RoleId, role.Path], ['r', Role.Arn, Role.RoleId, '/p/'])
  assert.equal(decodeURIComponent(role.AssumeRolePolicyDocument), TRUST)
  const full = 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1'
  for (const RoleName of ['r', 's']) {
    await iam.refused('AddRoleToInstanceProfile', { ...add, RoleName }, 'LimitExceeded', full)
  }
})

test('A role in an instance profile stays; DeleteRole says so (access.md 3.5)', async () => {
  await using iam = await trial()
  await iam.call('CreateInstanceProfile', { InstanceProfileName: 'web' })
  await iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: TRUST })
  await iam.call('AddRoleToInstanceProfile', add)
  const text = 'Cannot delete entity, must remove roles from instance profile first.'
  await iam.refused('DeleteRole', { RoleName: 'r' }, 'DeleteConflict', text)
})

test('AddRoleToInstanceProfile passes the role to EC2: iam:PassRole is needed too', async () => {
  await using iam = await trial()
  await iam.call('CreateInstanceProfile', { InstanceProfileName: 'web' })
  for (const RoleName of ['r', 'admin']) await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument: TRUST })
  const policy = (service: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'iam:AddRoleToInstanceProfile', Resource: '*' },
        {
          Effect: 'Allow',
          Action: 'iam:PassRole',
          Resource: 'arn:aws:iam::111122223333:role/r',
          Condition: { StringEquals: { 'iam:PassedToService': service } },
        },
      ],
    })
  const eve = await iam.user('eve', policy('lambda.amazonaws.com'))
  const refusal = /not authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role\/r because/
  await iam.refused('AddRoleToInstanceProfile', add, 'AccessDenied', refusal, eve)
  const alice = await iam.user('alice', policy('ec2.amazonaws.com'))
  await iam.refused('AddRoleToInstanceProfile', { ...add, RoleName: 'admin' }, 'AccessDenied', /iam:PassRole/, alice)
  await iam.call('AddRoleToInstanceProfile', add, alice)
})
