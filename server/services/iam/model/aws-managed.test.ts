import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluate } from '#kernel/authorization/evaluate'
import { compile, parsePolicy, policySize } from '#kernel/authorization/policy'
import type { Caller } from '#kernel/call'
import { awsManaged, awsManagedByKey } from './aws-managed.ts'

const ACCOUNT = '111122223333'
const SECRET = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:db/pw-AbCdEf`
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const PARAMETER = `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/app/x`
const USER = `arn:aws:iam::${ACCOUNT}:user/alice`
const ROLE = `arn:aws:iam::${ACCOUNT}:role/app`

/** Whether somebody with only this policy may do the action. */
function may(arn: string, action: string, resource = '*', keys: Record<string, string> = {}): boolean {
  const policy = awsManaged.get(arn)
  assert.ok(policy, arn)
  const caller: Caller = {
    kind: 'user',
    account: ACCOUNT,
    arn: USER,
    principalArn: USER,
    userId: 'AIDAALICE',
    userName: 'alice',
    accessKeyId: 'AKIA',
    tags: new Map(),
    policies: [compile(policy.document)],
  }
  const context = (key: string) => (key === 'aws:username' ? 'alice' : keys[key])
  return evaluate({ caller, action, resource, owner: ACCOUNT, context, rule: 'plain' }).allowed
}

/** What a policy permits (`+`) and what it does not (`-`); a resource stands behind `@`. */
const CASES: Readonly<Record<string, string>> = {
  AdministratorAccess: `+secretsmanager:DeleteSecret@${SECRET} +iam:CreateUser@${USER} +kms:Decrypt@${KEY} +organizations:LeaveOrganization`,
  PowerUserAccess: `+secretsmanager:GetSecretValue@${SECRET} +kms:ScheduleKeyDeletion@${KEY} +iam:ListRoles +organizations:DescribeOrganization
    +iam:CreateServiceLinkedRole@${ROLE} -iam:CreateUser@${USER} -iam:PassRole@${ROLE} -iam:ListUsers -organizations:LeaveOrganization -account:CloseAccount`,
  IAMFullAccess: `+iam:CreateUser@${USER} +iam:PassRole@${ROLE} +organizations:ListRoots -organizations:LeaveOrganization -sts:AssumeRole@${ROLE} -secretsmanager:ListSecrets`,
  IAMReadOnlyAccess: `+iam:GetUser@${USER} +iam:ListRoles +iam:SimulatePrincipalPolicy@${USER} +iam:GenerateCredentialReport -iam:CreateUser@${USER} -iam:PassRole@${ROLE} -sts:AssumeRole@${ROLE}`,
  IAMUserChangePassword: `+iam:ChangePassword@${USER} +iam:GetAccountPasswordPolicy -iam:ChangePassword@arn:aws:iam::${ACCOUNT}:user/bob -iam:GetUser@${USER}`,
  AWSKeyManagementServicePowerUser: `+kms:CreateKey +kms:DescribeKey@${KEY} +kms:ListAliases +kms:TagResource@${KEY} +kms:CreateAlias@${KEY} +iam:ListUsers
    -kms:Decrypt@${KEY} -kms:Encrypt@${KEY} -kms:GenerateDataKey@${KEY} -kms:ScheduleKeyDeletion@${KEY} -kms:PutKeyPolicy@${KEY} -kms:CreateGrant@${KEY}`,
  SecretsManagerReadWrite: `+secretsmanager:GetSecretValue@${SECRET} +secretsmanager:PutResourcePolicy@${SECRET} +secretsmanager:CreateSecret@${SECRET}
    +kms:ListAliases +kms:DescribeKey@${KEY} +lambda:InvokeFunction@arn:aws:lambda:us-east-1:${ACCOUNT}:function:SecretsManagerRotate +lambda:ListFunctions
    -kms:Decrypt@${KEY} -kms:GenerateDataKey@${KEY} -lambda:InvokeFunction@arn:aws:lambda:us-east-1:${ACCOUNT}:function:other -iam:PassRole@${ROLE} -s3:GetObject@arn:aws:s3:::mine/x`,
  AWSSecretsManagerClientReadOnlyAccess: `+secretsmanager:GetSecretValue@${SECRET} +secretsmanager:DescribeSecret@${SECRET}
    -secretsmanager:ListSecrets -secretsmanager:PutSecretValue@${SECRET} -secretsmanager:BatchGetSecretValue -kms:Decrypt@${KEY}`,
  AmazonSSMReadOnlyAccess: `+ssm:GetParameter@${PARAMETER} +ssm:DescribeParameters -ssm:PutParameter@${PARAMETER} -kms:Decrypt@${KEY} -secretsmanager:GetSecretValue@${SECRET}`,
  AmazonSSMFullAccess: `+ssm:PutParameter@${PARAMETER} +ssm:DeleteParameter@${PARAMETER} +logs:CreateLogGroup -kms:Decrypt@${KEY} -iam:CreateServiceLinkedRole@${ROLE} -secretsmanager:GetSecretValue@${SECRET}`,
  AmazonSSMManagedInstanceCore: `+ssm:GetParameter@${PARAMETER} +ssm:GetParameters@${PARAMETER} +ssm:UpdateInstanceInformation +ec2messages:GetMessages
    -ssm:GetParametersByPath@${PARAMETER} -ssm:PutParameter@${PARAMETER} -ssm:SendCommand -kms:Decrypt@${KEY}`,
  'service-role/AWSLambdaBasicExecutionRole': `+logs:CreateLogGroup +logs:CreateLogStream +logs:PutLogEvents -logs:GetLogEvents -ec2:CreateNetworkInterface -secretsmanager:GetSecretValue@${SECRET}`,
  'service-role/AWSLambdaVPCAccessExecutionRole': `+logs:PutLogEvents +ec2:CreateNetworkInterface +ec2:DeleteNetworkInterface +ec2:DescribeSubnets -ec2:RunInstances -lambda:InvokeFunction`,
  'service-role/AmazonECSTaskExecutionRolePolicy': `+ecr:GetAuthorizationToken +ecr:BatchGetImage +logs:PutLogEvents -ecr:PutImage -logs:CreateLogGroup -secretsmanager:GetSecretValue@${SECRET} -ssm:GetParameters@${PARAMETER}`,
  AWSLambda_FullAccess: `+lambda:CreateFunction +lambda:DeleteFunction +kms:ListAliases +iam:ListRoles -iam:PassRole@${ROLE} -iam:CreateRole@${ROLE} -secretsmanager:GetSecretValue@${SECRET}`,
  AWSLambda_ReadOnlyAccess: `+lambda:GetFunction +lambda:ListFunctions +logs:GetLogEvents@arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/aws/lambda/f:log-stream:x
    -lambda:InvokeFunction -lambda:UpdateFunctionCode -iam:PassRole@${ROLE} -logs:GetLogEvents@arn:aws:logs:us-east-1:${ACCOUNT}:log-group:other`,
  AmazonRDSFullAccess: `+rds:ModifyDBInstance +rds:CreateDBInstance +ec2:DescribeVpcs +cloudwatch:GetMetricStatistics -ec2:CreateVpc -secretsmanager:GetSecretValue@${SECRET} -iam:PassRole@${ROLE}`,
  AWSCloudFormationFullAccess: `+cloudformation:CreateStack +cloudformation:DescribeStacks -iam:CreateRole@${ROLE} -s3:GetObject`,
  AWSCloudFormationReadOnlyAccess: `+cloudformation:DescribeStacks +cloudformation:GetTemplate -cloudformation:CreateStack -cloudformation:DeleteStack`,
  AWSCloudTrail_ReadOnlyAccess: `+cloudtrail:LookupEvents +cloudtrail:GetTrail +cloudtrail:DescribeTrails -cloudtrail:StopLogging -cloudtrail:DeleteTrail`,
  CloudWatchFullAccess: `+cloudwatch:PutMetricAlarm +logs:PutLogEvents +sns:Publish +iam:GetRole@${ROLE} -iam:CreateRole@${ROLE} -iam:CreateServiceLinkedRole@${ROLE}`,
  CloudWatchReadOnlyAccess: `+cloudwatch:GetMetricData +logs:FilterLogEvents +logs:StartQuery -cloudwatch:PutMetricAlarm -logs:PutLogEvents -sns:Publish`,
  CloudWatchLogsFullAccess: `+logs:PutLogEvents +logs:DeleteLogGroup -cloudwatch:PutMetricAlarm -kms:Decrypt@${KEY}`,
  CloudWatchLogsReadOnlyAccess: `+logs:FilterLogEvents +logs:GetLogEvents +logs:DescribeLogGroups -logs:PutLogEvents -logs:DeleteLogGroup`,
  ReadOnlyAccess: `+secretsmanager:DescribeSecret@${SECRET} +secretsmanager:ListSecrets +secretsmanager:GetResourcePolicy@${SECRET} +kms:DescribeKey@${KEY} +kms:GetKeyPolicy@${KEY}
    +iam:GetUser@${USER} +iam:SimulatePrincipalPolicy@${USER} +ssm:GetParameter@${PARAMETER} +ec2:DescribeInstances +sts:GetCallerIdentity
    -secretsmanager:GetSecretValue@${SECRET} -secretsmanager:BatchGetSecretValue -secretsmanager:GetRandomPassword -secretsmanager:PutSecretValue@${SECRET}
    -kms:Decrypt@${KEY} -kms:GenerateDataKey@${KEY} -kms:ReEncryptFrom@${KEY} -kms:CreateKey -iam:CreateUser@${USER} -iam:PassRole@${ROLE} -sts:AssumeRole@${ROLE} -ssm:PutParameter@${PARAMETER}`,
  'job-function/ViewOnlyAccess': `+secretsmanager:ListSecrets +kms:ListKeys +iam:ListUsers +ec2:DescribeInstances +cloudtrail:LookupEvents
    -secretsmanager:GetSecretValue@${SECRET} -secretsmanager:GetResourcePolicy@${SECRET} -kms:Decrypt@${KEY} -ssm:GetParameter@${PARAMETER} -s3:GetObject -iam:GetUser@${USER} -lambda:GetFunction`,
  SecurityAudit: `+secretsmanager:GetResourcePolicy@${SECRET} +secretsmanager:ListSecrets +kms:GetKeyPolicy@${KEY} +iam:GetAccountAuthorizationDetails +iam:GenerateCredentialReport +cloudtrail:LookupEvents
    -secretsmanager:GetSecretValue@${SECRET} -kms:Decrypt@${KEY} -ssm:GetParameter@${PARAMETER} -ssm:GetParameters@${PARAMETER} -s3:GetObject -iam:CreateUser@${USER} -lambda:GetFunction`,
}

for (const [path, cases] of Object.entries(CASES)) {
  test(`${path} permits what AWS's does and no more (AWS managed policy reference)`, () => {
    for (const one of cases.split(/\s+/)) {
      const [action, resource] = one.slice(1).split('@')
      const allowed = may(`arn:aws:iam::aws:policy/${path}`, action as string, resource)
      assert.equal(allowed, one.startsWith('+'), one)
    }
  })
}

test('what depends on conditions: KMS through Secrets Manager, roles passed to their service', () => {
  const client = 'arn:aws:iam::aws:policy/AWSSecretsManagerClientReadOnlyAccess'
  const through = (service: string, secret = SECRET) => ({
    'kms:viaservice': service,
    'kms:encryptioncontext:secretarn': secret,
  })
  assert.equal(may(client, 'kms:Decrypt', KEY, through('secretsmanager.us-east-1.amazonaws.com')), true)
  assert.equal(may(client, 'kms:Decrypt', KEY, through('ssm.us-east-1.amazonaws.com')), false)
  assert.equal(may(client, 'kms:Decrypt', KEY, through('secretsmanager.us-east-1.amazonaws.com', 'other')), false)
  const lambda = 'arn:aws:iam::aws:policy/AWSLambda_FullAccess'
  assert.equal(may(lambda, 'iam:PassRole', ROLE, { 'iam:passedtoservice': 'lambda.amazonaws.com' }), true)
  assert.equal(may(lambda, 'iam:PassRole', ROLE, { 'iam:passedtoservice': 'ec2.amazonaws.com' }), false)
  const rds = 'arn:aws:iam::aws:policy/AmazonRDSFullAccess'
  assert.equal(may(rds, 'iam:CreateServiceLinkedRole', ROLE, { 'iam:awsservicename': 'rds.amazonaws.com' }), true)
  assert.equal(may(rds, 'iam:CreateServiceLinkedRole', ROLE, { 'iam:awsservicename': 'ssm.amazonaws.com' }), false)
})

test('every policy is tested, well formed, within the quota, and has a name and an id of its own', () => {
  const paths = Array.from(awsManaged.keys(), (arn) => arn.slice('arn:aws:iam::aws:policy/'.length))
  assert.deepEqual(paths.sort(), Object.keys(CASES).sort())
  const ids = new Set<string>()
  for (const { arn, path, name, id, document } of awsManaged.values()) {
    assert.equal(arn, `arn:aws:iam::aws:policy${path}${name}`)
    assert.match(id, /^ANPA[A-Z2-7]{17}$/)
    ids.add(id)
    const parsed = parsePolicy(document, 'identity', { managed: true })
    assert.ok(parsed.ok, `${name}: ${parsed.ok ? '' : parsed.message}`)
    assert.ok(policySize(document) <= 6144, `${name}: ${policySize(document)}`)
  }
  assert.equal(ids.size, awsManaged.size)
  assert.equal(awsManagedByKey.size, awsManaged.size)
})

test('the id of AdministratorAccess is the one that attachments of earlier versions are authenticated with', () => {
  assert.equal(awsManaged.get('arn:aws:iam::aws:policy/AdministratorAccess')?.id, 'ANPAAWSADMINISTRATORA')
})
