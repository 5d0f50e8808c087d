import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { clientsOf, refused, region, session } from '../session.ts'
import { available, run } from '../tool.ts'

// The hierarchy example: passwords of two stages, and a role that may read those of one. The same calls as docs/how-to/use-parameters.md.

const { ssm, iam, kms, server } = await session()
const { account } = server
const arnOf = (path: string) => `arn:aws:ssm:${region}:${account}:parameter${path}`

const STAGING = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'],
      Resource: [arnOf('/myapp/staging'), arnOf('/myapp/staging/*')],
    },
  ],
}
await ssm.putParameter({ Name: '/myapp/staging/db/password', Value: 'staging-pw', Type: 'SecureString' })
await ssm.putParameter({ Name: '/myapp/staging/db/url', Value: 'postgres://staging', Type: 'String' })
await ssm.putParameter({ Name: '/myapp/production/db/password', Value: 'production-pw', Type: 'SecureString' })
const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' }
await iam.createRole({
  RoleName: 'myapp-staging',
  AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
})
await iam.putRolePolicy({
  RoleName: 'myapp-staging',
  PolicyName: 'parameters',
  PolicyDocument: JSON.stringify(STAGING),
})
await iam.createUser({ UserName: 'deployer' })
const may = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: `arn:aws:iam::${account}:role/myapp-staging` }
await iam.putUserPolicy({
  UserName: 'deployer',
  PolicyName: 'roles',
  PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [may] }),
})
const { AccessKey } = await iam.createAccessKey({ UserName: 'deployer' })
const deployer = clientsOf(server, {
  accessKeyId: AccessKey?.AccessKeyId ?? '',
  secretAccessKey: AccessKey?.SecretAccessKey ?? '',
})
const assumed = await deployer.sts.assumeRole({ RoleArn: may.Resource, RoleSessionName: 'deploy' })
const temporary = {
  accessKeyId: assumed.Credentials?.AccessKeyId ?? '',
  secretAccessKey: assumed.Credentials?.SecretAccessKey ?? '',
  sessionToken: assumed.Credentials?.SessionToken ?? '',
}
const role = clientsOf(server, temporary)
after(() => {
  role.destroy()
  deployer.destroy()
})
const session1 = `arn:aws:sts::${account}:assumed-role/myapp-staging/deploy`
const denied = (action: string, path: string) =>
  `User: ${session1} is not authorized to perform: ssm:${action} on resource: ${arnOf(path)} because no identity-based policy allows the ssm:${action} action`

test('the role reads its stage by path, decrypted, and nothing of the other one', async () => {
  const read = await role.ssm.getParametersByPath({ Path: '/myapp/staging', Recursive: true, WithDecryption: true })
  assert.deepEqual(
    read.Parameters?.map(({ Name, Value }) => [Name, Value]),
    [
      ['/myapp/staging/db/password', 'staging-pw'],
      ['/myapp/staging/db/url', 'postgres://staging'],
    ],
  )
  const deeper = await role.ssm.getParametersByPath({ Path: '/myapp/staging/db/', WithDecryption: true })
  assert.equal(deeper.Parameters?.length, 2)
  const one = await role.ssm.getParameter({ Name: '/myapp/staging/db/password', WithDecryption: true })
  assert.equal(one.Parameter?.Value, 'staging-pw')
  for (const Path of ['/myapp/production', '/myapp', '/']) {
    const refusal = denied('GetParametersByPath', Path)
    await refused(role.ssm.getParametersByPath({ Path, Recursive: true }), 'AccessDeniedException', refusal)
  }
  const other = '/myapp/production/db/password'
  await refused(role.ssm.getParameter({ Name: other }), 'AccessDeniedException', denied('GetParameter', other))
  const both = role.ssm.getParameters({ Names: ['/myapp/staging/db/url', other] })
  await refused(both, 'AccessDeniedException', denied('GetParameters', other))
  // What is not there is refused in the same words: nobody learns which names there are.
  const none = '/myapp/production/none'
  await refused(role.ssm.getParameter({ Name: none }), 'AccessDeniedException', denied('GetParameter', none))
  const all = role.ssm.describeParameters({})
  await refused(all, 'AccessDeniedException', /is not authorized to perform: ssm:DescribeParameters/)
})

test('trap 35: a deny below the path hides nothing from who may read the path', async () => {
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: 'ssm:*', Resource: arnOf('/myapp/staging/db/password') }],
  })
  await iam.putRolePolicy({ RoleName: 'myapp-staging', PolicyName: 'not-that', PolicyDocument })
  const read = await role.ssm.getParametersByPath({ Path: '/myapp/staging', Recursive: true, WithDecryption: true })
  assert.equal(read.Parameters?.length, 2)
  await refused(
    role.ssm.getParameter({ Name: '/myapp/staging/db/password' }),
    'AccessDeniedException',
    /with an explicit deny/,
  )
  await iam.deleteRolePolicy({ RoleName: 'myapp-staging', PolicyName: 'not-that' })
})

test('ssm:Recursive is a condition of text', async () => {
  const Statement = [{ ...STAGING.Statement[0], Condition: { StringEquals: { 'ssm:Recursive': 'false' } } }]
  const flat = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.putRolePolicy({ RoleName: 'myapp-staging', PolicyName: 'parameters', PolicyDocument: flat })
  const Path = '/myapp/staging/db'
  assert.equal((await role.ssm.getParametersByPath({ Path })).Parameters?.length, 2)
  await refused(
    role.ssm.getParametersByPath({ Path, Recursive: true }),
    'AccessDeniedException',
    denied('GetParametersByPath', Path),
  )
  const PolicyDocument = JSON.stringify(STAGING)
  await iam.putRolePolicy({ RoleName: 'myapp-staging', PolicyName: 'parameters', PolicyDocument })
})

test('one value under a key that the role may not use fails the path, not the reading without decryption', async () => {
  const key = (await kms.createKey({})).KeyMetadata?.Arn ?? ''
  await ssm.putParameter({ Name: '/myapp/staging/own', Value: 'x', Type: 'SecureString', KeyId: key })
  const path = (WithDecryption: boolean) =>
    role.ssm.getParametersByPath({ Path: '/myapp/staging', Recursive: true, WithDecryption })
  const text = `User: ${session1} is not authorized to perform: kms:Decrypt on resource: ${key} because`
  await refused(
    path(true),
    'AccessDeniedException',
    new RegExp(
      `^${text}.*\\(Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: .*; Proxy: null\\)$`,
    ),
  )
  assert.equal((await path(false)).Parameters?.length, 3)
  await ssm.deleteParameter({ Name: '/myapp/staging/own' })
})

test('the same with the AWS CLI', async (t) => {
  if (!(await available(t, 'aws', ['--version']))) return
  const { NODE_OPTIONS: _, ...environment } = process.env
  const as = (credentials: typeof temporary) => ({
    ...environment,
    AWS_ENDPOINT_URL: server.url,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    NO_PROXY: '127.0.0.1',
  })
  const aws = (line: string) => run('aws', ['ssm', ...line.split(' ')], as(temporary))
  const query = '--query Parameters[].[Name,Value] --output text'
  const staging = await aws(`get-parameters-by-path --path /myapp/staging --recursive --with-decryption ${query}`)
  assert.equal(staging.code, 0, staging.stderr)
  assert.deepEqual(staging.stdout.trim().split(/\s+/), [
    '/myapp/staging/db/password',
    'staging-pw',
    '/myapp/staging/db/url',
    'postgres://staging',
  ])
  const production = await aws('get-parameters-by-path --path /myapp/production --recursive --with-decryption')
  assert.notEqual(production.code, 0)
  assert.ok(
    production.stderr.includes(
      `An error occurred (AccessDeniedException) when calling the GetParametersByPath operation: ${denied('GetParametersByPath', '/myapp/production')}`,
    ),
    production.stderr,
  )
})
