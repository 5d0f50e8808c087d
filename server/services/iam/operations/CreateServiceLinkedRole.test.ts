import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { ACCOUNT, document, START, trial } from '../test/trial.ts'

const Service = 'elasticache.amazonaws.com'

test('CreateServiceLinkedRole makes the role of a service (API_CreateServiceLinkedRole)', async () => {
  await using iam = await trial()
  const { Role } = await iam.call('CreateServiceLinkedRole', { AWSServiceName: Service, Description: 'cache' })
  const { AssumeRolePolicyDocument, ...rest } = Role
  assert.deepEqual(JSON.parse(decodeURIComponent(AssumeRolePolicyDocument)), {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
  })
  assert.deepEqual(rest, {
    Path: `/aws-service-role/${Service}/`,
    RoleName: 'AWSServiceRoleForElastiCache',
    RoleId: Role.RoleId,
    Arn: `arn:aws:iam::${ACCOUNT}:role/aws-service-role/${Service}/AWSServiceRoleForElastiCache`,
    CreateDate: new Date(START),
  })
  const found = (await iam.call('GetRole', { RoleName: 'AWSServiceRoleForElastiCache' })).Role
  assert.deepEqual([found.Description, found.MaxSessionDuration], ['cache', 3600])
  assert.deepEqual((await iam.call('ListRoles', { PathPrefix: '/aws-service-role/' })).Roles.length, 1)
})

test('CreateServiceLinkedRole makes a role once, but for a suffix', async () => {
  await using iam = await trial({ roles: 3 })
  await iam.call('CreateServiceLinkedRole', { AWSServiceName: Service })
  const taken =
    'Service role name AWSServiceRoleForElastiCache has been taken in this account, please try a different suffix.'
  await iam.refused('CreateServiceLinkedRole', { AWSServiceName: Service }, 'InvalidInput', taken)
  const { Role } = await iam.call('CreateServiceLinkedRole', { AWSServiceName: Service, CustomSuffix: 'b' })
  assert.equal(Role.RoleName, 'AWSServiceRoleForElastiCache_b')
  await role(iam, 'AWSServiceRoleForRDS')
  const full = { AWSServiceName: 'ssm.amazonaws.com' }
  await iam.refused('CreateServiceLinkedRole', full, 'LimitExceeded', 'Cannot exceed quota for RolesPerAccount: 3')
  await iam.refused(
    'CreateServiceLinkedRole',
    { AWSServiceName: 'rds.amazonaws.com' },
    'InvalidInput',
    /has been taken/,
  )
})

test('CreateServiceLinkedRole refuses what is no service, and names that are too long', async () => {
  await using iam = await trial()
  for (const AWSServiceName of ['elasticache', 'example.com', '../../amazonaws.com'.replaceAll('/', '.')]) {
    await iam.refused(
      'CreateServiceLinkedRole',
      { AWSServiceName },
      'InvalidInput',
      /is not the name of an AWS service/,
    )
  }
  const long = { AWSServiceName: Service, CustomSuffix: 'x'.repeat(64) }
  await iam.refused('CreateServiceLinkedRole', long, 'InvalidInput', /is too long/)
  await iam.refused('CreateServiceLinkedRole', { AWSServiceName: 'a/b.amazonaws.com' }, 'ValidationError')
})

test('CreateServiceLinkedRole can be allowed for certain services by iam:AWSServiceName (access.md 5.7)', async () => {
  await using iam = await trial()
  const Condition = { StringEquals: { 'iam:AWSServiceName': Service } }
  const lead = await iam.user('lead', document('iam:CreateServiceLinkedRole', '*', { Condition }))
  await iam.call('CreateServiceLinkedRole', { AWSServiceName: Service }, lead)
  const text = /on resource: arn:aws:iam::\d+:role\/aws-service-role\/rds\.amazonaws\.com\/AWSServiceRoleForRDS because/
  const other = { AWSServiceName: 'rds.amazonaws.com' }
  await iam.refused('CreateServiceLinkedRole', other, 'AccessDenied', text, lead)
})

test('a service-linked role can be tagged and described, and is else its service’s', async () => {
  await using iam = await trial()
  await iam.call('CreateServiceLinkedRole', { AWSServiceName: Service })
  const RoleName = 'AWSServiceRoleForElastiCache'
  await iam.call('TagRole', { RoleName, Tags: [{ Key: 'k', Value: 'v' }] })
  await iam.call('UntagRole', { RoleName, TagKeys: ['k'] })
  const text = `Cannot perform the operation on the protected role '${RoleName}' - this role is only modifiable by AWS`
  const PolicyDocument = document('sts:AssumeRole')
  await iam.refused('UpdateAssumeRolePolicy', { RoleName, PolicyDocument }, 'UnmodifiableEntity', text)
})
