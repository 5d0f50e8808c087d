import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused, texts, version } from '../session.ts'
import { allow, documentOf, personOf, rotorOf, until, wireOf } from './rig.ts'

/** Which members a secret shows in which state: secretsmanager.md 3, row by row, and 8.6; ListSecrets shows the same. */
const rotor = await rotorOf()
const { server, secrets, iam, functionArn } = rotor
const wire = wireOf(server)
const DAY = 86_400_000

/** What DescribeSecret shows on the wire; that ListSecrets shows the same is looked at besides. */
async function shown(SecretId: string): Promise<Record<string, unknown>> {
  const { json } = await wire('DescribeSecret', { SecretId })
  const listed = await wire('ListSecrets', {
    Filters: [{ Key: 'name', Values: [json.Name] }],
    IncludePlannedDeletion: true,
  })
  const entry = listed.json.SecretList.find(({ ARN }: { ARN: string }) => ARN === json.ARN)
  const { VersionIdsToStages, ...rest } = json
  const { SecretVersionsToStages, ...same } = entry
  assert.deepEqual(same, rest)
  assert.deepEqual(SecretVersionsToStages, VersionIdsToStages)
  return json
}
const made = (Name: string, more = {}) =>
  secrets.createSecret({ Name, SecretString: 'x', ClientRequestToken: version(1), ...more })
const changed = async (SecretId: string) => (await secrets.describeSecret({ SecretId })).LastChangedDate?.getTime() ?? 0

test('a plain secret shows five members, one without a version four', async () => {
  const { ARN } = await made('plain')
  const { CreatedDate, LastChangedDate, ...rest } = await shown('plain')
  assert.deepEqual(rest, { ARN, Name: 'plain', VersionIdsToStages: { [version(1)]: ['AWSCURRENT'] } })
  assert.ok(typeof CreatedDate === 'number' && typeof LastChangedDate === 'number' && LastChangedDate >= CreatedDate)
  await secrets.createSecret({ Name: 'plain/empty' })
  assert.deepEqual(Object.keys(await shown('plain/empty')), ['ARN', 'Name', 'CreatedDate', 'LastChangedDate'])
})

test('VersionIdsToStages has the labelled versions only', async () => {
  await made('versions')
  for (const n of [2, 3]) {
    await secrets.putSecretValue({ SecretId: 'versions', SecretString: 'x', ClientRequestToken: version(n) })
  }
  assert.deepEqual((await shown('versions')).VersionIdsToStages, {
    [version(2)]: ['AWSPREVIOUS'],
    [version(3)]: ['AWSCURRENT'],
  })
})

test('LastChangedDate moves with value, label, metadata, key, tags, policy, deletion and restore, not with UntagResource (recorded)', async () => {
  const SecretId = 'changed'
  await made(SecretId)
  const ResourcePolicy = documentOf(allow('secretsmanager:GetSecretValue', '*', { Principal: { AWS: server.account } }))
  const Tags = [{ Key: 'a', Value: 'b' }]
  const moves: Readonly<Record<string, () => Promise<unknown>>> = {
    put: () => secrets.putSecretValue({ SecretId, SecretString: '2', ClientRequestToken: version(2) }),
    'put of a label': () =>
      secrets.putSecretValue({ SecretId, SecretString: '3', ClientRequestToken: version(3), VersionStages: ['mine'] }),
    // Recorded: a retry that names labels moves it, also when they are there already.
    'retry with labels': () =>
      secrets.putSecretValue({ SecretId, SecretString: '3', ClientRequestToken: version(3), VersionStages: ['mine'] }),
    update: () => secrets.updateSecret({ SecretId, SecretString: '4', ClientRequestToken: version(4) }),
    description: () => secrets.updateSecret({ SecretId, Description: 'd' }),
    nothing: () => secrets.updateSecret({ SecretId }),
    key: () => secrets.updateSecret({ SecretId, KmsKeyId: 'alias/aws/secretsmanager' }),
    label: () => secrets.updateSecretVersionStage({ SecretId, VersionStage: 'mine', RemoveFromVersionId: version(3) }),
    tag: () => secrets.tagResource({ SecretId, Tags }),
    'the same tag': () => secrets.tagResource({ SecretId, Tags }),
    policy: () => secrets.putResourcePolicy({ SecretId, ResourcePolicy }),
    'no policy': () => secrets.deleteResourcePolicy({ SecretId }),
    deletion: () => secrets.deleteSecret({ SecretId }),
    restore: () => secrets.restoreSecret({ SecretId }),
  }
  const stays: Readonly<Record<string, () => Promise<unknown>>> = {
    untag: () => secrets.untagResource({ SecretId, TagKeys: ['a'] }),
    read: () => secrets.getSecretValue({ SecretId }),
    list: () => secrets.listSecretVersionIds({ SecretId }),
    retry: () => secrets.updateSecret({ SecretId, SecretString: '4', ClientRequestToken: version(4) }),
    'restore of what is there': () => secrets.restoreSecret({ SecretId }),
    'a label that is there': () =>
      secrets.updateSecretVersionStage({ SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: version(4) }),
  }
  for (const [expected, changes] of [
    [true, moves],
    [false, stays],
  ] as const) {
    for (const [name, change] of Object.entries(changes)) {
      await server.clock.advance({ seconds: 1 })
      const before = await changed(SecretId)
      await change()
      assert.equal((await changed(SecretId)) > before, expected, name)
    }
  }
  assert.equal(
    (await shown(SecretId)).CreatedDate,
    (await wire('GetSecretValue', { SecretId, VersionId: version(1) })).json.CreatedDate,
  )
})

test('Description is shown when it is not empty, KmsKeyId as it was supplied, or not at all', async () => {
  await made('texts', { Description: 'd' })
  assert.equal((await shown('texts')).Description, 'd')
  await secrets.updateSecret({ SecretId: 'texts', Description: '' })
  assert.ok(!('Description' in (await shown('texts'))))
  assert.ok(!('KmsKeyId' in (await shown('texts'))))
  await secrets.updateSecret({ SecretId: 'texts', KmsKeyId: 'alias/aws/secretsmanager' })
  assert.equal((await shown('texts')).KmsKeyId, 'alias/aws/secretsmanager')
})

test('Tags are absent before there were any, in their order while there are, and [] when all are gone (recorded)', async () => {
  await made('tags')
  assert.ok(!('Tags' in (await shown('tags'))))
  await secrets.untagResource({ SecretId: 'tags', TagKeys: ['a'] })
  assert.ok(!('Tags' in (await shown('tags'))))
  const Tags = ['z', 'a', 'm'].map((Key) => ({ Key, Value: Key }))
  await secrets.tagResource({ SecretId: 'tags', Tags })
  await secrets.tagResource({
    SecretId: 'tags',
    Tags: [
      { Key: 'z', Value: 'new' },
      { Key: 'b', Value: '' },
    ],
  })
  assert.deepEqual((await shown('tags')).Tags, [
    { Key: 'z', Value: 'new' },
    { Key: 'a', Value: 'a' },
    { Key: 'm', Value: 'm' },
    { Key: 'b', Value: '' },
  ])
  await secrets.untagResource({ SecretId: 'tags', TagKeys: ['z', 'a', 'm', 'b'] })
  assert.deepEqual((await shown('tags')).Tags, [])
  await made('tags/empty', { Tags: [] })
  assert.deepEqual((await shown('tags/empty')).Tags, [])
})

test('LastAccessedDate is absent until a value was read, then that day at midnight UTC (recorded)', async () => {
  await made('accessed')
  await shown('accessed')
  assert.ok(!('LastAccessedDate' in (await shown('accessed'))))
  await secrets.getSecretValue({ SecretId: 'accessed' })
  const { LastAccessedDate } = await shown('accessed')
  const now = server.clock.now()
  assert.equal(LastAccessedDate, (now - (now % DAY)) / 1000)
})

test('DeletedDate is there only while the deletion is pending', async () => {
  await made('leaving')
  await secrets.deleteSecret({ SecretId: 'leaving' })
  const { DeletedDate, LastChangedDate } = await shown('leaving')
  assert.equal(DeletedDate, LastChangedDate)
  await secrets.restoreSecret({ SecretId: 'leaving' })
  assert.ok(!('DeletedDate' in (await shown('leaving'))))
})

test('what belongs to rotation is there when it was configured, and goes and stays as recorded', async () => {
  const SecretId = 'rotated'
  const rotation = ['RotationEnabled', 'RotationLambdaARN', 'RotationRules', 'LastRotatedDate', 'NextRotationDate']
  const of = async () => {
    const all = await shown(SecretId)
    return Object.fromEntries(rotation.filter((name) => name in all).map((name) => [name, all[name]]))
  }
  await made(SecretId)
  assert.deepEqual(await of(), {})
  // A refused RotateSecret leaves it absent.
  const RotationRules = { AutomaticallyAfterDays: 30 }
  await refused(secrets.rotateSecret({ SecretId, RotationRules }), 'InvalidRequestException')
  assert.deepEqual(await of(), {})
  let whileRunning: Record<string, unknown> = {}
  const { answer } = rotor
  rotor.answer = async (step) => {
    if (step.Step === 'testSecret') whileRunning = await of()
    await answer(step)
  }
  const began = server.clock.now()
  await secrets.rotateSecret({ SecretId, RotationLambdaARN: functionArn, RotationRules })
  await until(async () => (await secrets.describeSecret({ SecretId })).LastRotatedDate)
  const { LastRotatedDate, NextRotationDate, ...rest } = await of()
  assert.deepEqual(rest, { RotationEnabled: true, RotationLambdaARN: functionArn, RotationRules })
  // While the first rotation runs the next date is shown, the last one is not (10.2).
  assert.deepEqual(whileRunning, { ...rest, NextRotationDate })
  assert.ok(Number(LastRotatedDate) * 1000 >= began)
  // The last second of the window: thirty days after the day of the rotation (10.3, recorded).
  assert.equal((Number(NextRotationDate) + 1) % 86_400, 0)
  assert.equal(Math.floor(Number(NextRotationDate) / 86_400) - Math.floor(Number(LastRotatedDate) / 86_400), 30)
  await secrets.cancelRotateSecret({ SecretId })
  const off = { RotationEnabled: false, RotationLambdaARN: functionArn, RotationRules }
  assert.deepEqual(await of(), off)
  await secrets.deleteSecret({ SecretId })
  assert.deepEqual(await of(), off)
  await secrets.restoreSecret({ SecretId })
  assert.deepEqual(await of(), off)
})

test('members of replication, of services and of partners are not on ordinary secrets; Type is on a partner’s', async () => {
  const ordinary = await shown('plain')
  for (const name of [
    'PrimaryRegion',
    'ReplicationStatus',
    'OwningService',
    'Type',
    'ExternalSecretRotationMetadata',
    'ExternalSecretRotationRoleArn',
  ]) {
    assert.ok(!(name in ordinary), name)
  }
  await made('partner', { Type: 'SnowflakePat' })
  assert.equal((await shown('partner')).Type, 'SnowflakePat')
})

test('times are numbers of seconds with milliseconds, LastAccessedDate a whole day', async () => {
  const { text } = await wire('DescribeSecret', { SecretId: 'accessed' })
  for (const name of ['CreatedDate', 'LastChangedDate'])
    assert.match(text, new RegExp(`"${name}":\\d{10}(\\.\\d{1,3})?[,}]`))
  assert.match(text, /"LastAccessedDate":\d+00[,}]/)
})

test('it needs its permission before existence is told, and answers by every form of the id', async () => {
  const reader = await personOf(server, { iam }, 'describer')
  const { ARN = '' } = await secrets.describeSecret({ SecretId: 'plain' })
  const describe = (SecretId: string) => reader.secrets.describeSecret({ SecretId })
  await reader.may(allow('secretsmanager:GetSecretValue'))
  for (const id of ['plain', 'none', ARN]) {
    await refused(describe(id), 'AccessDeniedException', reader.denied('DescribeSecret', id))
  }
  await reader.may(
    allow('secretsmanager:DescribeSecret', [
      'arn:aws:secretsmanager:*:*:secret:plain-??????',
      'arn:aws:secretsmanager:*:*:secret:none-*',
    ]),
  )
  for (const id of ['plain', ARN, ARN.slice(0, -7)]) assert.equal((await describe(id)).ARN, ARN)
  await refused(describe('none'), 'ResourceNotFoundException', texts.noSecret)
  await refused(describe('texts'), 'AccessDeniedException', reader.denied('DescribeSecret', 'texts'))
})
