import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused, session, version } from '../session.ts'
import { allow, documentOf, refusedOnWire, withoutToken, wireOf } from './rig.ts'

/** Traps 47 to 51 and 53 to 56 of secretsmanager.md 18: bytes, passwords, dates, and limits. */

const { server, ...clients } = await session()
const { secrets } = clients
const wire = wireOf(server)

test('trap 47: a ValidationException never repeats what is sensitive', async () => {
  const SecretString = `needle-${'x'.repeat(65_536)}`
  const SecretBinary = Buffer.alloc(65_537, 'needle').toString('base64')
  const form = (member: string, constraint: string) =>
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`
  const tooLong = 'Member must have length less than or equal to 65536'
  const ids = {
    CreateSecret: { Name: 'trap47' },
    PutSecretValue: { SecretId: 'trap47' },
    UpdateSecret: { SecretId: 'trap47' },
  }
  for (const [operation, id] of Object.entries(ids)) {
    const token = { ...id, ClientRequestToken: version(1) }
    const asText = await wire(operation, { ...token, SecretString })
    refusedOnWire(asText, 'ValidationException', form('secretString', tooLong), 'message')
    const asBytes = await wire(operation, { ...token, SecretBinary })
    refusedOnWire(asBytes, 'ValidationException', form('secretBinary', tooLong), 'message')
    const empty = await wire(operation, { ...token, SecretString: '' })
    refusedOnWire(
      empty,
      'ValidationException',
      form('secretString', 'Member must have length greater than or equal to 1'),
      'message',
    )
  }
  const RotationToken = `${'needle'.repeat(7)} !`
  const rotating = await wire('PutSecretValue', {
    SecretId: 'trap47',
    SecretString: 'x',
    ClientRequestToken: version(1),
    RotationToken,
  })
  assert.equal(rotating.json.__type, 'ValidationException')
  assert.doesNotMatch(rotating.text, /needle/)
  assert.match(
    rotating.json.message,
    /^1 validation error detected: Value at 'rotationToken' failed to satisfy constraint: /,
  )
  // What is not sensitive is repeated.
  refusedOnWire(
    await wire('GetSecretValue', { SecretId: 'trap47', VersionId: 'AWSCURRENT' }),
    'ValidationException',
    "1 validation error detected: Value 'AWSCURRENT' at 'versionId' failed to satisfy constraint: Member must have length greater than or equal to 32",
    'message',
  )
  // Nor does the log, at its finest.
  assert.doesNotMatch(server.log(), /needle/)
})

test('trap 48: bytes come back as they went, strings too: no second base64, no trimming, no other line ends, no other form of Unicode', async () => {
  const { json: exchange } = await wire('CreateSecret', {
    Name: 'trap48/wire',
    SecretBinary: 'Zm9vdGVzdA==',
    ClientRequestToken: version(1),
  })
  assert.equal(exchange.VersionId, version(1))
  const { json } = await wire('GetSecretValue', { SecretId: 'trap48/wire' })
  assert.equal(json.SecretBinary, 'Zm9vdGVzdA==')
  assert.equal('SecretString' in json, false)
  const bytes = Uint8Array.from({ length: 256 }, (_, n) => n)
  await secrets.createSecret({ Name: 'trap48/bytes', SecretBinary: bytes })
  const read = await secrets.getSecretValue({ SecretId: 'trap48/bytes' })
  assert.deepEqual(new Uint8Array(read.SecretBinary ?? []), bytes)
  // Base64 of base64 is what the caller gave, and stays so.
  await secrets.createSecret({ Name: 'trap48/twice', SecretBinary: Buffer.from('Zm9v') })
  const twice = await secrets.getSecretValue({ SecretId: 'trap48/twice' })
  assert.equal(Buffer.from(twice.SecretBinary ?? []).toString(), 'Zm9v')
  const strings = [
    ' leading and trailing \n',
    'a\r\nb\rc\n',
    '{"a" : 1,  "a":2}',
    'e\u0301 \u00e9',
    '\u{1F511} \u0000 \u007f \u2028',
    'Zm9vdGVzdA==',
    '"quoted" \\ /',
  ]
  for (const [at, SecretString] of strings.entries()) {
    const SecretId = `trap48/${at}`
    await secrets.createSecret({ Name: SecretId, SecretString })
    assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, SecretString)
  }
})

test('trap 49: 65,536 bytes are taken and the next one is not: of UTF-8 for strings, after base64 for binaries', async () => {
  const put = (Name: string, value: { SecretString?: string; SecretBinary?: Uint8Array }) =>
    secrets.createSecret({ Name, ...value })
  await put('trap49/ascii', { SecretString: 'x'.repeat(65_536) })
  await put('trap49/umlauts', { SecretString: 'ä'.repeat(32_768) })
  await put('trap49/emoji', { SecretString: '\u{1F511}'.repeat(16_384) })
  await put('trap49/bytes', { SecretBinary: new Uint8Array(65_536) })
  for (const [at, value] of [
    { SecretString: 'x'.repeat(65_537) },
    { SecretString: `${'ä'.repeat(32_768)}x` },
    { SecretString: `${'\u{1F511}'.repeat(16_384)}x` },
    { SecretBinary: new Uint8Array(65_537) },
  ].entries())
    await refused(
      put(`trap49/over/${at}`, value),
      'ValidationException',
      /Member must have length less than or equal to 65536$/,
    )
  const { SecretString } = await secrets.getSecretValue({ SecretId: 'trap49/emoji' })
  assert.equal(SecretString, '\u{1F511}'.repeat(16_384))
})

test('trap 50: passwords have their full length whatever is excluded, each included type by default, and no order', async () => {
  const made = async (input: object) => (await secrets.getRandomPassword(input)).RandomPassword ?? ''
  const first = new Set<string>()
  for (let n = 0; n < 40; n++) {
    const password = await made({
      PasswordLength: 8,
      ExcludeCharacters: 'abcdefghijklmnopqrstuvwxyABCDEFGHIJKLMNOPQRSTUVWXY123456789',
    })
    assert.equal(password.length, 8)
    assert.match(password, /^[zZ0!-/:-@[-`{-~]{8}$/)
    for (const each of [/z/, /Z/, /0/, /[^a-zA-Z0-9]/]) assert.match(password, each)
    first.add(password.charAt(0))
  }
  // Not always the required ones at the front.
  assert.ok(first.size > 4)
  const four = new Set(
    await Promise.all(Array.from({ length: 60 }, async () => kinds(await made({ PasswordLength: 4 })))),
  )
  assert.ok(four.size > 8, [...four].join(' '))
  for (const order of four) assert.equal([...order].sort().join(''), '0Aa~')
  const loose = await made({ PasswordLength: 1, RequireEachIncludedType: false })
  assert.equal(loose.length, 1)
  await refused(
    made({ PasswordLength: 3 }),
    'InvalidParameterException',
    'Password length is too short based on the required types.',
  )
})

const kinds = (password: string) =>
  password
    .replaceAll(/[^a-zA-Z0-9]/g, '~')
    .replaceAll(/[a-z]/g, 'a')
    .replaceAll(/[A-Z]/g, 'A')
    .replaceAll(/\d/g, '0')

test('trap 51: timestamps are JSON numbers of seconds, with milliseconds as their fraction', async () => {
  const before = Date.now() / 1000 - 60
  await wire('CreateSecret', { Name: 'trap51', SecretString: 'x', ClientRequestToken: version(1) })
  await wire('GetSecretValue', { SecretId: 'trap51' })
  const { json: described } = await wire('DescribeSecret', { SecretId: 'trap51' })
  const { json: value } = await wire('GetSecretValue', { SecretId: 'trap51' })
  const { json: versions } = await wire('ListSecretVersionIds', { SecretId: 'trap51' })
  const { json: deleted } = await wire('DeleteSecret', { SecretId: 'trap51', RecoveryWindowInDays: 7 })
  const { json: gone } = await wire('DescribeSecret', { SecretId: 'trap51' })
  const times = [
    ...[described.CreatedDate, described.LastChangedDate, value.CreatedDate, versions.Versions[0].CreatedDate],
    ...[deleted.DeletionDate, gone.DeletedDate],
  ]
  for (const time of times) {
    assert.equal(typeof time, 'number')
    assert.ok(time > before && time < before + 9 * 86_400, String(time))
    assert.equal(Math.round(time * 1000) / 1000, time)
  }
  assert.equal(described.LastAccessedDate % 86_400, 0)
})

test('trap 53: every answer has a Date that is right, refusals of a wrong clock too, so that SDKs can correct theirs', async () => {
  const { headers } = await wire('ListSecrets', {})
  const told = Date.parse(String(headers.date))
  assert.ok(Math.abs(told - server.clock.now()) < 5000)
  const late = await wire.send(
    {
      headers: { 'x-amz-target': 'secretsmanager.ListSecrets', 'content-type': 'application/x-amz-json-1.1' },
      body: '{}',
    },
    { at: server.clock.now() - 3_600_000 },
  )
  assert.equal(late.json.__type, 'InvalidSignatureException')
  assert.match(
    late.json.message,
    /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/,
  )
  assert.ok(Math.abs(Date.parse(String(late.headers.date)) - server.clock.now()) < 5000)
  // An SDK whose clock is an hour late finds out by the first refusal.
  const { SecretsManager } = await import('@aws-sdk/client-secrets-manager')
  const skewed = new SecretsManager({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: server.credentials,
    systemClockOffset: -3_600_000,
  })
  assert.ok((await skewed.listSecrets({})).SecretList)
  skewed.destroy()
})

test('trap 54: GetResourcePolicy leaves ResourcePolicy out when there is none, and answers text when there is one', async () => {
  const SecretId = 'trap54'
  await secrets.createSecret({ Name: SecretId, SecretString: 'x' })
  const policy = async () => (await wire('GetResourcePolicy', { SecretId })).json
  assert.deepEqual(Object.keys(await policy()), ['ARN', 'Name'])
  const ResourcePolicy = documentOf(
    allow('secretsmanager:GetSecretValue', '*', { Principal: { AWS: `arn:aws:iam::${server.account}:root` } }),
  )
  await secrets.putResourcePolicy({ SecretId, ResourcePolicy })
  const { ResourcePolicy: shown } = await policy()
  assert.equal(typeof shown, 'string')
  assert.deepEqual(JSON.parse(shown), JSON.parse(ResourcePolicy))
  await secrets.deleteResourcePolicy({ SecretId })
  assert.deepEqual(Object.keys(await policy()), ['ARN', 'Name'])
})

test('trap 55: what is refused for good has another code than LimitExceededException, but for quotas in operations that declare it', async () => {
  const tokenless = withoutToken(server)
  const SecretId = 'trap55'
  const tags = Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: '' }))
  await secrets.createSecret({ Name: SecretId, SecretString: 'x', ClientRequestToken: version(1) })
  const move = { SecretId, VersionStage: 'AWSCURRENT' }
  for (const [ask, code] of [
    [() => secrets.tagResource({ SecretId, Tags: tags }), 'InvalidParameterException'],
    [() => secrets.tagResource({ SecretId, Tags: [{ Key: 'aws:x', Value: '' }] }), 'InvalidParameterException'],
    [() => secrets.createSecret({ Name: SecretId, SecretString: 'y' }), 'ResourceExistsException'],
    [() => tokenless.putSecretValue({ SecretId, SecretString: 'y' }), 'InvalidRequestException'],
    [() => secrets.updateSecretVersionStage({ ...move, RemoveFromVersionId: version(1) }), 'InvalidParameterException'],
    [() => secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 31 }), 'InvalidParameterException'],
    [() => secrets.createSecret({ Name: 'trap55/type', Type: 'unknown' }), 'InvalidParameterException'],
    [() => secrets.getRandomPassword({ PasswordLength: 2 }), 'InvalidParameterException'],
  ] as const)
    await refused(ask(), code)
  // The quota of tags in CreateSecret is one: it declares the code.
  const tagged = await wire('CreateSecret', { Name: 'trap55/tags', ClientRequestToken: version(1), Tags: tags })
  refusedOnWire(tagged, 'LimitExceededException', /tags/)
  await refused(secrets.describeSecret({ SecretId: 'trap55/tags' }), 'ResourceNotFoundException')
})

test('trap 56: twenty labels across all versions of a secret, not for each; the 21st is LimitExceededException and changes nothing', async () => {
  const SecretId = 'trap56'
  await secrets.createSecret({ Name: SecretId, SecretString: '1', ClientRequestToken: version(1) })
  const labels = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `label-${from + n}`)
  // AWSCURRENT and nineteen on three versions are twenty.
  await secrets.putSecretValue({
    SecretId,
    SecretString: '2',
    ClientRequestToken: version(2),
    VersionStages: labels(0, 10),
  })
  await secrets.putSecretValue({
    SecretId,
    SecretString: '3',
    ClientRequestToken: version(3),
    VersionStages: labels(10, 19),
  })
  const before = (await secrets.describeSecret({ SecretId })).VersionIdsToStages ?? {}
  assert.equal(Object.values(before).flat().length, 20)
  // By the wire: SDKs take this code for throttling and would wait.
  const more = { SecretId, SecretString: '4', ClientRequestToken: version(4) }
  for (const [operation, input] of [
    ['PutSecretValue', { ...more, VersionStages: ['one-more'] }],
    ['UpdateSecretVersionStage', { SecretId, VersionStage: 'one-more', MoveToVersionId: version(1) }],
    // A new current version makes a previous one: that is a label too.
    ['PutSecretValue', more],
    ['UpdateSecret', more],
  ] as const)
    refusedOnWire(await wire(operation, input), 'LimitExceededException', /labels/)
  assert.deepEqual((await secrets.describeSecret({ SecretId })).VersionIdsToStages, before)
  const { Versions } = await secrets.listSecretVersionIds({ SecretId, IncludeDeprecated: true })
  assert.equal(Versions?.length, 3)
  // A label that moves is none more.
  await secrets.updateSecretVersionStage({
    SecretId,
    VersionStage: 'label-0',
    MoveToVersionId: version(1),
    RemoveFromVersionId: version(2),
  })
  await secrets.putSecretValue({
    SecretId,
    SecretString: '4',
    ClientRequestToken: version(4),
    VersionStages: ['label-1'],
  })
})
