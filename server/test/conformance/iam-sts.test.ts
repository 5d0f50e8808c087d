import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paginateListUsers } from '@aws-sdk/client-iam'
import { clientsOf, refused, session } from './session.ts'

// Users, keys and policies through IAM's wire, and what follows for reading a secret. Source: access.md 3, 5.6.
const { server, iam, sts, secrets } = await session()

/** A user with an access key and clients that use it. */
async function userNamed(UserName: string) {
  const { User } = await iam.createUser({ UserName })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  const accessKeyId = AccessKey?.AccessKeyId ?? ''
  const secretAccessKey = AccessKey?.SecretAccessKey ?? ''
  return {
    arn: User?.Arn ?? '',
    userId: User?.UserId,
    accessKeyId,
    ...clientsOf(server, { accessKeyId, secretAccessKey }),
  }
}

function policyOf(...Statement: { Effect: string; Action: string; Resource: string }[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement })
}

test('GetCallerIdentity of the root is the account’s', async () => {
  const { Account = '', Arn, UserId } = await sts.getCallerIdentity({})
  assert.match(Account, /^\d{12}$/)
  assert.deepEqual([Arn, UserId], [`arn:aws:iam::${Account}:root`, Account])
})

test('a user is made, found, listed, and made only once', async () => {
  const { User } = await iam.createUser({ UserName: 'alice', Path: '/team/' })
  const { Account } = await sts.getCallerIdentity({})
  assert.equal(User?.Arn, `arn:aws:iam::${Account}:user/team/alice`)
  assert.match(User?.UserId ?? '', /^AIDA[A-Z0-9]{16,}$/)
  assert.ok(User?.CreateDate instanceof Date)
  const got = await iam.getUser({ UserName: 'alice' })
  assert.deepEqual([got.User?.Arn, got.User?.Path], [User?.Arn, '/team/'])
  await refused(
    iam.createUser({ UserName: 'alice' }),
    'EntityAlreadyExistsException',
    'User with name alice already exists.',
    409,
  )
  await refused(
    iam.getUser({ UserName: 'nobody' }),
    'NoSuchEntityException',
    'The user with name nobody cannot be found.',
    404,
  )
})

test('paginateListUsers walks all users', async () => {
  for (const UserName of ['page-1', 'page-2', 'page-3']) await iam.createUser({ UserName })
  const names: (string | undefined)[] = []
  for await (const { Users = [] } of paginateListUsers({ client: iam, pageSize: 2 }, {})) {
    assert.ok(Users.length <= 2)
    names.push(...Users.map(({ UserName }) => UserName))
  }
  assert.equal(new Set(names).size, names.length)
  for (const name of ['page-1', 'page-2', 'page-3']) assert.ok(names.includes(name))
})

test('an access key is the user’s identity until it is deleted', async () => {
  const bob = await userNamed('bob')
  assert.match(bob.accessKeyId, /^AKIA[A-Z0-9]{16}$/)
  const identity = await bob.sts.getCallerIdentity({})
  assert.deepEqual([identity.Arn, identity.UserId], [bob.arn, bob.userId])
  const { AccessKeyMetadata = [] } = await iam.listAccessKeys({ UserName: 'bob' })
  assert.deepEqual(
    AccessKeyMetadata.map(({ AccessKeyId, Status, UserName }) => [AccessKeyId, Status, UserName]),
    [[bob.accessKeyId, 'Active', 'bob']],
  )
  await iam.createAccessKey({ UserName: 'bob' })
  await refused(
    iam.createAccessKey({ UserName: 'bob' }),
    'LimitExceededException',
    'Cannot exceed quota for AccessKeysPerUser: 2',
    409,
  )
  await iam.deleteAccessKey({ UserName: 'bob', AccessKeyId: bob.accessKeyId })
  const invalid = 'The security token included in the request is invalid.'
  await refused(bob.sts.getCallerIdentity({}), 'InvalidClientTokenId', invalid, 403)
  await refused(bob.secrets.listSecrets({}), 'UnrecognizedClientException', invalid)
  bob.destroy()
})

test('a user policy is kept as written and read back', async () => {
  await iam.createUser({ UserName: 'carol' })
  const PolicyDocument = policyOf({ Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' })
  await iam.putUserPolicy({ UserName: 'carol', PolicyName: 'all', PolicyDocument })
  const got = await iam.getUserPolicy({ UserName: 'carol', PolicyName: 'all' })
  assert.equal(decodeURIComponent(got.PolicyDocument ?? ''), PolicyDocument)
  assert.deepEqual((await iam.listUserPolicies({ UserName: 'carol' })).PolicyNames, ['all'])
  await refused(
    iam.putUserPolicy({ UserName: 'carol', PolicyName: 'bad', PolicyDocument: '{"Version":' }),
    'MalformedPolicyDocumentException',
  )
  await refused(
    iam.putUserPolicy({ UserName: 'nobody', PolicyName: 'all', PolicyDocument }),
    'NoSuchEntityException',
    'The user with name nobody cannot be found.',
    404,
  )
})

test('a user reads the secrets that a policy allows, and a deny beats it', async () => {
  const dave = await userNamed('dave')
  await secrets.createSecret({ Name: 'team/db', SecretString: 'allowed' })
  await secrets.createSecret({ Name: 'other/db', SecretString: 'not allowed' })
  const read = async (SecretId: string) => (await dave.secrets.getSecretValue({ SecretId })).SecretString
  const put = (...statements: Parameters<typeof policyOf>) =>
    iam.putUserPolicy({ UserName: 'dave', PolicyName: 'read', PolicyDocument: policyOf(...statements) })
  const denied = (on: string, tail: string) =>
    `User: ${dave.arn} is not authorized to perform: secretsmanager:GetSecretValue on resource: ${on} ${tail}`
  const silent = 'because no identity-based policy allows the secretsmanager:GetSecretValue action'

  await refused(read('team/db'), 'AccessDeniedException', denied('team/db', silent))
  await refused(read('none'), 'AccessDeniedException', denied('none', silent))
  const Action = 'secretsmanager:GetSecretValue'
  const allow = { Effect: 'Allow', Action, Resource: 'arn:aws:secretsmanager:us-east-1:*:secret:team/*' }
  await put(allow)
  assert.equal(await read('team/db'), 'allowed')
  await refused(read('other/db'), 'AccessDeniedException', denied('other/db', silent))
  await refused(read('team/none'), 'ResourceNotFoundException')
  await refused(
    dave.secrets.listSecrets({}),
    'AccessDeniedException',
    `User: ${dave.arn} is not authorized to perform: secretsmanager:ListSecrets because no identity-based policy allows the secretsmanager:ListSecrets action`,
  )
  await put(allow, { Effect: 'Deny', Action, Resource: '*' })
  const explicit = 'with an explicit deny in an identity-based policy'
  await refused(read('team/db'), 'AccessDeniedException', denied('team/db', explicit))
  await iam.deleteUserPolicy({ UserName: 'dave', PolicyName: 'read' })
  await refused(read('team/db'), 'AccessDeniedException', denied('team/db', silent))
  dave.destroy()
})

test('a wrong secret access key is refused, an unknown key id too', async () => {
  const { accessKeyId } = server.credentials
  const wrong = clientsOf(server, { accessKeyId, secretAccessKey: 'x'.repeat(40) })
  await refused(
    wrong.secrets.listSecrets({}),
    'InvalidSignatureException',
    /^The request signature we calculated does not match/,
  )
  const unknown = clientsOf(server, { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'x'.repeat(40) })
  await refused(
    unknown.secrets.listSecrets({}),
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  )
  wrong.destroy()
  unknown.destroy()
})
