import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelsOf, refused, session, texts, version } from '../session.ts'
import { refusedOnWire, withoutToken, wireOf } from './rig.ts'

/** UpdateSecret. Source: secretsmanager.md 8.21, 1.8, 4.3, 5. */

const { server, ...clients } = await session()
const { secrets, kms } = clients
const wire = wireOf(server)
const tokenless = withoutToken(server)

const made = (Name: string, more: object = {}) =>
  secrets.createSecret({ Name, SecretString: '1', ClientRequestToken: version(1), ...more })
const shown = async (SecretId: string) => (await wire('DescribeSecret', { SecretId })).json

test('description, key, type or nothing at all: no version, no VersionId, labels stay, LastChangedDate moves (recorded)', async () => {
  const SecretId = 'update/metadata'
  const { ARN } = await made(SecretId)
  let last = (await shown(SecretId)).LastChangedDate
  for (const change of [
    { Description: 'of it' },
    { KmsKeyId: 'alias/aws/secretsmanager' },
    { Type: 'DatadogApiKey' },
    {},
    { Description: '' },
    { KmsKeyId: '' },
  ]) {
    await server.clock.advance({ seconds: 1 })
    const { json } = await wire('UpdateSecret', { SecretId, ClientRequestToken: version(9), ...change })
    assert.deepEqual(json, { ARN, Name: SecretId })
    const now = await shown(SecretId)
    assert.ok(now.LastChangedDate > last)
    last = now.LastChangedDate
    assert.deepEqual(now.VersionIdsToStages, { [version(1)]: ['AWSCURRENT'] })
  }
  const end = await shown(SecretId)
  assert.equal(end.Type, 'DatadogApiKey')
  assert.equal('Description' in end, false)
  assert.equal('KmsKeyId' in end, false)
})

test('only what is named changes; tags and rotation can’t be named', async () => {
  const SecretId = 'update/only'
  await made(SecretId, { Description: 'stays', Tags: [{ Key: 'a', Value: '1' }] })
  await wire('UpdateSecret', {
    SecretId,
    Type: 'GitLabAccessToken',
    Tags: [],
    VersionStages: ['mine'],
    RotationRules: {},
  })
  const { Description, Tags, Type, RotationEnabled, VersionIdsToStages } = await shown(SecretId)
  assert.deepEqual(
    [Description, Tags, Type, RotationEnabled, VersionIdsToStages],
    ['stays', [{ Key: 'a', Value: '1' }], 'GitLabAccessToken', undefined, { [version(1)]: ['AWSCURRENT'] }],
  )
})

test('a value is a new current version, and its id the answer; with a description both change', async () => {
  const SecretId = 'update/value'
  const { ARN } = await made(SecretId)
  const { json } = await wire('UpdateSecret', {
    SecretId,
    SecretString: '2',
    Description: 'second',
    ClientRequestToken: version(2),
  })
  assert.deepEqual(json, { ARN, Name: SecretId, VersionId: version(2) })
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(1)]: ['AWSPREVIOUS'], [version(2)]: ['AWSCURRENT'] })
  assert.equal((await shown(SecretId)).Description, 'second')
  await secrets.updateSecret({ SecretId, SecretBinary: Buffer.from('3'), ClientRequestToken: version(3) })
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(2)]: ['AWSPREVIOUS'], [version(3)]: ['AWSCURRENT'] })
  // The first value of a secret that was made without one.
  await secrets.createSecret({ Name: 'update/empty' })
  await secrets.updateSecret({ SecretId: 'update/empty', SecretString: '1', ClientRequestToken: version(1) })
  assert.deepEqual(await labelsOf(secrets, 'update/empty'), { [version(1)]: ['AWSCURRENT'] })
})

test('a token is needed with a value alone; known, it succeeds with the same content and changes nothing (recorded, 1.8)', async () => {
  const SecretId = 'update/token'
  const { ARN = '' } = await made(SecretId)
  await refused(tokenless.updateSecret({ SecretId, SecretString: '2' }), 'InvalidRequestException', texts.noToken)
  assert.equal((await tokenless.updateSecret({ SecretId, Description: 'no token' })).VersionId, undefined)
  await secrets.updateSecret({ SecretId, SecretString: '2', ClientRequestToken: version(2) })
  const before = await shown(SecretId)
  await server.clock.advance({ seconds: 1 })
  for (const n of [1, 2]) {
    const again = await secrets.updateSecret({ SecretId, SecretString: `${n}`, ClientRequestToken: version(n) })
    assert.equal(again.VersionId, version(n))
  }
  assert.deepEqual(await shown(SecretId), before)
  await refused(
    secrets.updateSecret({ SecretId, SecretString: 'other', ClientRequestToken: version(1) }),
    'ResourceExistsException',
    texts.tokenInUse(version(1), ARN),
  )
})

test('a key that can’t be used changes nothing: not the description beside it, not the value', async () => {
  const SecretId = 'update/key'
  await made(SecretId)
  const { KeyId = '' } = (await kms.createKey({})).KeyMetadata ?? {}
  await kms.disableKey({ KeyId })
  const before = await shown(SecretId)
  const change = { SecretId, KmsKeyId: KeyId, Description: 'lost', ClientRequestToken: version(2) }
  for (const more of [{}, { SecretString: '2' }]) {
    const answer = await wire('UpdateSecret', { ...change, ...more })
    assert.equal(answer.json.__type, 'EncryptionFailure')
    assert.deepEqual(await shown(SecretId), before)
  }
  await kms.enableKey({ KeyId })
  await secrets.updateSecret(change)
  assert.equal((await shown(SecretId)).KmsKeyId, KeyId)
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, '1')
})

test('Type is reserved for known partners (13); lengths are the model’s', async () => {
  const SecretId = 'update/type'
  await made(SecretId)
  refusedOnWire(await wire('UpdateSecret', { SecretId, Type: 'Unheard' }), 'InvalidParameterException', /Type/)
  for (const [member, value] of [
    ['Description', 'x'.repeat(2049)],
    ['KmsKeyId', 'x'.repeat(2049)],
    ['Type', 'x'.repeat(257)],
  ] as const) {
    const answer = await wire('UpdateSecret', { SecretId, [member]: value })
    const path = member.charAt(0).toLowerCase() + member.slice(1)
    const text = `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: Member must have length less than or equal to ${value.length - 1}`
    refusedOnWire(answer, 'ValidationException', text, 'message')
  }
  await secrets.updateSecret({ SecretId, Description: 'x'.repeat(2048) })
})
