import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelsOf, refused, session, texts, version } from '../session.ts'
import { allow, deny, personOf, refusedOnWire, withoutToken, wireOf } from './rig.ts'

/** PutSecretValue. Source: secretsmanager.md 8.13, 1.8, 4.3, 5. */

const { server, ...clients } = await session()
const { secrets } = clients
const wire = wireOf(server)
const tokenless = withoutToken(server)

const made = (Name: string) => secrets.createSecret({ Name, SecretString: '1', ClientRequestToken: version(1) })
const put = (SecretId: string, n: number, more: { VersionStages?: string[]; SecretString?: string } = {}) =>
  secrets.putSecretValue({ SecretId, SecretString: `${n}`, ClientRequestToken: version(n), ...more })
const changed = async (SecretId: string) => (await secrets.describeSecret({ SecretId })).LastChangedDate?.getTime() ?? 0

test('the answer has ARN, name, the token as version id and the labels of that version, and nothing else', async () => {
  const { ARN } = await made('put/answer')
  const plain = await wire('PutSecretValue', {
    SecretId: 'put/answer',
    SecretString: '2',
    ClientRequestToken: version(2),
  })
  assert.deepEqual(plain.json, {
    ARN,
    Name: 'put/answer',
    VersionId: version(2),
    VersionStages: ['AWSCURRENT'],
  })
  const labelled = await put('put/answer', 3, { VersionStages: ['b', 'a'] })
  assert.deepEqual(labelled.VersionStages?.toSorted(), ['a', 'b'])
  // By ARN, and by the ARN without its suffix.
  for (const [at, SecretId] of [ARN ?? '', ARN?.slice(0, -7) ?? ''].entries())
    assert.equal((await put(SecretId, 4 + at)).Name, 'put/answer')
})

test('a token of any characters becomes the version id, in its own case; without one there is no version (1.8)', async () => {
  const SecretId = 'put/tokens'
  await secrets.createSecret({ Name: SecretId })
  const tokens = [
    'AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE',
    'terraform-20240101000000000000000001',
    'ä !"§$%&/()=?`*#>|<;:,.-_'.padEnd(40, '~'),
  ]
  for (const ClientRequestToken of tokens) {
    const { VersionId } = await secrets.putSecretValue({
      SecretId,
      SecretString: ClientRequestToken,
      ClientRequestToken,
    })
    assert.equal(VersionId, ClientRequestToken)
    assert.equal((await secrets.getSecretValue({ SecretId, VersionId })).SecretString, ClientRequestToken)
  }
  await refused(
    secrets.getSecretValue({ SecretId, VersionId: tokens[0]?.toLowerCase() }),
    'ResourceNotFoundException',
    texts.noVersion(tokens[0]?.toLowerCase() ?? ''),
  )
  await refused(tokenless.putSecretValue({ SecretId, SecretString: 'x' }), 'InvalidRequestException', texts.noToken)
  for (const [ClientRequestToken, limit] of [
    ['x'.repeat(31), 'greater than or equal to 32'],
    ['x'.repeat(65), 'less than or equal to 64'],
  ] as const)
    await refused(
      secrets.putSecretValue({ SecretId, SecretString: 'x', ClientRequestToken }),
      'ValidationException',
      `1 validation error detected: Value '${ClientRequestToken}' at 'clientRequestToken' failed to satisfy constraint: Member must have length ${limit}`,
    )
  assert.equal((await secrets.listSecretVersionIds({ SecretId, IncludeDeprecated: true })).Versions?.length, 3)
})

test('the same token: with the same content a success that only adds labels, with other content refused (recorded, 1.8)', async () => {
  const SecretId = 'put/again'
  const { ARN = '' } = await made(SecretId)
  await put(SecretId, 2)
  const before = await changed(SecretId)
  await server.clock.advance({ minutes: 1 })
  assert.deepEqual((await put(SecretId, 2)).VersionStages, ['AWSCURRENT'])
  assert.equal(await changed(SecretId), before)
  // The one that is previous now answers its own labels and does not become current again.
  assert.deepEqual((await put(SecretId, 1)).VersionStages, ['AWSPREVIOUS'])
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, '2')
  // Labels that it names are added, and that is a change.
  assert.deepEqual((await put(SecretId, 1, { VersionStages: ['mine'] })).VersionStages?.toSorted(), [
    'AWSPREVIOUS',
    'mine',
  ])
  assert.ok((await changed(SecretId)) > before)
  const { SecretString: _, ...rest } = { SecretId, SecretString: '1', ClientRequestToken: version(1) }
  const other = [{ SecretString: 'other' }, { SecretBinary: Buffer.from('1') }]
  for (const value of other)
    await refused(
      secrets.putSecretValue({ ...rest, ...value }),
      'ResourceExistsException',
      texts.tokenInUse(version(1), ARN),
    )
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(1)]: ['AWSPREVIOUS', 'mine'],
    [version(2)]: ['AWSCURRENT'],
  })
})

test('an unused token makes a version even of the very value that is current; every put moves LastChangedDate', async () => {
  const SecretId = 'put/same'
  await made(SecretId)
  let last = await changed(SecretId)
  for (const n of [2, 3, 4]) {
    await server.clock.advance({ seconds: 1 })
    await put(SecretId, n, { SecretString: '1' })
    const now = await changed(SecretId)
    assert.ok(now > last)
    last = now
  }
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(3)]: ['AWSPREVIOUS'], [version(4)]: ['AWSCURRENT'] })
})

test('string and binary take turns, version by version', async () => {
  const SecretId = 'put/kinds'
  await made(SecretId)
  await secrets.putSecretValue({ SecretId, SecretBinary: Buffer.from('1'), ClientRequestToken: version(2) })
  const binary = await secrets.getSecretValue({ SecretId })
  assert.deepEqual([binary.SecretString, Buffer.from(binary.SecretBinary ?? []).toString()], [undefined, '1'])
  await put(SecretId, 3)
  const text = await secrets.getSecretValue({ SecretId })
  assert.deepEqual([text.SecretString, text.SecretBinary], ['3', undefined])
})

test('a RotationToken belongs to a rotation that runs: nobody writes with one that is over or invented (rotation.md 6)', async () => {
  await made('put/token')
  const RotationToken = 'a'.repeat(36)
  const answer = secrets.putSecretValue({ SecretId: 'put/token', SecretString: 'x', RotationToken })
  await refused(answer, 'AccessDeniedException')
  assert.equal((await secrets.getSecretValue({ SecretId: 'put/token' })).SecretString, '1')
})

test('the 101st version of a day is refused with LimitExceededException, and nothing of it is left', {
  timeout: 60_000,
}, async () => {
  const SecretId = 'put/many'
  await made(SecretId)
  for (let n = 2; n <= 100; n++) await put(SecretId, n)
  const over = await wire('PutSecretValue', { SecretId, SecretString: 'x', ClientRequestToken: version(101) })
  refusedOnWire(over, 'LimitExceededException', /versions/)
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, '100')
  // A token that is known makes none, and is answered.
  assert.equal((await put(SecretId, 100)).VersionId, version(100))
  await server.clock.advance({ hours: 25 })
  assert.equal((await put(SecretId, 101)).VersionId, version(101))
})

test('who may not write is refused by name; who may not use the key is refused by KMS’s sentence; nothing is written', async () => {
  const person = await personOf(server, clients, 'writer')
  const SecretId = 'put/denied'
  await made(SecretId)
  const write = () => person.secrets.putSecretValue({ SecretId, SecretString: 'x', ClientRequestToken: version(2) })
  await refused(write(), 'AccessDeniedException', person.denied('PutSecretValue', SecretId))
  await person.may(allow('secretsmanager:*'), deny('kms:GenerateDataKey'))
  await refused(write(), 'AccessDeniedException', 'Access to KMS is not allowed')
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(1)]: ['AWSCURRENT'] })
  // Recorded: an unused token needs no kms:Decrypt; a known one does, to compare.
  await person.may(allow('secretsmanager:*'), deny('kms:Decrypt'))
  assert.equal((await write()).VersionId, version(2))
  await refused(write(), 'AccessDeniedException', 'Access to KMS is not allowed')
})
