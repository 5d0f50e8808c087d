import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused, session, version } from '../session.ts'
import { allow, deny, personOf, wireOf } from './rig.ts'

/** Which keys encrypt values, whose permission that needs, and what KMS's refusals become: secretsmanager.md 5, row by row. */
const { server, ...clients } = await session()
const { secrets, kms } = clients
const wire = wireOf(server)
const DENIED = 'Access to KMS is not allowed'

const keyOf = async (more: Parameters<typeof kms.createKey>[0] = {}) => {
  const { KeyId = '', Arn = '' } = (await kms.createKey(more)).KeyMetadata ?? {}
  return { KeyId, Arn }
}
const made = (Name: string, KmsKeyId?: string) =>
  secrets.createSecret({
    ...{ Name, SecretString: `of ${Name}`, ClientRequestToken: version(1) },
    ...(KmsKeyId !== undefined && { KmsKeyId }),
  })
const keysOf = async (SecretId: string) => {
  const { Versions = [] } = await secrets.listSecretVersionIds({ SecretId, IncludeDeprecated: true })
  return Object.fromEntries(Versions.map(({ VersionId, KmsKeyIds }) => [VersionId, KmsKeyIds]))
}
const ALL = allow('secretsmanager:*')

test('the default key is made when it is first used, and shown as DefaultEncryptionKey', async () => {
  const aliased = async () =>
    (await kms.listAliases({})).Aliases?.find(({ AliasName }) => AliasName === 'alias/aws/secretsmanager')?.TargetKeyId
  await secrets.createSecret({ Name: 'default/empty' })
  assert.equal(await aliased(), undefined)
  await made('default/key')
  const id = await aliased()
  assert.ok(id)
  const { KeyMetadata } = await kms.describeKey({ KeyId: id })
  assert.deepEqual([KeyMetadata?.KeyManager, KeyMetadata?.KeyState], ['AWS', 'Enabled'])
  assert.deepEqual(await keysOf('default/key'), { [version(1)]: ['DefaultEncryptionKey'] })
})

test('every principal of the account uses the default key through the service, and by no other way', async () => {
  const anyone = await personOf(server, clients, 'anyone')
  await anyone.may(ALL)
  await anyone.secrets.createSecret({ Name: 'default/anyone', SecretString: 'x' })
  assert.equal((await anyone.secrets.getSecretValue({ SecretId: 'default/anyone' })).SecretString, 'x')
  await refused(
    anyone.kms.generateDataKey({ KeyId: 'alias/aws/secretsmanager', KeySpec: 'AES_256' }),
    'AccessDeniedException',
  )
})

test('a key is named by id, ARN, alias and alias ARN, and the versions show its full ARN (recorded)', async () => {
  const { KeyId, Arn } = await keyOf()
  await kms.createAlias({ AliasName: 'alias/of-secrets', TargetKeyId: KeyId })
  const alias = Arn.replace(/key\/.*/, 'alias/of-secrets')
  for (const [at, KmsKeyId] of [KeyId, Arn, 'alias/of-secrets', alias].entries()) {
    const SecretId = `named/${at}`
    await made(SecretId, KmsKeyId)
    assert.equal((await secrets.describeSecret({ SecretId })).KmsKeyId, KmsKeyId)
    assert.deepEqual(await keysOf(SecretId), { [version(1)]: [Arn] })
  }
  for (const KmsKeyId of ['alias/aws/secretsmanager', Arn.replace(/key\/.*/, 'alias/aws/secretsmanager')]) {
    const SecretId = `named/${KmsKeyId.length}`
    await made(SecretId, KmsKeyId)
    assert.equal((await secrets.describeSecret({ SecretId })).KmsKeyId, KmsKeyId)
    assert.deepEqual(await keysOf(SecretId), { [version(1)]: ['DefaultEncryptionKey'] })
  }
})

test('an empty KmsKeyId is none for CreateSecret, and the default key again for UpdateSecret', async () => {
  const { KeyId, Arn } = await keyOf()
  const SecretId = 'empty/key'
  await made(SecretId, '')
  const shown = async () => (await wire('DescribeSecret', { SecretId })).json
  assert.ok(!('KmsKeyId' in (await shown())))
  await secrets.updateSecret({ SecretId, KmsKeyId: KeyId })
  assert.equal((await shown()).KmsKeyId, KeyId)
  assert.deepEqual(await keysOf(SecretId), { [version(1)]: [Arn] })
  await secrets.updateSecret({ SecretId, KmsKeyId: '' })
  assert.ok(!('KmsKeyId' in (await shown())))
  assert.deepEqual(await keysOf(SecretId), { [version(1)]: ['DefaultEncryptionKey'] })
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, `of ${SecretId}`)
})

test('writing needs kms:GenerateDataKey of the caller, reading kms:Decrypt, and neither the other (recorded)', async () => {
  const { KeyId, Arn } = await keyOf()
  await made('caller', KeyId)
  const caller = await personOf(server, clients, 'key-caller')
  const SecretId = 'caller'
  const put = (n: number, SecretString = `${n}`) =>
    caller.secrets.putSecretValue({ SecretId, SecretString, ClientRequestToken: version(n) })
  const no = (answer: Promise<unknown>) => refused(answer, 'AccessDeniedException', DENIED)

  await caller.may(ALL)
  await no(put(2))
  await no(caller.secrets.getSecretValue({ SecretId }))
  await no(caller.secrets.updateSecret({ SecretId, SecretString: 'x' }))
  await no(caller.secrets.createSecret({ Name: 'caller/new', SecretString: 'x', KmsKeyId: KeyId }))
  const { Errors } = await caller.secrets.batchGetSecretValue({ SecretIdList: [SecretId] })
  assert.deepEqual(Errors, [{ SecretId, ErrorCode: 'AccessDeniedException', Message: DENIED }])

  await caller.may(ALL, allow('kms:GenerateDataKey', Arn), deny('kms:Decrypt'))
  assert.equal((await put(2)).VersionId, version(2))
  await caller.secrets.updateSecret({ SecretId, SecretString: '3', ClientRequestToken: version(3) })
  await no(caller.secrets.getSecretValue({ SecretId }))
  // Whether a known token means the same content is seen by opening it.
  await no(put(2))
  await no(put(2, 'other'))

  await caller.may(ALL, allow('kms:Decrypt', Arn), deny('kms:GenerateDataKey'))
  assert.equal((await caller.secrets.getSecretValue({ SecretId })).SecretString, '3')
  assert.equal((await put(2)).VersionId, version(2))
  await refused(put(2, 'other'), 'ResourceExistsException')
  await no(put(4))
})

test('an explicit deny counts for the default key too', async () => {
  await made('denied')
  const caller = await personOf(server, clients, 'key-denied')
  await caller.may(ALL, deny('kms:*'))
  await refused(caller.secrets.getSecretValue({ SecretId: 'denied' }), 'AccessDeniedException', DENIED)
  await refused(
    caller.secrets.putSecretValue({ SecretId: 'denied', SecretString: 'x' }),
    'AccessDeniedException',
    DENIED,
  )
  await refused(caller.secrets.createSecret({ Name: 'denied/new', SecretString: 'x' }), 'AccessDeniedException', DENIED)
  // What was refused has left nothing behind.
  await refused(secrets.describeSecret({ SecretId: 'denied/new' }), 'ResourceNotFoundException')
  const { Versions } = await secrets.listSecretVersionIds({ SecretId: 'denied', IncludeDeprecated: true })
  assert.equal(Versions?.length, 1)
})

test('a key that is set or changed is probed with both, also without a value', async () => {
  const { KeyId, Arn } = await keyOf()
  await made('probed')
  const caller = await personOf(server, clients, 'key-prober')
  // Source of the literal: secretsmanager.md 5.
  const probe = {
    Condition: { StringEquals: { 'kms:EncryptionContext:SecretVersionId': 'RequestToValidateKeyAccess' } },
  }
  const create = (Name: string) => caller.secrets.createSecret({ Name, KmsKeyId: KeyId })
  for (const one of ['kms:GenerateDataKey', 'kms:Decrypt']) {
    await caller.may(ALL, allow(one, Arn))
    await refused(create('probed/new'), 'AccessDeniedException', DENIED)
    await refused(caller.secrets.updateSecret({ SecretId: 'probed', KmsKeyId: KeyId }), 'AccessDeniedException', DENIED)
  }
  assert.equal((await secrets.describeSecret({ SecretId: 'probed' })).KmsKeyId, undefined)
  await refused(secrets.describeSecret({ SecretId: 'probed/new' }), 'ResourceNotFoundException')
  await caller.may(ALL, allow(['kms:GenerateDataKey', 'kms:Decrypt'], Arn, probe))
  await create('probed/new')
  await caller.secrets.updateSecret({ SecretId: 'probed', KmsKeyId: KeyId })
  assert.equal((await secrets.describeSecret({ SecretId: 'probed' })).KmsKeyId, KeyId)
})

test('KMS is called in the caller’s name by the service, with the secret and the version as context', async () => {
  const { KeyId, Arn } = await keyOf()
  const { ARN = '' } = await made('context', KeyId)
  const caller = await personOf(server, clients, 'key-context')
  const SecretId = 'context'
  const read = () => caller.secrets.getSecretValue({ SecretId })
  const conditions = {
    'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com',
    'kms:CallerAccount': server.account,
    'kms:EncryptionContext:SecretARN': ARN,
    'kms:EncryptionContext:SecretVersionId': version(1),
  }
  for (const [name, value] of Object.entries(conditions)) {
    const allowing = (it: string) => allow('kms:Decrypt', Arn, { Condition: { StringEquals: { [name]: it } } })
    await caller.may(ALL, allowing(value))
    assert.equal((await read()).SecretString, 'of context', name)
    await caller.may(ALL, allowing(`${value}x`))
    await refused(read(), 'AccessDeniedException', DENIED)
  }
})

test('another key takes the labelled versions along if the caller may encrypt with it; else new versions alone', async () => {
  const [old, next] = [await keyOf(), await keyOf()]
  const caller = await personOf(server, clients, 'key-changer')
  const secretOf = async (SecretId: string) => {
    await made(SecretId, old.KeyId)
    const put = (n: number, more = {}) =>
      secrets.putSecretValue({ SecretId, SecretString: `${n}`, ClientRequestToken: version(n), ...more })
    for (const n of [2, 3]) await put(n)
    await put(4, { VersionStages: ['AWSPENDING'] })
    await put(5, { VersionStages: ['mine'] })
  }
  const both = ['kms:GenerateDataKey', 'kms:Decrypt']
  await secretOf('moved')
  await caller.may(ALL, allow(both, old.Arn), allow([...both, 'kms:Encrypt'], next.Arn))
  await caller.secrets.updateSecret({ SecretId: 'moved', KmsKeyId: next.KeyId })
  // Only AWSCURRENT, AWSPENDING and AWSPREVIOUS: not what is deprecated or has labels of one's own.
  assert.deepEqual(await keysOf('moved'), {
    [version(1)]: [old.Arn],
    [version(2)]: [next.Arn],
    [version(3)]: [next.Arn],
    [version(4)]: [next.Arn],
    [version(5)]: [old.Arn],
  })
  await kms.disableKey({ KeyId: old.KeyId })
  for (const n of [2, 3, 4]) {
    assert.equal((await secrets.getSecretValue({ SecretId: 'moved', VersionId: version(n) })).SecretString, `${n}`)
  }
  await refused(secrets.getSecretValue({ SecretId: 'moved', VersionId: version(1) }), 'DecryptionFailure')
  await kms.enableKey({ KeyId: old.KeyId })

  await secretOf('stays')
  await caller.may(ALL, allow(both, old.Arn), allow(both, next.Arn))
  await caller.secrets.updateSecret({ SecretId: 'stays', KmsKeyId: next.KeyId })
  assert.equal((await secrets.describeSecret({ SecretId: 'stays' })).KmsKeyId, next.KeyId)
  await caller.secrets.putSecretValue({ SecretId: 'stays', SecretString: '6', ClientRequestToken: version(6) })
  const keys = await keysOf('stays')
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map((n) => keys[version(n)]?.[0]),
    [...Array(5).fill(old.Arn), next.Arn],
  )
  assert.equal((await secrets.getSecretValue({ SecretId: 'stays', VersionStage: 'AWSPREVIOUS' })).SecretString, '3')
})

test('what shows no value and writes none needs no key', async () => {
  const { KeyId } = await keyOf()
  const SecretId = 'no-key'
  await made(SecretId, KeyId)
  const caller = await personOf(server, clients, 'key-less')
  await caller.may(ALL, deny('kms:*'))
  const own = caller.secrets
  const ResourcePolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [allow('secretsmanager:GetSecretValue', '*', { Principal: { AWS: caller.arn } })],
  })
  await own.createSecret({ Name: 'no-key/new' })
  await own.describeSecret({ SecretId })
  await own.listSecrets({})
  await own.listSecretVersionIds({ SecretId })
  await own.tagResource({ SecretId, Tags: [{ Key: 'a', Value: 'b' }] })
  await own.untagResource({ SecretId, TagKeys: ['a'] })
  await own.putResourcePolicy({ SecretId, ResourcePolicy })
  await own.getResourcePolicy({ SecretId })
  await own.deleteResourcePolicy({ SecretId })
  await own.updateSecret({ SecretId, Description: 'd' })
  await own.updateSecretVersionStage({ SecretId, VersionStage: 'mine', MoveToVersionId: version(1) })
  await own.cancelRotateSecret({ SecretId })
  await own.deleteSecret({ SecretId })
  await own.restoreSecret({ SecretId })
})

test('an asymmetric key, a signing key and no key at all are refused, and nothing is left behind', async () => {
  const { KeyId } = await keyOf({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  await refused(
    made('asymmetric', KeyId),
    'InvalidParameterException',
    'Cannot generate a data key with an asymmetric KMS key',
  )
  await refused(
    secrets.createSecret({ Name: 'asymmetric', KmsKeyId: KeyId }),
    'InvalidParameterException',
    'Cannot generate a data key with an asymmetric KMS key',
  )
  const none = '00000000-0000-0000-0000-000000000000'
  for (const KmsKeyId of [none, 'alias/none', `arn:aws:kms:us-east-1:${server.account}:key/${none}`]) {
    await refused(
      made('missing', KmsKeyId),
      'EncryptionFailure',
      /^Secrets Manager can't encrypt the secret value: .*\(Service: AWSKMS; Status Code: 400; Error Code: NotFoundException; Request ID: [0-9a-f-]{36}; Proxy: null\)$/,
    )
  }
  for (const SecretId of ['asymmetric', 'missing']) {
    await refused(secrets.describeSecret({ SecretId }), 'ResourceNotFoundException')
  }
})

test('a key that is disabled or goes stops writing and reading in AWS’s frame, and nothing else (recorded)', async () => {
  const frame = (verb: string, arn: string, state: string, code: string) =>
    new RegExp(
      `^Secrets Manager can't ${verb} the secret value: ${arn} is ${state}\\. \\(Service: AWSKMS; Status Code: 400; Error Code: ${code}; Request ID: [0-9a-f-]{36}; Proxy: null\\)$`,
    )
  for (const [SecretId, state, code] of [
    ['off', 'disabled', 'DisabledException'],
    ['going', 'pending deletion', 'KMSInvalidStateException'],
  ] as const) {
    const { KeyId, Arn } = await keyOf()
    await made(SecretId, KeyId)
    if (state === 'disabled') await kms.disableKey({ KeyId })
    else await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    const written = frame('encrypt', Arn, state, code)
    await refused(secrets.putSecretValue({ SecretId, SecretString: 'y' }), 'EncryptionFailure', written)
    await refused(secrets.updateSecret({ SecretId, SecretString: 'y' }), 'EncryptionFailure', written)
    await refused(secrets.updateSecret({ SecretId, KmsKeyId: KeyId }), 'EncryptionFailure', written)
    await refused(made(`${SecretId}/new`, KeyId), 'EncryptionFailure', written)
    await refused(secrets.getSecretValue({ SecretId }), 'DecryptionFailure', frame('decrypt', Arn, state, code))
    const { Errors } = await secrets.batchGetSecretValue({ SecretIdList: [SecretId] })
    assert.equal(Errors?.[0]?.ErrorCode, 'DecryptionFailure')
    await secrets.describeSecret({ SecretId })
    await secrets.updateSecret({ SecretId, Description: 'still here' })
    await secrets.tagResource({ SecretId, Tags: [{ Key: 'a', Value: 'b' }] })
    assert.equal((await secrets.listSecretVersionIds({ SecretId })).Versions?.length, 1)
    // Another key saves what is written from now on.
    await secrets.updateSecret({ SecretId, KmsKeyId: '', SecretString: 'new', ClientRequestToken: version(2) })
    assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, 'new')
  }
})

test('values of up to 65,536 bytes come back byte for byte; a string need not be JSON, and is not touched', async () => {
  const strings = [
    'a'.repeat(65_536),
    'é'.repeat(32_768),
    '🔑'.repeat(16_384),
    ' \n\r\n\t',
    '\u0000',
    'e\u0301 é',
    '{"a":',
  ]
  for (const [at, SecretString] of strings.entries()) {
    await secrets.createSecret({ Name: `value/${at}`, SecretString })
    const { json } = await wire('GetSecretValue', { SecretId: `value/${at}` })
    assert.equal(json.SecretString, SecretString)
    assert.ok(!('SecretBinary' in json))
  }
  const SecretBinary = Uint8Array.from({ length: 65_536 }, (_, at) => at & 255)
  await secrets.createSecret({ Name: 'value/binary', SecretBinary })
  const { json } = await wire('GetSecretValue', { SecretId: 'value/binary' })
  assert.equal(json.SecretBinary, Buffer.from(SecretBinary).toString('base64'))
  assert.ok(!('SecretString' in json))
  const over = { SecretString: 'a'.repeat(65_537), bytes: 'é'.repeat(32_769), many: '🔑'.repeat(16_385) }
  for (const SecretString of Object.values(over)) {
    await refused(
      secrets.createSecret({ Name: 'value/over', SecretString }),
      'ValidationException',
      "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536",
    )
  }
  await refused(
    secrets.createSecret({ Name: 'value/over', SecretBinary: new Uint8Array(65_537) }),
    'ValidationException',
    "1 validation error detected: Value at 'secretBinary' failed to satisfy constraint: Member must have length less than or equal to 65536",
  )
  for (const value of [{ SecretString: '' }, { SecretBinary: new Uint8Array() }]) {
    await refused(
      secrets.createSecret({ Name: 'value/over', ...value }),
      'ValidationException',
      /^1 validation error detected: Value at 'secret(String|Binary)' failed to satisfy constraint: Member must have length greater than or equal to 1$/,
    )
  }
})
