import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, MARKED, NO_TOKEN, NOT_FOUND, START, token, trial } from '../test/trial.ts'

test('PutSecretValue makes a new current version and answers its labels', async () => {
  await using t = await trial()
  const ARN = await t.made()
  t.clock.set(START + 1000)
  assert.deepEqual(await t.put('v2'), { ARN, Name: 'app/db', VersionId: token('v2'), VersionStages: ['AWSCURRENT'] })
  assert.deepEqual(await t.labels(), { v1: 'AWSPREVIOUS', v2: 'AWSCURRENT' })
  const shown = await t.call('DescribeSecret', { SecretId: 'app/db' })
  assert.deepEqual(shown.LastChangedDate, new Date(START + 1000))
  assert.deepEqual(shown.CreatedDate, new Date(START))
})

test('a first version is current besides what it was asked to be. Source: secretsmanager.md 4.3', async () => {
  await using t = await trial()
  await t.call('CreateSecret', { Name: 'app/db' })
  const { VersionStages } = await t.put('v1', { VersionStages: ['AWSPENDING'] })
  assert.deepEqual(VersionStages, ['AWSCURRENT', 'AWSPENDING'])
})

test('recorded: a rotation placeholder counts as a version, so the first value of an empty secret is only pending', async () => {
  await using t = await trial()
  await t.call('CreateSecret', { Name: 'app/db' })
  await t.placeholder('v1')
  assert.deepEqual((await t.put('v1', { VersionStages: ['AWSPENDING'] })).VersionStages, ['AWSPENDING'])
  await t.call('UpdateSecretVersionStage', {
    SecretId: 'app/db',
    VersionStage: 'AWSCURRENT',
    MoveToVersionId: token('v1'),
  })
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT AWSPENDING' })
})

test('traps 12, 26: the empty version of a rotation is listed, then filled by its token', async () => {
  await using t = await trial()
  await t.made()
  await t.placeholder('v2')
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT', v2: 'AWSPENDING' })
  await t.put('v2', { VersionStages: ['AWSPENDING'] })
  const got = await t.call('GetSecretValue', { SecretId: 'app/db', VersionStage: 'AWSPENDING' })
  assert.equal(got.SecretString, 'value of v2')
  await t.refused('PutSecretValue', putOf('v2', { SecretString: 'other' }), 'ResourceExistsException')
})

const putOf = (version: string, more: object = {}) => ({
  SecretId: 'app/db',
  ClientRequestToken: token(version),
  SecretString: `value of ${version}`,
  ...more,
})

test('the rules of the request come before the secret is looked for. Source: secretsmanager.md 1.7, 1.8, 8.13', async () => {
  await using t = await trial()
  const nobody = { SecretId: 'nobody' }
  await t.refused('PutSecretValue', { ...nobody, SecretString: 's' }, 'InvalidRequestException', NO_TOKEN)
  await t.refused(
    'PutSecretValue',
    { ...nobody, ClientRequestToken: token('v1') },
    'InvalidRequestException',
    'You must provide either SecretString or SecretBinary.',
  )
  await t.refused(
    'PutSecretValue',
    putOf('v1', { SecretBinary: Buffer.from('s') }),
    'InvalidParameterException',
    "You can't specify both a binary secret value and a string secret value in the same secret.",
  )
  await t.refused('PutSecretValue', putOf('v1', nobody), 'ResourceNotFoundException', NOT_FOUND)
  await t.made()
  await t.call('DeleteSecret', { SecretId: 'app/db' })
  await t.refused('PutSecretValue', putOf('v1', { SecretString: 'other' }), 'InvalidRequestException', MARKED)
})

test('trap 10: the same token and value succeed and change nothing; another value is refused', async () => {
  await using t = await trial()
  const ARN = await t.made()
  await t.put('v2')
  await t.put('v3')
  t.clock.set(START + 1000)
  assert.deepEqual((await t.put('v2')).VersionStages, ['AWSPREVIOUS'])
  assert.deepEqual(await t.labels(), { v2: 'AWSPREVIOUS', v3: 'AWSCURRENT' })
  assert.deepEqual((await t.call('DescribeSecret', { SecretId: 'app/db' })).LastChangedDate, new Date(START))
  const text = `You can't use ClientRequestToken ${token('v2')} because that value is already in use for a version of secret ${ARN}.`
  await t.refused('PutSecretValue', putOf('v2', { SecretString: 'other' }), 'ResourceExistsException', text)
})

test('recorded: a repeated put attaches the labels it names and moves LastChangedDate', async () => {
  await using t = await trial()
  await t.made()
  await t.put('v2')
  t.clock.set(START + 1000)
  assert.deepEqual((await t.put('v2', { VersionStages: ['MINE'] })).VersionStages, ['AWSCURRENT', 'MINE'])
  assert.deepEqual((await t.call('DescribeSecret', { SecretId: 'app/db' })).LastChangedDate, new Date(START + 1000))
})

test('recorded: an unused token needs no permission to decrypt, a used one does', async () => {
  await using t = await trial()
  await t.made()
  t.keys.denied.add(`Decrypt ${t.keys.arnOf(undefined)}`)
  await t.put('v2')
  await t.refused('PutSecretValue', putOf('v2'), 'AccessDeniedException', 'Access to KMS is not allowed')
})

test('trap 11: a value that equals the current one makes a version all the same', async () => {
  await using t = await trial()
  await t.made()
  await t.put('v2', { SecretString: 'one' })
  assert.deepEqual(await t.labels(), { v1: 'AWSPREVIOUS', v2: 'AWSCURRENT' })
})

test('a secret may change between text and bytes from version to version', async () => {
  await using t = await trial()
  await t.made()
  await t.put('v2', { SecretString: undefined, SecretBinary: Buffer.from([0, 255]) })
  const got = await t.call('GetSecretValue', { SecretId: 'app/db' })
  assert.deepEqual([...got.SecretBinary], [0, 255])
  assert.equal(
    (await t.call('GetSecretValue', { SecretId: 'app/db', VersionStage: 'AWSPREVIOUS' })).SecretString,
    'one',
  )
})

test('trap 23: a version without labels stays; beyond the limit those older than a day go, oldest first', async () => {
  await using t = await trial({ secrets: 10, versions: 4 })
  await t.made()
  for (const version of ['v2', 'v3', 'v4']) {
    t.clock.set(t.clock.now() + 1)
    await t.put(version)
  }
  const ids = async () => {
    const { Versions } = await t.call('ListSecretVersionIds', { SecretId: 'app/db', IncludeDeprecated: true })
    return (Versions as { VersionId: string }[]).map(({ VersionId }) => VersionId.replace(/-+$/, ''))
  }
  await t.refused('PutSecretValue', putOf('v5'), 'LimitExceededException')
  await t.advance(DAY - 10)
  await t.refused('PutSecretValue', putOf('v5'), 'LimitExceededException')
  await t.advance(20)
  assert.deepEqual(await ids(), ['v1', 'v2', 'v3', 'v4'], 'nothing goes while there is room')
  await t.put('v5')
  assert.deepEqual(await ids(), ['v1', 'v2', 'v3', 'v4', 'v5'], 'never in the write itself')
  await t.advance(0)
  assert.deepEqual(await ids(), ['v2', 'v3', 'v4', 'v5'])
  assert.deepEqual(await t.labels(), { v4: 'AWSPREVIOUS', v5: 'AWSCURRENT' })
  await t.refused('GetSecretValue', { SecretId: 'app/db', VersionId: token('v1') }, 'ResourceNotFoundException')
})

test('labelled versions are never taken away, however old', async () => {
  await using t = await trial({ versions: 3 })
  await t.made('app/db')
  await t.put('v2', { VersionStages: ['A'] })
  await t.put('v3', { VersionStages: ['B'] })
  await t.advance(3 * DAY)
  await t.refused('PutSecretValue', putOf('v4'), 'LimitExceededException')
})

test('trap 56: the 21st label of a secret is refused and nothing changes', async () => {
  await using t = await trial()
  await t.made()
  await t.put('v2', { VersionStages: Array.from({ length: 19 }, (_, n) => `L${n}`) })
  await t.refused('PutSecretValue', putOf('v3', { VersionStages: ['L0', 'ONE', 'MORE'] }), 'LimitExceededException')
  await t.refused('GetSecretValue', { SecretId: 'app/db', VersionId: token('v3') }, 'ResourceNotFoundException')
  await t.put('v3', { VersionStages: ['L0'] })
})

test('a disabled key refuses writes with EncryptionFailure, and the secret stays as it was', async () => {
  await using t = await trial()
  await t.made('app/db', { KmsKeyId: 'alias/mine' })
  t.keys.states.set(t.keys.arnOf('alias/mine'), 'disabled')
  await t.refused(
    'PutSecretValue',
    putOf('v2'),
    'EncryptionFailure',
    /^Secrets Manager can't encrypt the secret value: /,
  )
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT' })
})

test('the value of a request is wiped after the work, a blob stays as it came', async () => {
  await using t = await trial()
  await t.made()
  const SecretBinary = Buffer.from('abc')
  await t.put('v2', { SecretString: undefined, SecretBinary })
  assert.equal(SecretBinary.toString(), 'abc', 'a unit that runs again needs it')
  for (const key of t.keys.plaintexts) assert.deepEqual(key, Buffer.alloc(32))
})
