import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, MARKED, NOT_FOUND, START, token, trial } from '../test/trial.ts'

test('GetSecretValue answers the current version by name, full ARN and partial ARN', async () => {
  await using t = await trial()
  const arn = await t.made()
  const expected = {
    ARN: arn,
    Name: 'app/db',
    VersionId: token('v1'),
    SecretString: 'one',
    VersionStages: ['AWSCURRENT'],
    CreatedDate: new Date(START),
  }
  for (const SecretId of ['app/db', arn, arn.slice(0, -7)]) {
    assert.deepEqual(await t.call('GetSecretValue', { SecretId }), expected)
  }
})

test('trap 43: a partial ARN that ends like a full one finds nothing, nor does another account, region or suffix', async () => {
  await using t = await trial()
  const arn = await t.made('db-a1b2c3')
  assert.equal((await t.call('GetSecretValue', { SecretId: 'db-a1b2c3' })).ARN, arn)
  await t.made('db-a1b2', { ClientRequestToken: token('v2') })
  const short = arn.replace(/db-.*/, 'db-a1b2')
  assert.equal((await t.call('GetSecretValue', { SecretId: short })).Name, 'db-a1b2')
  for (const SecretId of [
    arn.slice(0, -7),
    arn.replace('111122223333', '444455556666'),
    arn.replace('us-east-1', 'eu-west-1'),
    arn.replace('secretsmanager', 'ssm'),
    arn.replace(':secret:', ':thing:'),
    arn.replace('arn:aws:', 'arn:aws-cn:'),
    `${arn.slice(0, -1)}${arn.endsWith('X') ? 'Y' : 'X'}`,
    'arn:',
    `db-a1b2c3-${arn.slice(-6)}`,
    'DB-A1B2C3',
  ]) {
    await t.refused('GetSecretValue', { SecretId }, 'ResourceNotFoundException', NOT_FOUND)
  }
})

test('GetSecretValue chooses by stage, by id, and by both. Source: secretsmanager.md 8.9', async () => {
  await using t = await trial()
  await t.made()
  await t.put('v2')
  await t.put('v3', { VersionStages: ['MINE'] })
  const get = (more: object) => t.call('GetSecretValue', { SecretId: 'app/db', ...more })
  assert.equal((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString, 'one')
  assert.equal((await get({ VersionStage: 'MINE' })).VersionId, token('v3'))
  assert.equal((await get({ VersionId: token('v1') })).SecretString, 'one')
  assert.equal((await get({ VersionId: token('v2'), VersionStage: 'AWSCURRENT' })).VersionId, token('v2'))
  await t.call('UpdateSecretVersionStage', {
    SecretId: 'app/db',
    VersionStage: 'MINE',
    RemoveFromVersionId: token('v3'),
  })
  const unlabelled = await get({ VersionId: token('v3') })
  assert.equal(unlabelled.SecretString, 'value of v3')
  assert.ok(!('VersionStages' in unlabelled), 'no labels, no member')
})

test('GetSecretValue refuses what is not there, with the recorded texts', async () => {
  await using t = await trial()
  await t.made()
  const refused = (more: object, code: string, text: string) =>
    t.refused('GetSecretValue', { SecretId: 'app/db', ...more }, code, text)
  await t.refused('GetSecretValue', { SecretId: 'other' }, 'ResourceNotFoundException', NOT_FOUND)
  await refused(
    { VersionStage: 'NONE' },
    'ResourceNotFoundException',
    "Secrets Manager can't find the specified secret value for staging label: NONE",
  )
  await refused(
    { VersionId: token('v9') },
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for VersionId: ${token('v9')}`,
  )
  await refused(
    { VersionId: token('v1'), VersionStage: 'AWSPREVIOUS' },
    'InvalidRequestException',
    'You provided a VersionStage that is not associated to the provided VersionId.',
  )
  await t.call('CreateSecret', { Name: 'empty' })
  await t.refused(
    'GetSecretValue',
    { SecretId: 'empty' },
    'ResourceNotFoundException',
    "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
  )
})

test('trap 27: the empty version of a rotation is not found, whether asked by label or by id and label', async () => {
  await using t = await trial()
  await t.made()
  await t.placeholder('v2')
  const text = "Secrets Manager can't find the specified secret value for staging label: AWSPENDING"
  for (const more of [{ VersionStage: 'AWSPENDING' }, { VersionId: token('v2'), VersionStage: 'AWSPENDING' }]) {
    await t.refused('GetSecretValue', { SecretId: 'app/db', ...more }, 'ResourceNotFoundException', text)
  }
  await t.refused(
    'GetSecretValue',
    { SecretId: 'app/db', VersionId: token('v2') },
    'ResourceNotFoundException',
    /VersionId/,
  )
})

test('trap 5: a secret scheduled for deletion is refused with the sentence of the wire', async () => {
  await using t = await trial()
  await t.made()
  await t.call('DeleteSecret', { SecretId: 'app/db' })
  await t.refused('GetSecretValue', { SecretId: 'app/db' }, 'InvalidRequestException', MARKED)
})

test('trap 48: values come back byte for byte', async () => {
  await using t = await trial()
  const strings = [' \ta\r\n', '\0', 'é e\u0301 \u{1f511}', '"\\{}', 'x'.repeat(65536), '\uFEFFbom']
  for (const [n, SecretString] of strings.entries()) {
    const Name = `string/${n}`
    await t.made(Name, { SecretString, ClientRequestToken: token(`s${n}`) })
    const got = await t.call('GetSecretValue', { SecretId: Name })
    assert.equal(got.SecretString, SecretString)
    assert.ok(!('SecretBinary' in got))
  }
  const SecretBinary = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  await t.made('binary', { SecretString: undefined, SecretBinary, ClientRequestToken: token('b') })
  const got = await t.call('GetSecretValue', { SecretId: 'binary' })
  assert.deepEqual(Buffer.from(got.SecretBinary), SecretBinary)
  assert.ok(!('SecretString' in got))
})

test('trap 35: LastAccessedDate is the day of a successful read, shown at once, written later, never moved by a refusal', async () => {
  await using t = await trial()
  await t.made()
  const seen = async () => {
    const { LastAccessedDate } = await t.call('DescribeSecret', { SecretId: 'app/db' })
    const { Versions } = await t.call('ListSecretVersionIds', { SecretId: 'app/db' })
    assert.deepEqual(Versions[0].LastAccessedDate, LastAccessedDate)
    return LastAccessedDate
  }
  assert.equal(await seen(), undefined)
  await t.refused('GetSecretValue', { SecretId: 'app/db', VersionStage: 'NONE' }, 'ResourceNotFoundException')
  assert.equal(await seen(), undefined)
  await t.call('GetSecretValue', { SecretId: 'app/db' })
  assert.deepEqual(await seen(), new Date(Date.UTC(2026, 2, 15)))
  await t.service.flush(t.storage)
  t.service.reset()
  assert.deepEqual(await seen(), new Date(Date.UTC(2026, 2, 15)), 'the rows have it')
  await t.advance(DAY)
  await t.call('GetSecretValue', { SecretId: 'app/db' })
  assert.deepEqual(await seen(), new Date(Date.UTC(2026, 2, 16)))
})

test('KMS refusals come in the words of Secrets Manager. Source: secretsmanager.md 5, recorded', async () => {
  await using t = await trial()
  await t.made('app/db', { KmsKeyId: 'alias/mine' })
  const key = t.keys.arnOf('alias/mine')
  const frame = (what: string, code: string) =>
    new RegExp(
      `^Secrets Manager can't decrypt the secret value: ${key} is ${what}\\. \\(Service: AWSKMS; Status Code: 400; Error Code: ${code}; Request ID: [0-9a-f-]{36}; Proxy: null\\)$`,
    )
  t.keys.states.set(key, 'disabled')
  await t.refused('GetSecretValue', { SecretId: 'app/db' }, 'DecryptionFailure', frame('disabled', 'DisabledException'))
  assert.equal((await t.call('DescribeSecret', { SecretId: 'app/db' })).Name, 'app/db', 'metadata keeps working')
  t.keys.states.set(key, 'pending')
  await t.refused(
    'GetSecretValue',
    { SecretId: 'app/db' },
    'DecryptionFailure',
    frame('pending deletion', 'KMSInvalidStateException'),
  )
  t.keys.states.clear()
  t.keys.denied.add(`Decrypt ${key}`)
  await t.refused('GetSecretValue', { SecretId: 'app/db' }, 'AccessDeniedException', 'Access to KMS is not allowed')
})

test('GetSecretValue asks KMS once, with the ARN and the version as context, and leaves no data key behind', async () => {
  await using t = await trial()
  const arn = await t.made()
  t.keys.asked.length = 0
  await t.call('GetSecretValue', { SecretId: 'app/db' })
  const context = { SecretARN: arn, SecretVersionId: token('v1') }
  assert.deepEqual(t.keys.asked, [{ what: 'Decrypt', key: t.keys.arnOf(undefined), context }])
  for (const key of t.keys.plaintexts) assert.deepEqual(key, Buffer.alloc(32))
})

test('traps 45, 46: the target is the stored ARN, shown as the caller named it, with keys only for what was sent', async () => {
  await using t = await trial()
  const arn = await t.made('app/db', { Tags: [{ Key: 'team', Value: 'red' }] })
  const [target] = await t.targets('GetSecretValue', { SecretId: 'app/db', VersionStage: 'AWSCURRENT' })
  assert.equal(target?.resource, arn)
  assert.equal(target?.shown, 'app/db')
  assert.equal(target?.tags?.get('team'), 'red')
  assert.deepEqual(target?.context, {
    'secretsmanager:SecretId': arn,
    'secretsmanager:VersionId': undefined,
    'secretsmanager:VersionStage': 'AWSCURRENT',
  })
  const [missing] = await t.targets('GetSecretValue', { SecretId: 'nobody' })
  assert.match(missing?.resource ?? '', /^arn:aws:secretsmanager:us-east-1:111122223333:secret:nobody-[A-Za-z0-9]{6}$/)
  assert.equal(missing?.shown, 'nobody')
  const foreign = arn.replace('111122223333', '444455556666')
  const [other] = await t.targets('GetSecretValue', { SecretId: foreign })
  assert.deepEqual([other?.resource, other?.owner], [foreign, '444455556666'])
})

test('rows swapped in the database do not open', async () => {
  await using t = await trial()
  await t.made('a', { SecretString: 'value of a' })
  await t.made('b', { SecretString: 'value of b' })
  const swap = { name: 'test/swap', sql: 'update secret_version set secret = :to where secret = :from' }
  await t.storage.unit('write', async (unit) => {
    const rows = await unit.all<{ id: string }>({ name: 'test/ids', sql: 'select id from secret order by name' }, {})
    const [a, b] = rows.map(({ id }) => id) as [string, string]
    await unit.run(swap, { from: a, to: 'spare' })
    await unit.run(swap, { from: b, to: a })
    await unit.run(swap, { from: 'spare', to: b })
  })
  await t.refused('GetSecretValue', { SecretId: 'a' }, 'DecryptionFailure')
  const values = { name: 'test/values', sql: 'update secret_version set kind = :kind' }
  await t.made('c')
  await t.storage.unit('write', (unit) => unit.run(values, { kind: 'binary' }))
  await assert.rejects(t.call('GetSecretValue', { SecretId: 'c' }), { name: 'SealBroken' })
})
