import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { labelsOf, refused, region, session, texts, version } from '../session.ts'

// CreateSecret, GetSecretValue, PutSecretValue, UpdateSecret: values, versions and labels.
// Source of answers and texts: secretsmanager.md 1.6, 1.8, 2.1, 4.3, 8.3, 8.9, 8.13, 8.21.
const { server, secrets, kms } = await session()

/** A client whose requests carry no ClientRequestToken; the SDKs otherwise make one. */
function withoutToken(): SecretsManager {
  const client = new SecretsManager({ endpoint: server.url, region, credentials: server.credentials })
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: Uint8Array }
      const { ClientRequestToken: _, ...body } = JSON.parse(new TextDecoder().decode(request.body))
      request.body = new TextEncoder().encode(JSON.stringify(body))
      return next(args)
    },
    { step: 'build', priority: 'high' },
  )
  return client
}

test('CreateSecret answers ARN, name and the token as version id', async () => {
  const ClientRequestToken = version(1)
  const created = await secrets.createSecret({ Name: 'create/plain', SecretString: '{"a":1}', ClientRequestToken })
  assert.match(created.ARN ?? '', /^arn:aws:secretsmanager:us-east-1:\d{12}:secret:create\/plain-[A-Za-z0-9]{6}$/)
  const { $metadata, ...answer } = created
  assert.deepEqual(answer, { ARN: created.ARN, Name: 'create/plain', VersionId: ClientRequestToken })
  assert.equal($metadata.httpStatusCode, 200)
})

test('CreateSecret without a value answers no version and makes none', async () => {
  const { $metadata: _, ...created } = await secrets.createSecret({ Name: 'create/empty' })
  assert.deepEqual(Object.keys(created).sort(), ['ARN', 'Name'])
  assert.equal((await secrets.describeSecret({ SecretId: 'create/empty' })).VersionIdsToStages, undefined)
  await refused(
    secrets.getSecretValue({ SecretId: 'create/empty' }),
    'ResourceNotFoundException',
    texts.noStage('AWSCURRENT'),
  )
})

test('CreateSecret is idempotent by token and content', async () => {
  const request = { Name: 'create/again', SecretString: 'one', ClientRequestToken: version(2) }
  const first = await secrets.createSecret(request)
  const { $metadata: _, ...second } = await secrets.createSecret(request)
  assert.deepEqual(second, { ARN: first.ARN, Name: 'create/again', VersionId: version(2) })
  await refused(
    secrets.createSecret({ ...request, SecretString: 'two' }),
    'ResourceExistsException',
    texts.tokenInUse(version(2), first.ARN ?? ''),
  )
  await refused(
    secrets.createSecret({ ...request, ClientRequestToken: version(3) }),
    'ResourceExistsException',
    'The operation failed because the secret create/again already exists.',
  )
})

test('CreateSecret refuses what is not a name, both values, and a missing token', async () => {
  await refused(
    secrets.createSecret({ Name: 'not a name', SecretString: 'x' }),
    'ValidationException',
    texts.invalidName,
  )
  await refused(
    secrets.createSecret({ Name: 'create/both', SecretString: 'x', SecretBinary: Buffer.from('x') }),
    'InvalidParameterException',
    /^You can.t specify both a binary secret value and a string secret value in the same secret\.$/,
  )
  const plain = withoutToken()
  await refused(
    plain.createSecret({ Name: 'create/tokenless', SecretString: 'x' }),
    'InvalidRequestException',
    texts.noToken,
  )
  plain.destroy()
})

test('a broken constraint never shows a secret value', async () => {
  await refused(
    secrets.createSecret({ Name: 'create/long', SecretBinary: Buffer.alloc(65_537) }),
    'ValidationException',
    "1 validation error detected: Value at 'secretBinary' failed to satisfy constraint: Member must have length less than or equal to 65536",
  )
})

test('values come back byte for byte: strings, binaries, the largest of both', async () => {
  const strings = ['x', ' line\r\nline\t ', 'naïve \u0000 𝄞 e\u0301', '"\\/', 'é'.repeat(32_768), 'a'.repeat(65_536)]
  for (const [at, SecretString] of strings.entries()) {
    await secrets.createSecret({ Name: `create/string-${at}`, SecretString })
    const read = await secrets.getSecretValue({ SecretId: `create/string-${at}` })
    assert.equal(read.SecretString, SecretString)
    assert.equal(read.SecretBinary, undefined)
  }
  const SecretBinary = Buffer.from(Array.from({ length: 65_536 }, (_, at) => at & 255))
  await secrets.createSecret({ Name: 'create/binary', SecretBinary })
  const read = await secrets.getSecretValue({ SecretId: 'create/binary' })
  assert.deepEqual(Buffer.from(read.SecretBinary ?? []), SecretBinary)
  assert.equal(read.SecretString, undefined)
})

test('GetSecretValue answers all members of the version, by name, ARN and partial ARN', async () => {
  const { ARN = '' } = await secrets.createSecret({
    Name: 'get/db-one',
    SecretString: 'v',
    ClientRequestToken: version(1),
  })
  for (const SecretId of ['get/db-one', ARN, ARN.slice(0, -7)]) {
    const { $metadata: _, CreatedDate, ...read } = await secrets.getSecretValue({ SecretId })
    assert.ok(CreatedDate instanceof Date)
    assert.deepEqual(read, {
      ARN,
      Name: 'get/db-one',
      VersionId: version(1),
      SecretString: 'v',
      VersionStages: ['AWSCURRENT'],
    })
  }
})

test('GetSecretValue finds no name with a suffix, no partial ARN that ends like one, and no other region', async () => {
  const { ARN = '' } = await secrets.createSecret({ Name: 'get/ends-abcdef', SecretString: 'v' })
  assert.equal((await secrets.getSecretValue({ SecretId: 'get/ends-abcdef' })).SecretString, 'v')
  const none = [ARN.slice(0, -7), ARN.split(':')[6] ?? '', ARN.replace(':us-east-1:', ':eu-west-1:'), 'get/none']
  for (const SecretId of none) {
    await refused(secrets.getSecretValue({ SecretId }), 'ResourceNotFoundException', texts.noSecret)
  }
})

test('GetSecretValue chooses by stage and id, and says what is not there', async () => {
  const SecretId = 'get/choose'
  await secrets.createSecret({ Name: SecretId, SecretString: 'one', ClientRequestToken: version(1) })
  await secrets.putSecretValue({ SecretId, SecretString: 'two', ClientRequestToken: version(2) })
  await secrets.putSecretValue({ SecretId, SecretString: 'three', ClientRequestToken: version(3) })
  const read = async (choice: { VersionId?: string; VersionStage?: string }) =>
    (await secrets.getSecretValue({ SecretId, ...choice })).SecretString
  assert.equal(await read({}), 'three')
  assert.equal(await read({ VersionStage: 'AWSPREVIOUS' }), 'two')
  assert.equal(await read({ VersionId: version(2), VersionStage: 'AWSPREVIOUS' }), 'two')
  const deprecated = await secrets.getSecretValue({ SecretId, VersionId: version(1) })
  assert.equal(deprecated.SecretString, 'one')
  assert.equal(deprecated.VersionStages, undefined)
  await refused(read({ VersionStage: 'NONE' }), 'ResourceNotFoundException', texts.noStage('NONE'))
  await refused(read({ VersionId: version(9) }), 'ResourceNotFoundException', texts.noVersion(version(9)))
  await refused(
    read({ VersionId: version(1), VersionStage: 'AWSCURRENT' }),
    'InvalidRequestException',
    'You provided a VersionStage that is not associated to the provided VersionId.',
  )
  await refused(
    read({ VersionId: 'AWSCURRENT' }),
    'ValidationException',
    "1 validation error detected: Value 'AWSCURRENT' at 'versionId' failed to satisfy constraint: Member must have length greater than or equal to 32",
  )
  await refused(secrets.getSecretValue({ SecretId: 'not a name' }), 'ValidationException', texts.invalidName)
})

test('PutSecretValue makes the new version current and the old one previous', async () => {
  const SecretId = 'put/labels'
  await secrets.createSecret({ Name: SecretId, SecretString: '1', ClientRequestToken: version(1) })
  const put = await secrets.putSecretValue({ SecretId, SecretString: '2', ClientRequestToken: version(2) })
  assert.deepEqual([put.VersionId, put.VersionStages], [version(2), ['AWSCURRENT']])
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(2)]: ['AWSCURRENT'], [version(1)]: ['AWSPREVIOUS'] })
  await secrets.putSecretValue({ SecretId, SecretString: '2', ClientRequestToken: version(3) })
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(3)]: ['AWSCURRENT'], [version(2)]: ['AWSPREVIOUS'] })
})

test('PutSecretValue moves custom labels and leaves AWSCURRENT alone (recorded, secretsmanager.md 4.3)', async () => {
  const SecretId = 'put/custom'
  await secrets.createSecret({ Name: SecretId, SecretString: '1', ClientRequestToken: version(1) })
  const put = (n: number, VersionStages: string[]) =>
    secrets.putSecretValue({ SecretId, SecretString: `${n}`, ClientRequestToken: version(n), VersionStages })
  await put(2, ['one', 'two', 'three'])
  await put(3, ['one', 'two', 'four'])
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(1)]: ['AWSCURRENT'],
    [version(2)]: ['three'],
    [version(3)]: ['four', 'one', 'two'],
  })
})

test('the first version of an empty secret is current whatever its labels', async () => {
  await secrets.createSecret({ Name: 'put/first' })
  const put = await secrets.putSecretValue({ SecretId: 'put/first', SecretString: 'x', VersionStages: ['AWSPENDING'] })
  assert.deepEqual(put.VersionStages?.toSorted(), ['AWSCURRENT', 'AWSPENDING'])
})

test('PutSecretValue is idempotent by token and content', async () => {
  const SecretId = 'put/again'
  const { ARN = '' } = await secrets.createSecret({ Name: SecretId, SecretString: '1', ClientRequestToken: version(1) })
  const again = await secrets.putSecretValue({ SecretId, SecretString: '1', ClientRequestToken: version(1) })
  assert.equal(again.VersionId, version(1))
  await refused(
    secrets.putSecretValue({ SecretId, SecretString: 'other', ClientRequestToken: version(1) }),
    'ResourceExistsException',
    texts.tokenInUse(version(1), ARN),
  )
  await refused(
    secrets.putSecretValue({ SecretId, SecretBinary: Buffer.from('1'), ClientRequestToken: version(1) }),
    'ResourceExistsException',
    texts.tokenInUse(version(1), ARN),
  )
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(1)]: ['AWSCURRENT'] })
})

test('PutSecretValue says what is missing', async () => {
  await refused(
    secrets.putSecretValue({ SecretId: 'put/none', SecretString: 'x' }),
    'ResourceNotFoundException',
    texts.noSecret,
  )
  await secrets.createSecret({ Name: 'put/nothing' })
  await refused(
    secrets.putSecretValue({ SecretId: 'put/nothing' }),
    'InvalidRequestException',
    'You must provide either SecretString or SecretBinary.',
  )
  const plain = withoutToken()
  const tokenless = plain.putSecretValue({ SecretId: 'put/none', SecretString: 'x' })
  await refused(tokenless, 'InvalidRequestException', texts.noToken)
  plain.destroy()
})

test('a secret holds at most 20 labels over all its versions', async () => {
  const SecretId = 'put/limit'
  await secrets.createSecret({ Name: SecretId, SecretString: '1' })
  const labels = (count: number, from = 0) => Array.from({ length: count }, (_, at) => `label-${from + at}`)
  await secrets.putSecretValue({ SecretId, SecretString: '2', VersionStages: labels(19) })
  const over = secrets.putSecretValue({ SecretId, SecretString: '3', VersionStages: labels(1, 19) })
  // No text: AWS's words for this quota are not known.
  await refused(over, 'LimitExceededException')
  await secrets.putSecretValue({ SecretId, SecretString: '3', VersionStages: labels(5) })
})

test('UpdateSecret with a value is a new current version', async () => {
  const SecretId = 'update/value'
  await secrets.createSecret({ Name: SecretId, SecretString: '1', ClientRequestToken: version(1) })
  const updated = await secrets.updateSecret({ SecretId, SecretString: '2', ClientRequestToken: version(2) })
  assert.equal(updated.VersionId, version(2))
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(2)]: ['AWSCURRENT'], [version(1)]: ['AWSPREVIOUS'] })
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, '2')
})

test('UpdateSecret without a value makes no version', async () => {
  const SecretId = 'update/description'
  await secrets.createSecret({
    Name: SecretId,
    SecretString: '1',
    Description: 'before',
    ClientRequestToken: version(1),
  })
  const { $metadata: _, ...updated } = await secrets.updateSecret({ SecretId, Description: 'after' })
  assert.deepEqual(Object.keys(updated).sort(), ['ARN', 'Name'])
  assert.equal((await secrets.describeSecret({ SecretId })).Description, 'after')
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(1)]: ['AWSCURRENT'] })
  await secrets.updateSecret({ SecretId, Description: '' })
  assert.equal((await secrets.describeSecret({ SecretId })).Description, undefined)
})

test('UpdateSecret on no secret answers ResourceNotFoundException', () =>
  refused(
    secrets.updateSecret({ SecretId: 'update/none', Description: 'x' }),
    'ResourceNotFoundException',
    texts.noSecret,
  ))

test('a secret under a key of one’s own needs that key: disabled, it is neither written nor read (recorded)', async () => {
  const { KeyMetadata } = await kms.createKey({})
  const { KeyId = '', Arn } = KeyMetadata ?? {}
  const SecretId = 'key/own'
  await secrets.createSecret({ Name: SecretId, SecretString: 'x', KmsKeyId: KeyId })
  assert.equal((await secrets.describeSecret({ SecretId })).KmsKeyId, KeyId)
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, 'x')
  const { Versions } = await secrets.listSecretVersionIds({ SecretId })
  assert.deepEqual(Versions?.[0]?.KmsKeyIds, [Arn])

  await kms.disableKey({ KeyId })
  const text = (verb: string) =>
    new RegExp(
      `^Secrets Manager can't ${verb} the secret value: ${Arn} is disabled\\. \\(Service: AWSKMS; Status Code: 400; Error Code: DisabledException; Request ID: [0-9a-f-]{36}; Proxy: null\\)$`,
    )
  await refused(secrets.getSecretValue({ SecretId }), 'DecryptionFailure', text('decrypt'))
  await refused(secrets.putSecretValue({ SecretId, SecretString: 'y' }), 'EncryptionFailure', text('encrypt'))
  const { Errors } = await secrets.batchGetSecretValue({ SecretIdList: [SecretId] })
  assert.equal(Errors?.[0]?.ErrorCode, 'DecryptionFailure')
  assert.equal((await secrets.describeSecret({ SecretId })).Name, SecretId)
  await refused(secrets.createSecret({ Name: 'key/none', SecretString: 'x', KmsKeyId: KeyId }), 'EncryptionFailure')
  await refused(secrets.describeSecret({ SecretId: 'key/none' }), 'ResourceNotFoundException', texts.noSecret)
  await kms.enableKey({ KeyId })
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, 'x')
})
