import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { STS } from '@aws-sdk/client-sts'
import { selfSigned } from '../certificate.ts'
import { type Started, start } from '../start.ts'
import { clientsOf, refused, region, session } from './session.ts'

/**
 * Policies as people write them, through the official SDKs: each says who may read what, and the server does so. Sources:
 * access.md 5 and the decision cases of 6 (numbers in the names), secretsmanager.md 7.
 */

const { server, iam, kms, secrets, sts } = await session()
const account = server.account
/** A policy variable, as policies write it. */
const variable = (key: string) => `$\{${key}}`
const secretOf = (name: string) => `arn:aws:secretsmanager:${region}:${account}:secret:${name}`

const opened: { destroy(): void }[] = []
after(() => {
  for (const clients of opened) clients.destroy()
})

let people = 0

type Statement = Readonly<Record<string, unknown>>

const documentOf = (...Statement: Statement[]) => JSON.stringify({ Version: '2012-10-17', Statement })

/** A user with one inline policy of these statements; answers clients that use its key. */
async function person(statements: readonly Statement[], tags: Readonly<Record<string, string>> = {}) {
  const UserName = `person-${++people}`
  await iam.createUser({ UserName, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) })
  await iam.putUserPolicy({ UserName, PolicyName: 'own', PolicyDocument: documentOf(...statements) })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  const clients = clientsOf(server, credentials)
  opened.push(clients)
  return { name: UserName, arn: `arn:aws:iam::${account}:user/${UserName}`, credentials, ...clients }
}

const allow = (Action: unknown, Resource: unknown, Condition?: unknown): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition === undefined ? {} : { Condition }),
})
const deny = (Action: unknown, Resource: unknown, Condition?: unknown): Statement => ({
  ...allow(Action, Resource, Condition),
  Effect: 'Deny',
})

const READ = 'secretsmanager:GetSecretValue'
const silent = (action: string) =>
  new RegExp(`is not authorized to perform: ${action} .*because no identity-based policy`)
const denied = (action: string) =>
  new RegExp(`is not authorized to perform: ${action} .*with an explicit deny in an identity-based policy$`)

before(async () => {
  for (const [Name, tags] of [
    ['dev/db', { team: 'red', env: 'dev' }],
    ['prod/db', { team: 'blue', env: 'prod' }],
    ['plain', {}],
  ] as const) {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
    await secrets.createSecret({ Name, SecretString: `value of ${Name}`, Tags })
  }
  await secrets.putSecretValue({ SecretId: 'dev/db', SecretString: 'newer' })
})

test('developers may read dev/* only', async () => {
  const dev = await person([allow(READ, secretOf('dev/*'))])
  assert.equal((await dev.secrets.getSecretValue({ SecretId: 'dev/db' })).SecretString, 'newer')
  await refused(
    dev.secrets.getSecretValue({ SecretId: 'prod/db' }),
    'AccessDeniedException',
    `User: ${dev.arn} is not authorized to perform: ${READ} on resource: prod/db because no identity-based policy allows the ${READ} action`,
  )
  await refused(dev.secrets.putSecretValue({ SecretId: 'dev/db', SecretString: 'x' }), 'AccessDeniedException')
  await refused(dev.secrets.listSecrets({}), 'AccessDeniedException', silent('secretsmanager:ListSecrets'))
  // The name of a secret may begin as another's path: `dev/*` is not `dev*`, and `prod/dev/db` is not below dev/.
  await refused(dev.secrets.getSecretValue({ SecretId: 'devious' }), 'AccessDeniedException')
  await refused(dev.secrets.getSecretValue({ SecretId: 'prod/dev/db' }), 'AccessDeniedException')
})

test('who has the tag of the team reads the secrets of the team (attribute-based, cases 96-98, 113, 115)', async () => {
  const rule = allow(READ, '*', {
    StringEquals: { 'secretsmanager:ResourceTag/team': variable('aws:PrincipalTag/team') },
  })
  const red = await person([rule], { team: 'red' })
  assert.equal((await red.secrets.getSecretValue({ SecretId: 'dev/db' })).SecretString, 'newer')
  await refused(red.secrets.getSecretValue({ SecretId: 'prod/db' }), 'AccessDeniedException', silent(READ))
  await refused(red.secrets.getSecretValue({ SecretId: 'plain' }), 'AccessDeniedException', silent(READ))
  const untagged = await person([rule])
  for (const SecretId of ['dev/db', 'prod/db', 'plain']) {
    await refused(untagged.secrets.getSecretValue({ SecretId }), 'AccessDeniedException', silent(READ))
  }
  // No tag can have a wildcard as its value. Source: access.md 3.4; what policies would make of one: 5.3, unit tests.
  await refused(person([rule], { team: '*' }), 'ValidationError', /tags\.1\.member\.value/)
})

test('a change of the tag of a user, or of a secret, counts with the next request', async () => {
  const rule = allow(READ, '*', { StringEquals: { 'aws:ResourceTag/team': variable('aws:PrincipalTag/team') } })
  const mover = await person([rule], { team: 'red' })
  assert.ok(await mover.secrets.getSecretValue({ SecretId: 'dev/db' }))
  await iam.tagUser({ UserName: mover.name, Tags: [{ Key: 'team', Value: 'blue' }] })
  await refused(mover.secrets.getSecretValue({ SecretId: 'dev/db' }), 'AccessDeniedException')
  assert.ok(await mover.secrets.getSecretValue({ SecretId: 'prod/db' }))
  await secrets.tagResource({ SecretId: 'prod/db', Tags: [{ Key: 'team', Value: 'green' }] })
  await refused(mover.secrets.getSecretValue({ SecretId: 'prod/db' }), 'AccessDeniedException')
  await secrets.tagResource({ SecretId: 'prod/db', Tags: [{ Key: 'team', Value: 'blue' }] })
})

test('AWSCURRENT only: the condition on VersionStage needs the parameter, which most callers leave out (case 120)', async () => {
  const rotator = await person([allow(READ, '*', { StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } })])
  assert.equal(
    (await rotator.secrets.getSecretValue({ SecretId: 'dev/db', VersionStage: 'AWSCURRENT' })).SecretString,
    'newer',
  )
  await refused(rotator.secrets.getSecretValue({ SecretId: 'dev/db' }), 'AccessDeniedException', silent(READ))
  await refused(
    rotator.secrets.getSecretValue({ SecretId: 'dev/db', VersionStage: 'AWSPREVIOUS' }),
    'AccessDeniedException',
    silent(READ),
  )
  const careful = await person([
    allow(READ, '*', { StringEqualsIfExists: { 'secretsmanager:VersionStage': 'AWSCURRENT' } }),
  ])
  assert.ok(await careful.secrets.getSecretValue({ SecretId: 'dev/db' }))
})

test('aws:SourceIp: the own network is let in, another is not (cases 82, 83)', async () => {
  const inside = await person([
    allow(READ, '*', { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '127.0.0.0/8', '::1/128'] } }),
  ])
  assert.ok(await inside.secrets.getSecretValue({ SecretId: 'dev/db' }))
  const outside = await person([allow(READ, '*', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } })])
  await refused(outside.secrets.getSecretValue({ SecretId: 'dev/db' }), 'AccessDeniedException', silent(READ))
})

test('a key of one’s own under SourceIp: KMS is called by the service and sees no address (cases 82, 83)', async () => {
  const { KeyMetadata } = await kms.createKey({})
  await secrets.createSecret({ Name: 'own-key', SecretString: 'x', KmsKeyId: KeyMetadata?.Arn ?? '' })
  const here = { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }
  const surprised = await person([allow('*', '*', here)])
  await refused(
    surprised.secrets.getSecretValue({ SecretId: 'own-key' }),
    'AccessDeniedException',
    'Access to KMS is not allowed',
  )
  const through = await person([allow('*', '*', here), allow('kms:*', '*', { Bool: { 'aws:ViaAWSService': 'true' } })])
  assert.equal((await through.secrets.getSecretValue({ SecretId: 'own-key' })).SecretString, 'x')
})

test('MFA-less: Bool false does not catch long-term keys, BoolIfExists does (cases 105, 106)', async () => {
  const missed = await person([allow(READ, '*'), deny('*', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'false' } })])
  assert.ok(await missed.secrets.getSecretValue({ SecretId: 'dev/db' }))
  const caught = await person([
    allow(READ, '*'),
    deny('*', '*', { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } }),
  ])
  await refused(caught.secrets.getSecretValue({ SecretId: 'dev/db' }), 'AccessDeniedException', denied(READ))
})

test('MFA-less: temporary credentials say false, so Bool false catches them', async () => {
  const user = await person([allow(READ, '*'), deny('*', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'false' } })])
  const { Credentials } = await new STS({
    endpoint: server.url,
    region,
    credentials: user.credentials,
  }).getSessionToken({})
  const temporary = new SecretsManager({
    endpoint: server.url,
    region,
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    },
  })
  opened.push(temporary)
  await refused(temporary.getSecretValue({ SecretId: 'dev/db' }), 'AccessDeniedException', denied(READ))
})

test('a time window: before, within, after (case 121)', async () => {
  const now = server.clock.now()
  const at = (hours: number) => new Date(now + hours * 3_600_000).toISOString()
  const window = (from: number, to: number) => ({
    DateGreaterThan: { 'aws:CurrentTime': at(from) },
    DateLessThan: { 'aws:CurrentTime': at(to) },
  })
  const within = await person([allow(READ, '*', window(-1, 1))])
  assert.ok(await within.secrets.getSecretValue({ SecretId: 'dev/db' }))
  for (const condition of [window(1, 2), window(-2, -1)]) {
    const outside = await person([allow(READ, '*', condition)])
    await refused(outside.secrets.getSecretValue({ SecretId: 'dev/db' }), 'AccessDeniedException', silent(READ))
  }
})

test('a deny outside TLS (case 104)', async () => {
  const user = await person([
    allow(READ, '*'),
    { ...deny('*', '*', { Bool: { 'aws:SecureTransport': 'false' } }), Sid: 'OnlyTLS' },
  ])
  await refused(user.secrets.getSecretValue({ SecretId: 'dev/db' }), 'AccessDeniedException', denied(READ))
})

test('the same deny lets TLS pass (case 104)', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-tls-'))
  const { certificate, key } = selfSigned()
  const tls = { certificatePath: join(directory, 'cert.pem'), keyPath: join(directory, 'key.pem') }
  writeFileSync(tls.certificatePath, certificate)
  writeFileSync(tls.keyPath, key, { mode: 0o600 })
  let safe: Started | undefined
  const httpsAgent = new Agent({ ca: certificate })
  try {
    safe = await start({ tls })
    const config = { endpoint: safe.url, region, requestHandler: { httpsAgent } }
    const root = new IAM({ ...config, credentials: safe.credentials })
    await new SecretsManager({ ...config, credentials: safe.credentials }).createSecret({
      Name: 'a',
      SecretString: 'b',
    })
    await root.createUser({ UserName: 'tls' })
    const PolicyDocument = documentOf(allow(READ, '*'), deny('*', '*', { Bool: { 'aws:SecureTransport': 'false' } }))
    await root.putUserPolicy({ UserName: 'tls', PolicyName: 'own', PolicyDocument })
    const { AccessKey } = await root.createAccessKey({ UserName: 'tls' })
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    }
    const reader = new SecretsManager({ ...config, credentials })
    assert.equal((await reader.getSecretValue({ SecretId: 'a' })).SecretString, 'b')
  } finally {
    httpsAgent.destroy()
    await safe?.[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true })
  }
})

test('a home of one’s own by the variable aws:username; another’s, and one that only looks like it, is refused (cases 111, 114)', async () => {
  const user = await person([allow('secretsmanager:*', secretOf(`home/${variable('aws:username')}/*`))])
  await user.secrets.createSecret({ Name: `home/${user.name}/key`, SecretString: 'mine' })
  assert.equal((await user.secrets.getSecretValue({ SecretId: `home/${user.name}/key` })).SecretString, 'mine')
  for (const Name of ['home/other/key', `home/${user.name}x/key`, `home/${user.name.toUpperCase()}/key`]) {
    await refused(user.secrets.createSecret({ Name, SecretString: 'x' }), 'AccessDeniedException')
  }
})

test('group policies, a boundary and a managed policy come together, and each bites at once (cases 18, 19, 28)', async () => {
  const user = await person([allow('secretsmanager:ListSecrets', '*')])
  const read = () => user.secrets.getSecretValue({ SecretId: 'dev/db' })
  await refused(read(), 'AccessDeniedException', silent(READ))
  await iam.createGroup({ GroupName: 'developers' })
  const { Policy } = await iam.createPolicy({ PolicyName: 'dev-read', PolicyDocument: documentOf(allow(READ, '*')) })
  const PolicyArn = Policy?.Arn ?? ''
  await iam.attachGroupPolicy({ GroupName: 'developers', PolicyArn })
  await iam.addUserToGroup({ GroupName: 'developers', UserName: user.name })
  assert.ok(await read())
  const bounding = await iam.createPolicy({ PolicyName: 'bound', PolicyDocument: documentOf(allow('iam:*', '*')) })
  await iam.putUserPermissionsBoundary({ UserName: user.name, PermissionsBoundary: bounding.Policy?.Arn ?? '' })
  await refused(
    read(),
    'AccessDeniedException',
    new RegExp(`because no permissions boundary allows the ${READ} action$`),
  )
  await iam.deleteUserPermissionsBoundary({ UserName: user.name })
  assert.ok(await read())
  await iam.createPolicyVersion({ PolicyArn, PolicyDocument: documentOf(deny(READ, '*')), SetAsDefault: true })
  await refused(read(), 'AccessDeniedException', denied(READ))
  await iam.setDefaultPolicyVersion({ PolicyArn, VersionId: 'v1' })
  assert.ok(await read())
  await iam.removeUserFromGroup({ GroupName: 'developers', UserName: user.name })
  await refused(read(), 'AccessDeniedException', silent(READ))
})

test('why a call was refused is decoded by who may: the deciding statement (access.md 4)', async () => {
  const user = await person([allow('*', '*'), { ...deny(READ, secretOf('prod/*')), Sid: 'NotProd' }])
  const error = await user.secrets.getSecretValue({ SecretId: 'prod/db' }).then(
    () => undefined,
    (thrown: { $response?: { headers: Record<string, string> } }) => thrown,
  )
  const EncodedMessage = error?.$response?.headers['x-amzn-authorization-message'] ?? ''
  const { DecodedMessage = '' } = await sts.decodeAuthorizationMessage({ EncodedMessage })
  const decoded = JSON.parse(DecodedMessage)
  assert.deepEqual(
    [decoded.allowed, decoded.explicitDeny, decoded.matchedStatements.items[0].statementId],
    [false, true, 'NotProd'],
  )
  const plain = await person([allow(READ, '*')])
  await refused(
    plain.sts.decodeAuthorizationMessage({ EncodedMessage }),
    'AccessDenied',
    silent('sts:DecodeAuthorizationMessage'),
    403,
  )
})
