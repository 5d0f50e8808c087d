import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { clientsOf, refused, session, texts, version } from '../session.ts'
import { allow, deny, documentOf, personOf, wireOf, refusedOnWire } from './rig.ts'

/**
 * Actions, condition keys and refusals of Secrets Manager as a caller meets them. Source: secretsmanager.md 7.1 to 7.4; across accounts
 * (7.5): cross-account.test.ts; each key of each operation: conditions.test.ts of the service.
 */

const { server, ...clients } = await session()
const { secrets, iam, kms } = clients
const wire = wireOf(server)
const anna = await personOf(server, clients, 'anna')
const sm = (...actions: string[]) => actions.map((action) => `secretsmanager:${action}`)
const denied = (answer: Promise<unknown>, action: string, on?: string) =>
  refused(answer, 'AccessDeniedException', anna.denied(action, on))

const { ARN = '' } = await secrets.createSecret({
  ...{ Name: 'app/db', SecretString: '1', ClientRequestToken: version(1), Tags: [{ Key: 'env', Value: 'prod' }] },
  Type: 'DatadogApiKey',
})
await secrets.putSecretValue({ SecretId: 'app/db', SecretString: '2', ClientRequestToken: version(2) })
const get = (more: object = {}) => anna.secrets.getSecretValue({ SecretId: 'app/db', ...more })

test('each operation is its own action on the full ARN: what is allowed for one secret is for no other', async () => {
  const prefix = ARN.slice(0, -'app/db-xxxxxx'.length)
  await anna.may(allow(sm('GetSecretValue', 'DescribeSecret'), ARN))
  assert.equal((await get()).SecretString, '2')
  assert.equal((await anna.secrets.describeSecret({ SecretId: ARN })).ARN, ARN)
  await denied(anna.secrets.putSecretValue({ SecretId: 'app/db', SecretString: 'x' }), 'PutSecretValue', 'app/db')
  await denied(anna.secrets.listSecretVersionIds({ SecretId: ARN }), 'ListSecretVersionIds', ARN)
  await denied(anna.secrets.getSecretValue({ SecretId: 'app/other' }), 'GetSecretValue', 'app/other')
  // A policy by name is one for whatever will be made there (7.4).
  await anna.may(allow(sm('CreateSecret', 'GetSecretValue'), `${prefix}team/*`))
  await refused(anna.secrets.getSecretValue({ SecretId: 'team/x' }), 'ResourceNotFoundException', texts.noSecret)
  await anna.secrets.createSecret({ Name: 'team/x', SecretString: 'x' })
  assert.equal((await anna.secrets.getSecretValue({ SecretId: 'team/x' })).SecretString, 'x')
  await denied(anna.secrets.createSecret({ Name: 'other/x', SecretString: 'x' }), 'CreateSecret', 'other/x')
  await denied(get(), 'GetSecretValue', 'app/db')
})

test('BatchGetSecretValue, GetRandomPassword and ListSecrets are allowed on * alone, and know no keys of a secret', async () => {
  const ask = [
    ['BatchGetSecretValue', () => anna.secrets.batchGetSecretValue({ SecretIdList: ['app/db'] })],
    ['GetRandomPassword', () => anna.secrets.getRandomPassword({})],
    ['ListSecrets', () => anna.secrets.listSecrets({})],
  ] as const
  await anna.may(allow('secretsmanager:*', ARN))
  for (const [action, call] of ask) await denied(call(), action)
  const condition = { StringEquals: { 'aws:ResourceTag/env': 'prod' } }
  await anna.may(allow('secretsmanager:*', '*', { Condition: condition }))
  for (const [action, call] of ask) await denied(call(), action)
  await anna.may(allow(ask.map(([action]) => `secretsmanager:${action}`)))
  for (const [, call] of ask) await call()
  // A batch asks for each secret besides, with filters for ListSecrets too.
  const { SecretValues, Errors } = await anna.secrets.batchGetSecretValue({ SecretIdList: ['app/db'] })
  assert.deepEqual(SecretValues, [])
  assert.deepEqual(Errors, [
    { SecretId: 'app/db', ErrorCode: 'AccessDeniedException', Message: anna.denied('GetSecretValue', 'app/db') },
  ])
  await anna.may(allow(sm('BatchGetSecretValue', 'GetSecretValue')))
  const Filters = [{ Key: 'name' as const, Values: ['app/'] }]
  await denied(anna.secrets.batchGetSecretValue({ Filters }), 'ListSecrets')
})

test('CreateSecret with tags needs TagResource, with replicas ReplicateSecretToRegions; an empty list of tags needs nothing (recorded)', async () => {
  await anna.may(allow(sm('CreateSecret')))
  const Tags = [{ Key: 'team', Value: 'red' }]
  await denied(anna.secrets.createSecret({ Name: 'tagged', Tags }), 'TagResource', 'tagged')
  await anna.secrets.createSecret({ Name: 'untagged', Tags: [] })
  const AddReplicaRegions = [{ Region: 'eu-west-1' }]
  await denied(
    anna.secrets.createSecret({ Name: 'replicated', AddReplicaRegions }),
    'ReplicateSecretToRegions',
    'replicated',
  )
  await anna.may(allow(sm('CreateSecret', 'TagResource')))
  await anna.secrets.createSecret({ Name: 'tagged', Tags })
  // The tags to be made are the resource’s already.
  const red = { Condition: { StringEquals: { 'aws:ResourceTag/team': 'red' } } }
  await anna.may(allow(sm('CreateSecret', 'TagResource'), '*', red))
  await anna.secrets.createSecret({ Name: 'red', Tags })
  await denied(
    anna.secrets.createSecret({ Name: 'blue', Tags: [{ Key: 'team', Value: 'blue' }] }),
    'CreateSecret',
    'blue',
  )
})

test('keys of CreateSecret: name, description, key as it was sent and resolved, type', async () => {
  const { KeyId = '', Arn = '' } = (await kms.createKey({})).KeyMetadata ?? {}
  const use = allow(['kms:GenerateDataKey', 'kms:Decrypt'])
  const only = (operator: string, key: string, value: string) =>
    anna.may(allow(sm('CreateSecret'), '*', { Condition: { [operator]: { [`secretsmanager:${key}`]: value } } }), use)
  const create = (Name: string, more: object = {}) => anna.secrets.createSecret({ Name, SecretString: 'x', ...more })
  await only('StringLike', 'Name', 'keys/*')
  await create('keys/1')
  await denied(create('other/1'), 'CreateSecret', 'other/1')
  await only('StringEquals', 'Description', 'ours')
  await create('keys/2', { Description: 'ours' })
  await denied(create('keys/3'), 'CreateSecret', 'keys/3')
  await only('ArnEquals', 'KmsKeyArn', Arn)
  await create('keys/4', { KmsKeyId: KeyId })
  await denied(create('keys/5'), 'CreateSecret', 'keys/5')
  await only('StringEquals', 'KmsKeyId', KeyId)
  await create('keys/6', { KmsKeyId: KeyId })
  await denied(create('keys/7', { KmsKeyId: Arn }), 'CreateSecret', 'keys/7')
  await only('StringEquals', 'Type', 'GitLabAccessToken')
  await create('keys/8', { Type: 'GitLabAccessToken' })
  await denied(create('keys/9', { Type: 'DatadogApiKey' }), 'CreateSecret', 'keys/9')
})

test('VersionStage and VersionId are there when they are sent, and absent when the default is relied on (recorded)', async () => {
  const when = (Condition: object) => anna.may(allow(sm('GetSecretValue'), '*', { Condition }))
  await when({ StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } })
  await denied(get(), 'GetSecretValue', 'app/db')
  assert.equal((await get({ VersionStage: 'AWSCURRENT' })).SecretString, '2')
  await denied(get({ VersionStage: 'AWSPREVIOUS' }), 'GetSecretValue', 'app/db')
  await denied(get({ VersionId: version(2) }), 'GetSecretValue', 'app/db')
  await when({ StringEqualsIfExists: { 'secretsmanager:VersionStage': 'AWSCURRENT' } })
  assert.equal((await get()).SecretString, '2')
  await when({ StringEquals: { 'secretsmanager:VersionId': version(1) } })
  assert.equal((await get({ VersionId: version(1) })).SecretString, '1')
  await denied(get(), 'GetSecretValue', 'app/db')
})

test('keys of the secret: its ARN, tags by both names, type, and no primary region', async () => {
  const when = (Condition: object) => anna.may(allow(sm('GetSecretValue'), '*', { Condition }))
  for (const condition of [
    { ArnEquals: { 'secretsmanager:SecretId': ARN } },
    { StringEquals: { 'aws:ResourceTag/env': 'prod' } },
    { StringEquals: { 'secretsmanager:ResourceTag/env': 'prod' } },
    { StringEquals: { 'secretsmanager:resource/Type': 'DatadogApiKey' } },
    { Null: { 'secretsmanager:SecretPrimaryRegion': 'true' } },
    { Null: { 'secretsmanager:resource/AllowRotationLambdaArn': 'true' } },
  ]) {
    await when(condition)
    assert.equal((await get()).SecretString, '2', JSON.stringify(condition))
  }
  for (const condition of [
    { StringEquals: { 'secretsmanager:SecretId': 'app/db' } },
    { StringEquals: { 'aws:ResourceTag/env': 'test' } },
    { StringEquals: { 'aws:ResourceTag/ENV': 'PROD' } },
    { StringEquals: { 'secretsmanager:resource/Type': 'other' } },
  ]) {
    await when(condition)
    await denied(get(), 'GetSecretValue', 'app/db')
  }
})

test('keys of DeleteSecret and PutResourcePolicy: window, force, BlockPublicPolicy', async () => {
  await secrets.createSecret({ Name: 'guarded', SecretString: 'x' })
  const SecretId = 'guarded'
  await anna.may(
    allow(sm('DeleteSecret', 'RestoreSecret')),
    deny(sm('DeleteSecret'), '*', { Condition: { Bool: { 'secretsmanager:ForceDeleteWithoutRecovery': 'true' } } }),
    deny(sm('DeleteSecret'), '*', { Condition: { NumericLessThan: { 'secretsmanager:RecoveryWindowInDays': '14' } } }),
  )
  const no = /with an explicit deny in an identity-based policy$/
  await refused(anna.secrets.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true }), 'AccessDeniedException', no)
  await refused(anna.secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 7 }), 'AccessDeniedException', no)
  await anna.secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 14 })
  await anna.secrets.restoreSecret({ SecretId })
  await anna.secrets.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: false })
  await anna.secrets.restoreSecret({ SecretId })
  const block = { Condition: { Bool: { 'secretsmanager:BlockPublicPolicy': 'true' } } }
  await anna.may(allow(sm('PutResourcePolicy'), '*', block))
  const ResourcePolicy = documentOf(allow('secretsmanager:GetSecretValue', '*', { Principal: { AWS: anna.arn } }))
  await denied(anna.secrets.putResourcePolicy({ SecretId, ResourcePolicy }), 'PutResourcePolicy', SecretId)
  await anna.secrets.putResourcePolicy({ SecretId, ResourcePolicy, BlockPublicPolicy: true })
})

test('refusals say which kind of policy it was: identity, boundary, session; a role by its session (recorded, 7.3)', async () => {
  const action = 'secretsmanager:GetSecretValue'
  const said = (who: string, ending: string) =>
    `User: ${who} is not authorized to perform: ${action} on resource: app/db ${ending}`
  await anna.may(allow('secretsmanager:*'))
  const { Policy } = await iam.createPolicy({
    PolicyName: 'bounds',
    PolicyDocument: documentOf(allow('secretsmanager:ListSecrets')),
  })
  await iam.putUserPermissionsBoundary({ UserName: 'anna', PermissionsBoundary: Policy?.Arn })
  await refused(
    get(),
    'AccessDeniedException',
    said(anna.arn, `because no permissions boundary allows the ${action} action`),
  )
  await iam.deleteUserPermissionsBoundary({ UserName: 'anna' })
  await anna.may(allow('secretsmanager:*'), deny(action))
  await refused(get(), 'AccessDeniedException', said(anna.arn, 'with an explicit deny in an identity-based policy'))

  const trust = { ...allow('sts:AssumeRole'), Principal: { AWS: anna.arn }, Resource: undefined }
  const { Role } = await iam.createRole({ RoleName: 'reader', AssumeRolePolicyDocument: documentOf(trust) })
  const inline = { RoleName: 'reader', PolicyName: 'read' }
  await iam.putRolePolicy({ ...inline, PolicyDocument: documentOf(allow('secretsmanager:*')) })
  await anna.may(allow('sts:AssumeRole'))
  const asRole = async (more: object = {}) => {
    const { Credentials } = await anna.sts.assumeRole({ RoleArn: Role?.Arn, RoleSessionName: 'work', ...more })
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {}
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
    const role = clientsOf(server, credentials)
    after(() => role.destroy())
    return () => role.secrets.getSecretValue({ SecretId: 'app/db' })
  }
  const who = `arn:aws:sts::${server.account}:assumed-role/reader/work`
  assert.equal((await (await asRole())()).SecretString, '2')
  const narrow = await asRole({ Policy: documentOf(allow('secretsmanager:ListSecrets')) })
  await refused(narrow(), 'AccessDeniedException', said(who, `because no session policy allows the ${action} action`))
  const closed = await asRole({ Policy: documentOf(allow('secretsmanager:*'), deny(action)) })
  await refused(closed(), 'AccessDeniedException', said(who, 'with an explicit deny in a session policy'))
  await iam.putRolePolicy({ ...inline, PolicyDocument: documentOf(allow('secretsmanager:ListSecrets')) })
  await refused(
    (await asRole())(),
    'AccessDeniedException',
    said(who, `because no identity-based policy allows the ${action} action`),
  )
})

test('a Deny anywhere wins, also over root by the policy of the secret; an Allow of either kind suffices', async () => {
  const SecretId = 'either'
  await secrets.createSecret({ Name: SecretId, SecretString: 'x' })
  const policy = (...statements: ReturnType<typeof allow>[]) =>
    secrets.putResourcePolicy({ SecretId, ResourcePolicy: documentOf(...statements) })
  const read = () => anna.secrets.getSecretValue({ SecretId })
  await anna.may(allow('sts:GetCallerIdentity'))
  await policy(allow('secretsmanager:GetSecretValue', '*', { Principal: { AWS: anna.arn } }))
  assert.equal((await read()).SecretString, 'x')
  await anna.may(allow('secretsmanager:GetSecretValue'))
  await secrets.deleteResourcePolicy({ SecretId })
  assert.equal((await read()).SecretString, 'x')
  await policy(deny('secretsmanager:GetSecretValue', '*', { Principal: '*' }))
  await refused(read(), 'AccessDeniedException', /with an explicit deny in a resource-based policy$/)
  refusedOnWire(
    await wire('GetSecretValue', { SecretId }),
    'AccessDeniedException',
    /with an explicit deny in a resource-based policy$/,
  )
})
