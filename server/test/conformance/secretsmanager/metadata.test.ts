import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused, session, texts, version } from '../session.ts'

// DescribeSecret, TagResource, UntagResource. Source: secretsmanager.md 3, 8.6, 8.19, 8.20.
const { server, secrets } = await session()

test('DescribeSecret of a plain secret shows what it has and nothing else', async () => {
  const { ARN } = await secrets.createSecret({
    Name: 'describe/plain',
    SecretString: 'x',
    ClientRequestToken: version(1),
  })
  const {
    $metadata: _,
    CreatedDate,
    LastChangedDate,
    ...rest
  } = await secrets.describeSecret({ SecretId: 'describe/plain' })
  assert.ok(CreatedDate instanceof Date && LastChangedDate instanceof Date)
  assert.deepEqual(rest, {
    ARN,
    Name: 'describe/plain',
    VersionIdsToStages: { [version(1)]: ['AWSCURRENT'] },
  })
})

test('DescribeSecret shows description, key as it was given, and tags in their order', async () => {
  await secrets.createSecret({
    Name: 'describe/full',
    SecretString: 'x',
    Description: 'of all things',
    KmsKeyId: 'alias/aws/secretsmanager',
    Tags: [
      { Key: 'z', Value: '1' },
      { Key: 'a', Value: '' },
    ],
  })
  const described = await secrets.describeSecret({ SecretId: 'describe/full' })
  assert.equal(described.Description, 'of all things')
  assert.equal(described.KmsKeyId, 'alias/aws/secretsmanager')
  assert.deepEqual(described.Tags, [
    { Key: 'z', Value: '1' },
    { Key: 'a', Value: '' },
  ])
})

test('LastAccessedDate is the UTC day of the last read of a value (recorded)', async () => {
  const SecretId = 'describe/accessed'
  await secrets.createSecret({ Name: SecretId, SecretString: 'x' })
  const accessed = async () => (await secrets.describeSecret({ SecretId })).LastAccessedDate
  assert.equal(await accessed(), undefined)
  await secrets.getSecretValue({ SecretId })
  const day = (await accessed())?.getTime() ?? 1
  const { CreatedDate } = await secrets.describeSecret({ SecretId })
  assert.equal(day % 86_400_000, 0)
  assert.equal(day, Math.floor((CreatedDate?.getTime() ?? 0) / 86_400_000) * 86_400_000)
  await server.clock.advance({ days: 2 })
  assert.equal((await accessed())?.getTime(), day)
  await secrets.getSecretValue({ SecretId })
  assert.equal((await accessed())?.getTime(), day + 2 * 86_400_000)
})

test('tags are set by key, taken off by key, and an empty list stays when the last one went (recorded)', async () => {
  const SecretId = 'tags/walk'
  await secrets.createSecret({ Name: SecretId, SecretString: 'x' })
  const tags = async () => (await secrets.describeSecret({ SecretId })).Tags
  assert.equal(await tags(), undefined)
  const { $metadata: _, ...answer } = await secrets.tagResource({
    SecretId,
    Tags: [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ],
  })
  assert.deepEqual(answer, {})
  await secrets.tagResource({ SecretId, Tags: [{ Key: 'a', Value: '3' }] })
  assert.deepEqual(await tags(), [
    { Key: 'a', Value: '3' },
    { Key: 'b', Value: '2' },
  ])
  await secrets.untagResource({ SecretId, TagKeys: ['a', 'never'] })
  assert.deepEqual(await tags(), [{ Key: 'b', Value: '2' }])
  await secrets.untagResource({ SecretId, TagKeys: ['b'] })
  assert.deepEqual(await tags(), [])
})

test('a secret created with an empty list of tags shows it (recorded)', async () => {
  await secrets.createSecret({ Name: 'tags/empty', Tags: [] })
  assert.deepEqual((await secrets.describeSecret({ SecretId: 'tags/empty' })).Tags, [])
})

test('TagResource moves LastChangedDate, UntagResource does not (recorded)', async () => {
  const SecretId = 'tags/changed'
  await secrets.createSecret({ Name: SecretId, SecretString: 'x' })
  const changed = async () => (await secrets.describeSecret({ SecretId })).LastChangedDate?.getTime() ?? 0
  const created = await changed()
  await server.clock.advance({ hours: 1 })
  await secrets.tagResource({ SecretId, Tags: [{ Key: 'a', Value: '1' }] })
  const tagged = await changed()
  assert.ok(tagged >= created + 3_600_000)
  await server.clock.advance({ hours: 1 })
  await secrets.untagResource({ SecretId, TagKeys: ['a'] })
  assert.equal(await changed(), tagged)
})

test('tags are refused with a reserved key, twice the same key, and above 50', async () => {
  const Tags = (count: number) => Array.from({ length: count }, (_, at) => ({ Key: `key-${at}`, Value: '' }))
  const SecretId = 'tags/refused'
  await secrets.createSecret({ Name: SecretId, Tags: Tags(50) })
  const tag = (Tags: { Key: string; Value: string }[]) => secrets.tagResource({ SecretId, Tags })
  // No texts: AWS's words for these are not known.
  await refused(tag([{ Key: 'aws:mine', Value: '' }]), 'InvalidParameterException')
  await refused(tag([{ Key: 'one-more', Value: '' }]), 'InvalidParameterException')
  await refused(
    secrets.createSecret({ Name: 'tags/reserved', Tags: [{ Key: 'aws:x', Value: '' }] }),
    'InvalidParameterException',
  )
  await tag([{ Key: 'key-0', Value: 'again' }])
})

test('on no secret the three answer ResourceNotFoundException, on no name ValidationException', async () => {
  for (const [SecretId, name, text] of [
    ['none', 'ResourceNotFoundException', texts.noSecret],
    ['no name', 'ValidationException', texts.invalidName],
  ] as const) {
    await refused(secrets.describeSecret({ SecretId }), name, text)
    await refused(secrets.tagResource({ SecretId, Tags: [] }), name, text)
    await refused(secrets.untagResource({ SecretId, TagKeys: [] }), name, text)
  }
})
