import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Credentials as Answered, STS } from '@aws-sdk/client-sts'
import { openFileReader } from '#kernel/audit/sqlite-reader'
import { mint, newKey } from '../../services/sts/test/issuer.ts'
import { start } from '../start.ts'
import { clientsOf, refused, region } from './session.ts'

// Temporary credentials through the wire, with the official clients. Source: access.md 4.

const ISSUER = 'https://token.example.com'
const key = newKey('RS256', 'k1')
const place = mkdtempSync(join(tmpdir(), 'strongroom-sts-'))
const jwksPath = join(place, 'keys.json')
writeFileSync(jwksPath, JSON.stringify({ issuer: ISSUER, keys: [key.jwk] }), { mode: 0o644 })

const server = await start({ engine: 'file', oidc: { jwksPath, caPath: undefined, privateIssuers: false } })
const root = clientsOf(server)
after(async () => {
  root.destroy()
  await server[Symbol.asyncDispose]()
  rmSync(place, { recursive: true })
})
const { account } = server

/** Clients with the credentials of an answer. */
function within(credentials: Answered | undefined) {
  assert.ok(credentials)
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = credentials
  assert.ok(Expiration instanceof Date)
  const clients = clientsOf(server, keyPair(AccessKeyId, SecretAccessKey, SessionToken))
  after(() => clients.destroy())
  return clients
}

const keyPair = (accessKeyId: string, secretAccessKey: string, sessionToken: string) => ({
  accessKeyId,
  secretAccessKey,
  sessionToken,
})

function statement(Action: string | string[], Resource = '*', more: object = {}): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource, ...more }] })
}

function trust(Principal: object, Action: string | string[], more: object = {}): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action, ...more }] })
}

/** A user with clients of its own. */
async function user(UserName: string, document?: string) {
  await root.iam.createUser({ UserName })
  if (document !== undefined) await root.iam.putUserPolicy({ UserName, PolicyName: 'own', PolicyDocument: document })
  const { AccessKey } = await root.iam.createAccessKey({ UserName })
  const clients = clientsOf(server, {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  })
  after(() => clients.destroy())
  return { arn: `arn:aws:iam::${account}:user/${UserName}`, ...clients }
}

async function role(RoleName: string, AssumeRolePolicyDocument: string, document?: string): Promise<string> {
  const { Role } = await root.iam.createRole({ RoleName, AssumeRolePolicyDocument })
  if (document !== undefined) await root.iam.putRolePolicy({ RoleName, PolicyName: 'own', PolicyDocument: document })
  return Role?.Arn ?? ''
}

await root.secrets.createSecret({ Name: 'db/pw', SecretString: 'hunter2' })
await root.secrets.createSecret({ Name: 'web/pw', SecretString: 'hunter3' })

test('a role’s session reads what the role may, and nothing else; it ends with the role', async () => {
  const alice = await user('alice')
  const arn = await role(
    'reader',
    trust({ AWS: alice.arn }, 'sts:AssumeRole'),
    statement('secretsmanager:GetSecretValue', '*'),
  )
  const { Credentials, AssumedRoleUser } = await alice.sts.assumeRole({ RoleArn: arn, RoleSessionName: 's1' })
  const session = within(Credentials)
  const who = await session.sts.getCallerIdentity({})
  assert.equal(who.Arn, `arn:aws:sts::${account}:assumed-role/reader/s1`)
  assert.equal(who.UserId, AssumedRoleUser?.AssumedRoleId)
  assert.equal((await session.secrets.getSecretValue({ SecretId: 'db/pw' })).SecretString, 'hunter2')
  await refused(
    session.secrets.deleteSecret({ SecretId: 'db/pw' }),
    'AccessDeniedException',
    new RegExp(`^User: ${who.Arn} is not authorized`),
  )
  await refused(
    session.sts.getSessionToken({}),
    'AccessDenied',
    'Cannot call GetSessionToken with session credentials',
    403,
  )
  await root.iam.deleteRolePolicy({ RoleName: 'reader', PolicyName: 'own' })
  await refused(session.secrets.getSecretValue({ SecretId: 'db/pw' }), 'AccessDeniedException')
  await root.iam.deleteRole({ RoleName: 'reader' })
  await refused(
    session.sts.getCallerIdentity({}),
    'InvalidClientTokenId',
    'The security token included in the request is invalid.',
    403,
  )
  await refused(session.secrets.getSecretValue({ SecretId: 'db/pw' }), 'UnrecognizedClientException')
})

test('session policies narrow, session tags count (access.md 4.1)', async () => {
  const bob = await user('bob')
  const arn = await role(
    'tagged',
    trust({ AWS: bob.arn }, ['sts:AssumeRole', 'sts:TagSession']),
    statement('secretsmanager:*', `arn:aws:secretsmanager:*:${account}:secret:\${aws:PrincipalTag/team}/*`),
  )
  const assume = async (more: object) =>
    within((await bob.sts.assumeRole({ RoleArn: arn, RoleSessionName: 's1', ...more })).Credentials)
  const db = await assume({ Tags: [{ Key: 'team', Value: 'db' }] })
  assert.equal((await db.secrets.getSecretValue({ SecretId: 'db/pw' })).SecretString, 'hunter2')
  await refused(db.secrets.getSecretValue({ SecretId: 'web/pw' }), 'AccessDeniedException')
  const narrow = await assume({
    Tags: [{ Key: 'team', Value: 'db' }],
    Policy: statement('secretsmanager:DescribeSecret'),
  })
  await narrow.secrets.describeSecret({ SecretId: 'db/pw' })
  await refused(
    narrow.secrets.getSecretValue({ SecretId: 'db/pw' }),
    'AccessDeniedException',
    /because no session policy allows the secretsmanager:GetSecretValue action$/,
  )
})

test('errors of STS have AWS’s names and statuses on the wire', async () => {
  const carol = await user('carol')
  const RoleArn = `arn:aws:iam::${account}:role/absent`
  const asked = { RoleArn, RoleSessionName: 's1' }
  const denied = `User: ${carol.arn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`
  await refused(carol.sts.assumeRole(asked), 'AccessDenied', denied, 403)
  await refused(root.sts.assumeRole(asked), 'AccessDenied', 'Roles may not be assumed by root accounts.', 403)
  await refused(
    carol.sts.assumeRole({ ...asked, RoleArn: 'x'.repeat(20) }),
    'ValidationError',
    `${'x'.repeat(20)} is invalid`,
  )
  const Tags = [
    { Key: 'a', Value: '' },
    { Key: 'A', Value: '' },
  ]
  await refused(
    carol.sts.assumeRole({ ...asked, Tags }),
    'InvalidParameterValue',
    'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
  )
  const arn = await role('errors', trust({ AWS: carol.arn }, 'sts:AssumeRole'))
  await refused(carol.sts.assumeRole({ ...asked, RoleArn: arn, Policy: '{}' }), 'MalformedPolicyDocumentException')
  const long = `arn:aws:iam::${account}:policy/${'p'.repeat(1000)}`
  const PolicyArns = [{ arn: `${long}1` }, { arn: `${long}2` }]
  await refused(carol.sts.assumeRole({ ...asked, RoleArn: arn, PolicyArns }), 'PackedPolicyTooLargeException')
  await refused(root.sts.decodeAuthorizationMessage({ EncodedMessage: 'x' }), 'InvalidAuthorizationMessageException')
})

test('a federated user may do what its user and the session policy allow, and may not call IAM', async () => {
  const dave = await user('dave', statement(['sts:GetFederationToken', 'secretsmanager:GetSecretValue']))
  const Policy = statement('secretsmanager:*')
  const { Credentials, FederatedUser } = await dave.sts.getFederationToken({ Name: 'eve', Policy })
  assert.deepEqual(FederatedUser, {
    FederatedUserId: `${account}:eve`,
    Arn: `arn:aws:sts::${account}:federated-user/eve`,
  })
  const eve = within(Credentials)
  assert.equal((await eve.secrets.getSecretValue({ SecretId: 'db/pw' })).SecretString, 'hunter2')
  await refused(eve.secrets.describeSecret({ SecretId: 'db/pw' }), 'AccessDeniedException')
  await refused(
    eve.iam.listUsers({}),
    'InvalidClientTokenId',
    'The security token included in the request is invalid',
    403,
  )
  assert.equal((await eve.sts.getCallerIdentity({})).UserId, `${account}:eve`)
})

test('GetSessionToken gives root and users credentials of their own', async () => {
  const own = within((await root.sts.getSessionToken({ DurationSeconds: 900 })).Credentials)
  assert.equal((await own.sts.getCallerIdentity({})).Arn, `arn:aws:iam::${account}:root`)
  assert.equal((await own.secrets.getSecretValue({ SecretId: 'db/pw' })).SecretString, 'hunter2')
  const { Credentials } = await root.sts.getSessionToken({})
  const { AccessKeyId = '' } = Credentials ?? {}
  assert.deepEqual((await root.sts.getAccessKeyInfo({ AccessKeyId })).Account, account)
})

test('credentials that are over, altered or mixed up are refused as AWS does (access.md 1.2, 14 and 15)', async () => {
  const { Credentials } = await root.sts.getSessionToken({ DurationSeconds: 900 })
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {}
  const call = (id: string, secret: string, token: string) => {
    const sts = new STS({ endpoint: server.url, region, credentials: keyPair(id, secret, token) })
    return sts.getCallerIdentity({}).finally(() => sts.destroy())
  }
  const invalid = (answer: Promise<unknown>) =>
    refused(answer, 'InvalidClientTokenId', 'The security token included in the request is invalid.', 403)
  const middle = SessionToken.length >> 1
  const altered =
    SessionToken.slice(0, middle) + (SessionToken[middle] === 'A' ? 'B' : 'A') + SessionToken.slice(middle + 1)
  await call(AccessKeyId, SecretAccessKey, SessionToken)
  await invalid(call(AccessKeyId, SecretAccessKey, altered))
  await invalid(call(AccessKeyId, SecretAccessKey, SessionToken.slice(0, -1)))
  await invalid(call(AccessKeyId, SecretAccessKey, ''))
  const { accessKeyId, secretAccessKey } = server.credentials
  await invalid(call(accessKeyId, secretAccessKey, SessionToken))
  await refused(call(AccessKeyId, secretAccessKey, SessionToken), 'SignatureDoesNotMatch', undefined, 403)
  const other = (await root.sts.getSessionToken({})).Credentials
  await invalid(call(AccessKeyId, SecretAccessKey, other?.SessionToken ?? ''))
  await call(AccessKeyId, SecretAccessKey, SessionToken)
})

test('an identity provider’s token gets a session, without any signature (access.md 4.2)', async () => {
  const { OpenIDConnectProviderArn: Federated = '' } = await root.iam.createOpenIDConnectProvider({
    Url: ISSUER,
    ClientIDList: ['sts.amazonaws.com'],
  })
  const Condition = { StringEquals: { 'token.example.com:sub': 'repo:a' } }
  const arn = await role(
    'ci',
    trust({ Federated }, 'sts:AssumeRoleWithWebIdentity', { Condition }),
    statement('secretsmanager:*'),
  )
  // Credentials that nobody has: the client does not use them for this call.
  const sts = new STS({ endpoint: server.url, region })
  after(() => sts.destroy())
  const now = Math.floor(server.clock.now() / 1000)
  const claims = { iss: ISSUER, sub: 'repo:a', aud: 'sts.amazonaws.com', iat: now, exp: now + 600 }
  const ask = (more: object = {}) =>
    sts.assumeRoleWithWebIdentity({
      RoleArn: arn,
      RoleSessionName: 'job7',
      WebIdentityToken: mint(key, { ...claims, ...more }),
    })
  const answer = await ask()
  assert.deepEqual(
    [answer.SubjectFromWebIdentityToken, answer.Provider, answer.Audience],
    ['repo:a', ISSUER, 'sts.amazonaws.com'],
  )
  const session = within(answer.Credentials)
  assert.equal((await session.sts.getCallerIdentity({})).Arn, `arn:aws:sts::${account}:assumed-role/ci/job7`)
  assert.equal((await session.secrets.getSecretValue({ SecretId: 'db/pw' })).SecretString, 'hunter2')
  await refused(ask({ sub: 'repo:b' }), 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403)
  await refused(ask({ aud: 'x' }), 'InvalidIdentityTokenException', 'Incorrect token audience')
  await refused(
    ask({ exp: now - 1 }),
    'ExpiredTokenException',
    /^Token expired: current date\/time \d+ must be before the expiration date\/time \d+$/,
  )
  await refused(
    ask({ iss: `${ISSUER}/` }),
    'InvalidIdentityTokenException',
    `No OpenIDConnect provider found in your account for ${ISSUER}/`,
  )
})

test('the trail has who assumed what, and none of the credentials and tokens (surroundings.md 1.2, 1.3)', async () => {
  const frank = await user('frank')
  const Federated = `arn:aws:iam::${account}:oidc-provider/token.example.com`
  const Principal = { AWS: frank.arn, Federated }
  const arn = await role('trailed', trust(Principal, ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity']))
  const assumed = await frank.sts.assumeRole({ RoleArn: arn, RoleSessionName: 'trail1', ExternalId: 'e1' })
  const now = Math.floor(server.clock.now() / 1000)
  const claims = { iss: ISSUER, sub: 'repo:t', aud: 'sts.amazonaws.com', iat: now, exp: now + 600 }
  const WebIdentityToken = mint(key, claims)
  const web = await root.sts.assumeRoleWithWebIdentity({ RoleArn: arn, RoleSessionName: 'trail2', WebIdentityToken })
  await within(assumed.Credentials).sts.getCallerIdentity({})

  const reader = openFileReader(join(server.directory as string, 'audit.db'))
  await server.inside.trail.settled()
  const { records } = await reader.last(1000)
  const lines = records.map(({ record }) => record)
  await reader.close()
  const secrets = [
    WebIdentityToken,
    ...[assumed, web].flatMap(({ Credentials: c }) => [c?.SecretAccessKey, c?.SessionToken]),
  ]
  for (const secret of secrets)
    assert.equal(
      lines.some((line) => line.includes(secret ?? '-')),
      false,
    )
  const named = (session: string, eventName: string) => {
    const line = lines.find((one) => one.includes(`/${session}"`) && one.includes(`"eventName":"${eventName}"`))
    return JSON.parse(line ?? '{}')
  }
  const record = named('trail1', 'AssumeRole')
  assert.deepEqual(record.requestParameters, { roleArn: arn, roleSessionName: 'trail1', externalId: 'e1' })
  assert.equal(record.readOnly, true)
  assert.deepEqual(record.resources, [{ accountId: account, type: 'AWS::IAM::Role', ARN: arn }])
  assert.equal(record.responseElements.credentials.accessKeyId, assumed.Credentials?.AccessKeyId)
  assert.deepEqual(Object.keys(record.responseElements.credentials), ['accessKeyId', 'expiration'])
  const webRecord = named('trail2', 'AssumeRoleWithWebIdentity')
  assert.deepEqual(webRecord.userIdentity, {
    type: 'WebIdentityUser',
    principalId: `${Federated}:sts.amazonaws.com:repo:t`,
    userName: 'repo:t',
    identityProvider: Federated,
  })
  assert.equal(webRecord.recipientAccountId, account)
  const session = named('trail1', 'GetCallerIdentity')
  assert.equal(session.userIdentity.type, 'AssumedRole')
  assert.equal(session.userIdentity.sessionContext.sessionIssuer.arn, arn)
})
