import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from '../../start.ts'
import { clientsOf, labelsOf, refused, session, texts, version } from '../session.ts'
import { allow, deny, personOf, withoutToken, wireOf } from './rig.ts'

/** Source: secretsmanager.md 8.3, 1.8, 6. */
const { server, ...clients } = await session()
const { secrets, kms } = clients
const wire = wireOf(server)
const tokenless = withoutToken(server)

const create = (Name: string, more = {}) =>
  secrets.createSecret({ Name, SecretString: 'v', ClientRequestToken: version(1), ...more })
const described = async (SecretId: string) => (await wire('DescribeSecret', { SecretId })).json
const taken = (Name: string) => `The operation failed because the secret ${Name} already exists.`
const notMade = (SecretId: string) =>
  refused(secrets.describeSecret({ SecretId }), 'ResourceNotFoundException', texts.noSecret)

test('it answers ARN, name and the token as version id', async () => {
  const { $metadata, ...answer } = await create('plain')
  assert.match(answer.ARN ?? '', /^arn:aws:secretsmanager:us-east-1:111122223333:secret:plain-[A-Za-z0-9]{6}$/)
  assert.deepEqual(answer, { ARN: answer.ARN, Name: 'plain', VersionId: version(1) })
  assert.equal($metadata.httpStatusCode, 200)
  assert.deepEqual(await labelsOf(secrets, 'plain'), { [version(1)]: ['AWSCURRENT'] })
})

test('without a value it answers no VersionId and makes no version, with or without a token', async () => {
  for (const client of [secrets, tokenless]) {
    const Name = client === secrets ? 'empty' : 'empty/tokenless'
    const { $metadata: _, ...answer } = await client.createSecret({ Name })
    assert.deepEqual(Object.keys(answer).sort(), ['ARN', 'Name'])
    assert.ok(!('VersionIdsToStages' in (await described(Name))))
    await refused(secrets.getSecretValue({ SecretId: Name }), 'ResourceNotFoundException', texts.noStage('AWSCURRENT'))
  }
})

test('what is not given is not shown, and what is empty neither, but for an empty list of tags', async () => {
  await create('bare')
  assert.deepEqual(Object.keys(await described('bare')).sort(), [
    'ARN',
    'CreatedDate',
    'LastChangedDate',
    'Name',
    'VersionIdsToStages',
  ])
  await create('blank', { Description: '', KmsKeyId: '', Type: '', Tags: [] })
  const { ARN: _, CreatedDate: __, LastChangedDate: ___, ...blank } = await described('blank')
  assert.deepEqual(blank, { Name: 'blank', Tags: [], VersionIdsToStages: { [version(1)]: ['AWSCURRENT'] } })
})

test('description, key, tags and type are kept as they were given', async () => {
  const given = {
    Description: 'd'.repeat(2048),
    KmsKeyId: 'alias/aws/secretsmanager',
    Tags: [
      { Key: 'z', Value: '1' },
      { Key: 'a', Value: '' },
      { Key: 'A', Value: 'v'.repeat(256) },
    ],
    Type: 'SnowflakePat',
  }
  await create('full', given)
  const { Description, KmsKeyId, Tags, Type } = await described('full')
  assert.deepEqual({ Description, KmsKeyId, Tags, Type }, given)
})

test('an honest retry answers as the first call did; description, key and tags are not compared (1.8)', async () => {
  const first = await create('again', { Description: 'first' })
  const { $metadata: _, ...second } = await create('again', { Description: 'second', Tags: [{ Key: 'a', Value: 'b' }] })
  assert.deepEqual(second, { ARN: first.ARN, Name: 'again', VersionId: version(1) })
  const { Description, Tags } = await secrets.describeSecret({ SecretId: 'again' })
  assert.deepEqual([Description, Tags], ['first', undefined])
  // It is one also when another version is current by now, and for a version that was put.
  const put = { SecretString: 'two', ClientRequestToken: version(2) }
  await secrets.putSecretValue({ SecretId: 'again', ...put })
  await create('again')
  assert.equal((await create('again', put)).VersionId, version(2))
  assert.deepEqual(await labelsOf(secrets, 'again'), { [version(2)]: ['AWSCURRENT'], [version(1)]: ['AWSPREVIOUS'] })
})

test('a known token with other content is refused: other text, or the same bytes in the other member (1.8)', async () => {
  const { ARN = '' } = await create('content')
  const text = texts.tokenInUse(version(1), ARN)
  await refused(create('content', { SecretString: 'w' }), 'ResourceExistsException', text)
  const binary = { SecretString: undefined, SecretBinary: Buffer.from('v') }
  await refused(create('content', binary), 'ResourceExistsException', text)
})

test('a name that is taken is refused for another token, and when there is no value on either side', async () => {
  await create('taken')
  await secrets.createSecret({ Name: 'taken/empty', ClientRequestToken: version(1) })
  await refused(create('taken', { ClientRequestToken: version(2) }), 'ResourceExistsException', taken('taken'))
  await refused(create('taken', { SecretString: undefined }), 'ResourceExistsException', taken('taken'))
  await refused(create('taken/empty'), 'ResourceExistsException', taken('taken/empty'))
  const empty = secrets.createSecret({ Name: 'taken/empty', ClientRequestToken: version(1) })
  await refused(empty, 'ResourceExistsException', taken('taken/empty'))
})

test('a name whose secret waits for its deletion is refused, whatever the token (6)', async () => {
  await create('leaving')
  await secrets.deleteSecret({ SecretId: 'leaving' })
  const text = "You can't create this secret because a secret with this name is already scheduled for deletion."
  for (const more of [{}, { ClientRequestToken: version(2) }, { SecretString: undefined }, { SecretString: 'other' }]) {
    await refused(create('leaving', more), 'InvalidRequestException', text)
  }
  await secrets.restoreSecret({ SecretId: 'leaving' })
  assert.equal((await create('leaving')).VersionId, version(1))
})

test('request rules: name, both values, token, type, replica, in this order of codes', async () => {
  await refused(create('no name'), 'ValidationException', texts.invalidName)
  await refused(
    create('both', { SecretBinary: Buffer.from('v') }),
    'InvalidParameterException',
    "You can't specify both a binary secret value and a string secret value in the same secret.",
  )
  await refused(
    tokenless.createSecret({ Name: 'no-token', SecretString: 'v' }),
    'InvalidRequestException',
    texts.noToken,
  )
  // The token is missed before anybody looks at the name (recorded).
  await refused(tokenless.createSecret({ Name: 'plain', SecretString: 'v' }), 'InvalidRequestException', texts.noToken)
  await refused(create('type', { Type: 'Unheard' }), 'InvalidParameterException')
  await refused(
    create('replica', { AddReplicaRegions: [{ Region: 'us-east-1' }] }),
    'InvalidParameterException',
    'Invalid replica region.',
  )
  for (const name of ['both', 'no-token', 'type', 'replica']) await notMade(name)
})

test('lengths of its members, one more than each is refused (8.0)', async () => {
  const at = (member: string, bound: string) =>
    new RegExp(`at '${member}' failed to satisfy constraint: Member must have length ${bound}$`)
  for (const [more, text] of [
    [{ Description: 'd'.repeat(2049) }, at('description', 'less than or equal to 2048')],
    [{ KmsKeyId: 'k'.repeat(2049) }, at('kmsKeyId', 'less than or equal to 2048')],
    [{ ClientRequestToken: 't'.repeat(31) }, at('clientRequestToken', 'greater than or equal to 32')],
    [{ ClientRequestToken: 't'.repeat(65) }, at('clientRequestToken', 'less than or equal to 64')],
    [{ Type: 't'.repeat(257) }, at('type', 'less than or equal to 256')],
    [{ AddReplicaRegions: [] }, at('addReplicaRegions', 'greater than or equal to 1')],
    [{ Tags: [{ Key: '', Value: '' }] }, at('tags.1.member.key', 'greater than or equal to 1')],
    [{ Tags: [{ Key: 'k'.repeat(129), Value: '' }] }, at('tags.1.member.key', 'less than or equal to 128')],
    [{ Tags: [{ Key: 'k', Value: 'v'.repeat(257) }] }, at('tags.1.member.value', 'less than or equal to 256')],
  ] as const) {
    await refused(create('lengths', more), 'ValidationException', text)
  }
  await notMade('lengths')
  for (const length of [32, 64]) {
    const ClientRequestToken = 't'.repeat(length)
    assert.equal((await create(`token-${length}`, { ClientRequestToken })).VersionId, ClientRequestToken)
  }
  await create('longest', { Tags: [{ Key: 'k'.repeat(128), Value: 'v'.repeat(256) }] })
})

test('50 tags fit, the 51st is a LimitExceededException; reserved, doubled and missing keys are InvalidParameterException', async () => {
  const tags = (count: number) => Array.from({ length: count }, (_, n) => ({ Key: `k${n}`, Value: `${n}` }))
  await create('tags/50', { Tags: tags(50) })
  assert.deepEqual((await secrets.describeSecret({ SecretId: 'tags/50' })).Tags, tags(50))
  // SDKs take the limit for throttling: asked on the wire, once.
  const over = await wire('CreateSecret', { Name: 'tags/51', Tags: tags(51) })
  assert.deepEqual([over.status, over.json.__type], [400, 'LimitExceededException'])
  for (const Tags of [
    [{ Key: 'aws:mine', Value: 'v' }],
    [
      { Key: 'a', Value: '1' },
      { Key: 'a', Value: '1' },
    ],
    [{ Value: 'v' }],
  ]) {
    await refused(create('tags/51', { Tags }), 'InvalidParameterException')
  }
  await notMade('tags/51')
  // Keys tell their case apart.
  await create('tags/case', { Tags: [...tags(1), { Key: 'K0', Value: '' }] })
})

test('calls at one time: the same one more often makes one secret for all, of different ones one wins', async () => {
  const same = await Promise.all(Array.from({ length: 8 }, () => create('parallel/same')))
  assert.equal(new Set(same.map(({ ARN, VersionId }) => `${ARN} ${VersionId}`)).size, 1)
  const many = Array.from({ length: 8 }, (_, n) => create('parallel/many', { ClientRequestToken: version(n) }))
  const ended = await Promise.allSettled(many)
  const lost = ended.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  assert.deepEqual(
    lost.map(({ name, message }) => `${name}: ${message}`),
    Array(7).fill(`ResourceExistsException: ${taken('parallel/many')}`),
  )
})

test('a key that fails leaves no secret behind, and the name is free', async () => {
  const { KeyId = '' } = (await kms.createKey({})).KeyMetadata ?? {}
  await kms.disableKey({ KeyId })
  await refused(create('key', { KmsKeyId: KeyId }), 'EncryptionFailure', /is disabled\. \(Service: AWSKMS;/)
  await notMade('key')
  assert.equal((await create('key')).VersionId, version(1))
})

test('it needs its permission on the name as sent; tags need TagResource besides, an empty list does not (7.2)', async () => {
  const maker = await personOf(server, clients, 'maker')
  const make = (Name: string, more = {}) => maker.secrets.createSecret({ Name, ...more })
  await maker.may(allow('secretsmanager:GetSecretValue'))
  await refused(make('mine'), 'AccessDeniedException', maker.denied('CreateSecret', 'mine'))
  // Also for a name that is taken: who may not create does not learn that.
  await refused(make('plain'), 'AccessDeniedException', maker.denied('CreateSecret', 'plain'))
  await maker.may(allow('secretsmanager:CreateSecret'))
  const Tags = [{ Key: 'a', Value: 'b' }]
  await refused(make('mine', { Tags }), 'AccessDeniedException', maker.denied('TagResource', 'mine'))
  await make('mine', { Tags: [] })
  const replicas = { AddReplicaRegions: [{ Region: 'eu-west-1' }] }
  await refused(make('theirs', replicas), 'AccessDeniedException', maker.denied('ReplicateSecretToRegions', 'theirs'))
  await maker.may(
    allow(['secretsmanager:CreateSecret', 'secretsmanager:TagResource'], 'arn:aws:secretsmanager:*:*:secret:app/*'),
  )
  await make('app/x', { Tags })
  await refused(make('other', { Tags }), 'AccessDeniedException', maker.denied('CreateSecret', 'other'))
})

test('its condition keys are those of the request (7.1)', async () => {
  const maker = await personOf(server, clients, 'conditional-maker')
  const { KeyId = '', Arn = '' } = (await kms.createKey({})).KeyMetadata ?? {}
  const base = [allow(['secretsmanager:TagResource', 'kms:*'])]
  const when = (operator: string, key: string, value: string | string[]) =>
    maker.may(...base, allow('secretsmanager:CreateSecret', '*', { Condition: { [operator]: { [key]: value } } }))
  let n = 0
  const make = (more: object) => maker.secrets.createSecret({ Name: `conditional/${n++}`, SecretString: 'x', ...more })
  const no = (more: object) => refused(make(more), 'AccessDeniedException')
  for (const [operator, key, value, yes, nos] of [
    ['StringEquals', 'secretsmanager:Description', 'good', { Description: 'good' }, [{}, { Description: 'bad' }]],
    ['StringEquals', 'secretsmanager:KmsKeyId', KeyId, { KmsKeyId: KeyId }, [{}, { KmsKeyId: Arn }]],
    ['ArnEquals', 'secretsmanager:KmsKeyArn', Arn, { KmsKeyId: KeyId }, [{}, { KmsKeyId: 'alias/aws/secretsmanager' }]],
    ['StringEquals', 'secretsmanager:Type', 'SnowflakePat', { Type: 'SnowflakePat' }, [{}]],
    [
      'StringEquals',
      'aws:RequestTag/team',
      'a',
      { Tags: [{ Key: 'team', Value: 'a' }] },
      [{}, { Tags: [{ Key: 'team', Value: 'b' }] }],
    ],
    ['StringEquals', 'aws:ResourceTag/team', 'a', { Tags: [{ Key: 'team', Value: 'a' }] }, [{}]],
    ['StringEquals', 'secretsmanager:ResourceTag/team', 'a', { Tags: [{ Key: 'team', Value: 'a' }] }, [{}]],
    [
      'ForAnyValue:StringEquals',
      'aws:TagKeys',
      'team',
      { Tags: [{ Key: 'team', Value: 'a' }] },
      [{}, { Tags: [{ Key: 'x', Value: 'a' }] }],
    ],
  ] as const) {
    await when(operator, key, value)
    await make(yes)
    for (const other of nos) await no(other)
  }
  await when('StringLike', 'secretsmanager:Name', 'conditional/*')
  await make({})
  await refused(maker.secrets.createSecret({ Name: 'else', SecretString: 'x' }), 'AccessDeniedException')
  await when('Null', 'secretsmanager:SecretId', 'false')
  await no({})
  await maker.may(
    ...base,
    allow('secretsmanager:*'),
    deny('secretsmanager:CreateSecret', '*', { Condition: { Null: { 'secretsmanager:KmsKeyArn': 'true' } } }),
  )
  await refused(make({}), 'AccessDeniedException', /with an explicit deny in an identity-based policy$/)
})

test('a secret more than the account may have is a LimitExceededException, told after all else (14)', async () => {
  await using small = await start({ secretLimits: { secrets: 3 } })
  const own = clientsOf(small)
  const asked = wireOf(small)
  for (const Name of ['a', 'b', 'c']) await own.secrets.createSecret({ Name })
  const over = async (more: object) => (await asked('CreateSecret', { Name: 'd', ...more })).json.__type
  assert.equal(await over({}), 'LimitExceededException')
  assert.equal(await over({ Name: 'c' }), 'ResourceExistsException')
  assert.equal(await over({ KmsKeyId: 'alias/none' }), 'EncryptionFailure')
  // One that waits for its deletion still counts; one that is gone does not.
  await own.secrets.deleteSecret({ SecretId: 'a' })
  assert.equal(await over({}), 'LimitExceededException')
  await own.secrets.deleteSecret({ SecretId: 'a', ForceDeleteWithoutRecovery: true })
  await own.secrets.createSecret({ Name: 'd' })
  assert.equal(await over({ Name: 'e' }), 'LimitExceededException')
  own.destroy()
})
