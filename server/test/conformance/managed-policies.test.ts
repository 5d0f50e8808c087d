import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paginateListPolicies, paginateSimulatePrincipalPolicy } from '@aws-sdk/client-iam'
import { clientsOf, refused, session } from './session.ts'

// Managed policies, their versions, AWS's own, and simulation, through the official SDK. Source: access.md 3.4, 3.5.
const { server, iam, sts, secrets } = await session()
const { Account = '' } = await sts.getCallerIdentity({})

const SECRETS = 'arn:aws:iam::aws:policy/SecretsManagerReadWrite'
const READING = 'arn:aws:iam::aws:policy/ReadOnlyAccess'

function policyOf(Action: string | string[], Resource = '*', Effect = 'Allow'): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Action, Resource }] })
}

async function userNamed(UserName: string) {
  await iam.createUser({ UserName })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
  return clientsOf(server, { accessKeyId, secretAccessKey })
}

test('ReadOnlyAccess looks at secrets and reads none; SecretsManagerReadWrite reads them', async () => {
  await secrets.createSecret({ Name: 'db/pw', SecretString: 'hunter2' })
  const alice = await userNamed('alice')
  await iam.attachUserPolicy({ UserName: 'alice', PolicyArn: READING })
  assert.equal((await alice.secrets.describeSecret({ SecretId: 'db/pw' })).Name, 'db/pw')
  await refused(
    alice.secrets.getSecretValue({ SecretId: 'db/pw' }),
    'AccessDeniedException',
    /secretsmanager:GetSecretValue/,
  )
  await refused(alice.secrets.deleteSecret({ SecretId: 'db/pw' }), 'AccessDeniedException')
  await iam.attachUserPolicy({ UserName: 'alice', PolicyArn: SECRETS })
  assert.equal((await alice.secrets.getSecretValue({ SecretId: 'db/pw' })).SecretString, 'hunter2')
  await iam.detachUserPolicy({ UserName: 'alice', PolicyArn: SECRETS })
  await refused(alice.secrets.getSecretValue({ SecretId: 'db/pw' }), 'AccessDeniedException')
  alice.destroy()
})

test('a new default version bites at the next request', async () => {
  const bob = await userNamed('bob')
  const { Policy } = await iam.createPolicy({
    PolicyName: 'bobs',
    PolicyDocument: policyOf('secretsmanager:GetSecretValue'),
  })
  const PolicyArn = Policy?.Arn ?? ''
  await iam.attachUserPolicy({ UserName: 'bob', PolicyArn })
  const read = () => bob.secrets.getSecretValue({ SecretId: 'db/pw' })
  assert.equal((await read()).SecretString, 'hunter2')
  const next = { PolicyArn, PolicyDocument: policyOf('secretsmanager:ListSecrets') }
  const { PolicyVersion } = await iam.createPolicyVersion({ ...next, SetAsDefault: true })
  assert.deepEqual([PolicyVersion?.VersionId, PolicyVersion?.IsDefaultVersion], ['v2', true])
  await refused(read(), 'AccessDeniedException')
  await iam.setDefaultPolicyVersion({ PolicyArn, VersionId: 'v1' })
  assert.equal((await read()).SecretString, 'hunter2')
  for (let n = 3; n <= 5; n++) await iam.createPolicyVersion(next)
  await refused(
    iam.createPolicyVersion(next),
    'LimitExceededException',
    /^A managed policy can have up to 5 versions\./,
    409,
  )
  await refused(
    iam.deletePolicyVersion({ PolicyArn, VersionId: 'v1' }),
    'DeleteConflictException',
    'Cannot delete the default version of a policy.',
    409,
  )
  bob.destroy()
})

test('AWS’s policies are listed with the account’s, page by page, and can be changed by nobody', async () => {
  const arns: (string | undefined)[] = []
  for await (const { Policies = [] } of paginateListPolicies({ client: iam, pageSize: 5 }, {})) {
    arns.push(...Policies.map(({ Arn }) => Arn))
  }
  assert.equal(new Set(arns).size, arns.length)
  for (const arn of [SECRETS, READING, `arn:aws:iam::${Account}:policy/bobs`]) assert.ok(arns.includes(arn), arn)
  const version = { PolicyArn: READING, PolicyDocument: policyOf('*') }
  await refused(
    iam.createPolicyVersion(version),
    'AccessDenied',
    /iam:CreatePolicyVersion on resource: policy arn:aws/,
    403,
  )
  const { PolicyUsers } = await iam.listEntitiesForPolicy({ PolicyArn: READING })
  assert.deepEqual(
    PolicyUsers?.map(({ UserName }) => UserName),
    ['alice'],
  )
})

test('SimulatePrincipalPolicy says what the requests above were answered', async () => {
  const input = {
    PolicySourceArn: `arn:aws:iam::${Account}:user/alice`,
    ActionNames: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue', 'iam:CreateUser'],
  }
  const said: Record<string, unknown> = {}
  for await (const { EvaluationResults = [] } of paginateSimulatePrincipalPolicy({ client: iam, pageSize: 1 }, input)) {
    for (const { EvalActionName = '', EvalDecision, MatchedStatements } of EvaluationResults) {
      said[EvalActionName] = [EvalDecision, ...(MatchedStatements ?? []).map(({ SourcePolicyId }) => SourcePolicyId)]
    }
  }
  assert.deepEqual(said, {
    'secretsmanager:DescribeSecret': ['allowed', 'ReadOnlyAccess'],
    'secretsmanager:GetSecretValue': ['implicitDeny'],
    'iam:CreateUser': ['implicitDeny'],
  })
})

test('SimulateCustomPolicy: across accounts each kind of policy is told; places cut out the statement', async () => {
  const text = `{\n  "Version": "2012-10-17",\n  "Statement": [\n    {"Effect": "Allow", "Action": "*", "Resource": "*"}\n  ]\n}`
  const secret = 'arn:aws:secretsmanager:us-east-1:444455556666:secret:x-AbCdEf'
  const { EvaluationResults: [result] = [] } = await iam.simulateCustomPolicy({
    PolicyInputList: [text],
    ActionNames: ['secretsmanager:GetSecretValue'],
    ResourceArns: [secret],
    CallerArn: `arn:aws:iam::${Account}:user/alice`,
    ResourcePolicy: JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: '444455556666' },
        Action: 'secretsmanager:GetSecretValue',
        Resource: '*',
      },
    }),
    ContextEntries: [{ ContextKeyName: 'aws:SourceIp', ContextKeyType: 'ip', ContextKeyValues: ['203.0.113.7'] }],
  })
  assert.equal(result?.EvalDecision, 'implicitDeny')
  assert.deepEqual(result?.EvalDecisionDetails, { 'IAM Policy': 'allowed', 'Resource Policy': 'implicitDeny' })
  assert.deepEqual(result?.ResourceSpecificResults?.[0]?.EvalResourceName, secret)
  const { EvaluationResults: [alone] = [] } = await iam.simulateCustomPolicy({
    PolicyInputList: [text],
    ActionNames: ['a:b'],
  })
  assert.deepEqual(alone?.MatchedStatements, [
    {
      SourcePolicyId: 'PolicyInputList.1',
      SourcePolicyType: 'IAM Policy',
      StartPosition: { Line: 3, Column: 17 },
      EndPosition: { Line: 4, Column: 56 },
    },
  ])
  const { ContextKeyNames } = await iam.getContextKeysForCustomPolicy({ PolicyInputList: [text] })
  assert.deepEqual(ContextKeyNames ?? [], [])
})
