import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelsOf, refused, session, texts, version } from '../session.ts'
import { personOf, refusedOnWire, withoutToken, wireOf } from './rig.ts'

/** Traps 1 to 14 of secretsmanager.md 18: errors, tokens, and what makes a version. */
const { server, ...clients } = await session()
const { secrets, kms } = clients
const wire = wireOf(server)
const nobody = await personOf(server, clients, 'nobody')
const tokenless = withoutToken(server)

test('trap 1: not found and access denied are 400, as every error of the caller', async () => {
  refusedOnWire(await wire('DescribeSecret', { SecretId: 'none' }), 'ResourceNotFoundException', texts.noSecret)
  refusedOnWire(
    await wire('DescribeSecret', { SecretId: 'none' }, { keys: nobody.credentials }),
    'AccessDeniedException',
    nobody.denied('DescribeSecret', 'none'),
  )
  const stranger = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x'.repeat(40) }
  refusedOnWire(
    await wire('ListSecrets', {}, { keys: stranger }),
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
    'message',
  )
  const answers = await Promise.all([
    wire('NoSuchOperation', {}),
    wire('ListSecrets', '{'),
    wire('GetSecretValue', {}),
    wire.send({ headers: { 'x-amz-target': 'secretsmanager.ListSecrets' } }, { sign: false }),
  ])
  for (const { status } of answers) assert.equal(status, 400)
})

test('trap 2: modelled errors say Message and never message besides; those of the framework say message', async () => {
  // `refusedOnWire` looks that no other member is there.
  await secrets.createSecret({ Name: 'trap2', SecretString: 'x', ClientRequestToken: version(1) })
  const again = await wire('CreateSecret', { Name: 'trap2', SecretString: 'y', ClientRequestToken: version(2) })
  refusedOnWire(again, 'ResourceExistsException', /^The operation failed because the secret trap2 already exists\.$/)
  refusedOnWire(await wire('RestoreSecret', { SecretId: 'none' }), 'ResourceNotFoundException', texts.noSecret)
  refusedOnWire(
    await wire('GetSecretValue', { SecretId: 'no name' }),
    'ValidationException',
    texts.invalidName,
    'message',
  )
  refusedOnWire(
    await wire('GetSecretValue', { SecretId: 7 }),
    'SerializationException',
    'NUMBER_VALUE can not be converted to a String',
    'message',
  )
  const unsigned = await wire.send({ headers: { 'x-amz-target': 'secretsmanager.ListSecrets' } }, { sign: false })
  refusedOnWire(unsigned, 'MissingAuthenticationTokenException', 'Missing Authentication Token', 'message')
})

test('trap 3: DecryptionFailure, EncryptionFailure and InternalServiceError have no suffix', async () => {
  const { KeyId = '' } = (await kms.createKey({})).KeyMetadata ?? {}
  await secrets.createSecret({ Name: 'trap3', SecretString: 'x', KmsKeyId: KeyId })
  await kms.disableKey({ KeyId })
  refusedOnWire(
    await wire('GetSecretValue', { SecretId: 'trap3' }),
    'DecryptionFailure',
    /^Secrets Manager can't decrypt the secret value: arn:\S+ is disabled\. \(Service: AWSKMS; Status Code: 400; Error Code: DisabledException; Request ID: [0-9a-f-]{36}; Proxy: null\)$/,
  )
  refusedOnWire(
    await wire('PutSecretValue', { SecretId: 'trap3', SecretString: 'y', ClientRequestToken: version(3) }),
    'EncryptionFailure',
    /^Secrets Manager can't encrypt the secret value: /,
  )
  const { operations } = server.inside.services.find(({ name }) => name === 'secretsmanager') ?? {}
  assert.ok(operations)
  for (const [name, { errors }] of Object.entries(operations)) {
    for (const code of errors)
      assert.match(code, /Exception$|^(InternalServiceError|DecryptionFailure|EncryptionFailure)$/, name)
  }
})

test('trap 4: a text is the service’s own, without what botocore puts before it', async () => {
  for (const [operation, input] of [
    ['GetSecretValue', { SecretId: 'none' }],
    ['GetSecretValue', {}],
    ['ListSecrets', { NextToken: 'garbage' }],
    ['CreateSecret', { Name: 'trap4', SecretString: 'x' }],
  ] as const) {
    const { json } = await wire(operation, input)
    assert.doesNotMatch(json.Message ?? json.message, /An error occurred|when calling/)
  }
})

test('trap 5: a secret that waits for its deletion says … because it was marked for deletion.', async () => {
  await secrets.createSecret({ Name: 'trap5', SecretString: 'x' })
  await secrets.deleteSecret({ SecretId: 'trap5' })
  refusedOnWire(
    await wire('GetSecretValue', { SecretId: 'trap5' }),
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
  )
})

test('trap 6: TagResource and UntagResource answer an empty body, DeleteResourcePolicy does not', async () => {
  const { ARN } = await secrets.createSecret({ Name: 'trap6', SecretString: 'x' })
  for (const [operation, input] of [
    ['TagResource', { SecretId: 'trap6', Tags: [{ Key: 'a', Value: 'b' }] }],
    ['UntagResource', { SecretId: 'trap6', TagKeys: ['a'] }],
  ] as const) {
    const { status, text, headers } = await wire(operation, input)
    assert.deepEqual([status, text, headers['content-length']], [200, '', '0'])
    assert.equal(headers['content-type'], 'application/x-amz-json-1.1')
  }
  const { json } = await wire('DeleteResourcePolicy', { SecretId: 'trap6' })
  assert.deepEqual(json, { ARN, Name: 'trap6' })
})

test('trap 7: nobody makes a token for a request that has none', async () => {
  await secrets.createSecret({ Name: 'trap7', SecretString: 'x', ClientRequestToken: version(1) })
  for (const ask of [
    () => tokenless.createSecret({ Name: 'trap7/new', SecretString: 'x' }),
    () => tokenless.putSecretValue({ SecretId: 'trap7', SecretString: 'y' }),
    () => tokenless.updateSecret({ SecretId: 'trap7', SecretString: 'y' }),
    // It is said before anybody looks whether there is such a secret (recorded).
    () => tokenless.putSecretValue({ SecretId: 'trap7/none', SecretString: 'y' }),
    () => tokenless.updateSecret({ SecretId: 'trap7/none', SecretString: 'y' }),
  ]) {
    await refused(ask(), 'InvalidRequestException', texts.noToken)
  }
  assert.deepEqual(await labelsOf(secrets, 'trap7'), { [version(1)]: ['AWSCURRENT'] })
  await refused(secrets.describeSecret({ SecretId: 'trap7/new' }), 'ResourceNotFoundException', texts.noSecret)
  // Without a value no version is made, and no token is missed.
  await tokenless.createSecret({ Name: 'trap7/empty' })
  await tokenless.updateSecret({ SecretId: 'trap7', Description: 'd' })
})

test('trap 8: RotateSecret misses its token with InvalidParameterException', async () => {
  for (const SecretId of ['trap7', 'trap8/none']) {
    await refused(tokenless.rotateSecret({ SecretId }), 'InvalidParameterException', texts.noToken)
  }
})

test('trap 9: a token is any 32 to 64 characters, and a version id is it, in its own case', async () => {
  const SecretId = 'trap9'
  await secrets.createSecret({ Name: SecretId, SecretString: '0', ClientRequestToken: version(0) })
  const tokens = [
    'terraform-20240101000000000000000001',
    '00000000-0000-0000-0000-000000000001',
    'ABCDEFAB-CDEF-ABCD-EFAB-CDEFABCDEFAB',
    'abcdefab-cdef-abcd-efab-cdefabcdefab',
    `${'é ✓!'.repeat(8)}`,
    'x'.repeat(64),
  ]
  for (const ClientRequestToken of tokens) {
    const SecretString = `of ${ClientRequestToken}`
    const { VersionId } = await secrets.putSecretValue({ SecretId, SecretString, ClientRequestToken })
    assert.equal(VersionId, ClientRequestToken)
  }
  for (const VersionId of tokens) {
    const read = await secrets.getSecretValue({ SecretId, VersionId })
    assert.deepEqual([read.VersionId, read.SecretString], [VersionId, `of ${VersionId}`])
  }
  for (const ClientRequestToken of ['x'.repeat(31), 'x'.repeat(65)]) {
    await refused(
      secrets.putSecretValue({ SecretId, SecretString: 'x', ClientRequestToken }),
      'ValidationException',
      /^1 validation error detected: Value 'x+' at 'clientRequestToken' failed to satisfy constraint: Member must have length /,
    )
  }
})

test('trap 10: a retry with the same token and content succeeds and changes nothing', async () => {
  const create = { Name: 'trap10', SecretString: 'one', ClientRequestToken: version(1) }
  const { ARN } = await secrets.createSecret(create)
  const put = { SecretId: 'trap10', SecretString: 'two', ClientRequestToken: version(2) }
  await secrets.putSecretValue(put)
  const update = { SecretId: 'trap10', SecretString: 'three', ClientRequestToken: version(3) }
  await secrets.updateSecret(update)
  const { $metadata: _, ...before } = await secrets.describeSecret({ SecretId: 'trap10' })
  assert.deepEqual(before.VersionIdsToStages, { [version(3)]: ['AWSCURRENT'], [version(2)]: ['AWSPREVIOUS'] })
  await server.clock.advance({ minutes: 1 })
  const answered = [
    await secrets.createSecret(create),
    await secrets.putSecretValue(put),
    await secrets.updateSecret(update),
  ]
  assert.deepEqual(
    answered.map(({ $metadata: _, ...answer }) => answer),
    [
      { ARN, Name: 'trap10', VersionId: version(1) },
      { ARN, Name: 'trap10', VersionId: version(2), VersionStages: ['AWSPREVIOUS'] },
      { ARN, Name: 'trap10', VersionId: version(3) },
    ],
  )
  const { $metadata: __, ...after } = await secrets.describeSecret({ SecretId: 'trap10' })
  assert.deepEqual(after, before)
  for (const other of [
    () => secrets.createSecret({ ...create, SecretString: 'else' }),
    () => secrets.putSecretValue({ ...put, SecretString: 'else' }),
    () => secrets.updateSecret({ ...update, SecretString: 'else' }),
  ]) {
    await refused(
      other(),
      'ResourceExistsException',
      /^You can't use ClientRequestToken version-\S+ because that value is already in use for a version of secret arn:\S+trap10-\w{6}\.$/,
    )
  }
})

test('trap 11: a value that equals the current one is a new version', async () => {
  const SecretId = 'trap11'
  await secrets.createSecret({ Name: SecretId, SecretString: 'same', ClientRequestToken: version(1) })
  await secrets.putSecretValue({ SecretId, SecretString: 'same', ClientRequestToken: version(2) })
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(2)]: ['AWSCURRENT'], [version(1)]: ['AWSPREVIOUS'] })
  await secrets.updateSecret({ SecretId, SecretString: 'same', ClientRequestToken: version(3) })
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(3)]: ['AWSCURRENT'], [version(2)]: ['AWSPREVIOUS'] })
})

test('trap 13: UpdateSecret without a value makes no version and answers no VersionId', async () => {
  const SecretId = 'trap13'
  const { KeyId } = (await kms.createKey({})).KeyMetadata ?? {}
  const { ARN } = await secrets.createSecret({ Name: SecretId, SecretString: 'x', ClientRequestToken: version(1) })
  for (const change of [{ Description: 'new' }, { KmsKeyId: KeyId }, { Description: 'both', KmsKeyId: '' }, {}]) {
    const { json } = await wire('UpdateSecret', { SecretId, ClientRequestToken: version(2), ...change })
    assert.deepEqual(json, { ARN, Name: SecretId })
  }
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(1)]: ['AWSCURRENT'] })
  const { Versions } = await secrets.listSecretVersionIds({ SecretId, IncludeDeprecated: true })
  assert.equal(Versions?.length, 1)
})

test('trap 14: CreateSecret without a value answers no VersionId', async () => {
  const { json } = await wire('CreateSecret', { Name: 'trap14', ClientRequestToken: version(1) })
  assert.deepEqual(Object.keys(json), ['ARN', 'Name'])
  const { json: described } = await wire('DescribeSecret', { SecretId: 'trap14' })
  assert.deepEqual(Object.keys(described).sort(), ['ARN', 'CreatedDate', 'LastChangedDate', 'Name'])
})
