import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { type Draft, jsonDraft, refusalOf, signed, unsigned } from './client.ts'
import { bytesCanary, canaryText, found, textCanary } from './needles.ts'
import { goodKinds } from './kinds-story.ts'
import { Story } from './story.ts'
import { element, open, type Who } from './world.ts'

/**
 * Issue 2: the database file and its WAL contain no plaintext of a canary value, nor do logs, audit, metrics, errors.
 * Everything that holds a secret is done here once well and in many ways badly, then every place is searched.
 */

const token = (n: number) => `version-0000-0000-0000-${String(n).padStart(12, '0')}`

test('the search finds a canary in every form in which it may have been written', () => {
  const text = canaryText()
  const bytes = randomBytes(32)
  const canaries = [textCanary('text', text), bytesCanary('bytes', bytes)]
  const holds = (content: string | Buffer) => found(canaries, 'here', content).length > 0
  for (const place of [
    text,
    `{"a":"x${text}y"}`,
    Buffer.from(`x${text}`).toString('base64'),
    Buffer.from(`xy${text}z`).toString('base64'),
    Buffer.from(`xyz${text}`).toString('base64url'),
    Buffer.from(text).toString('hex'),
    Buffer.from(text, 'utf16le'),
    Buffer.from(text, 'utf16le').swap16(),
    Buffer.concat([randomBytes(7), bytes, randomBytes(7)]),
    `[${Buffer.concat([randomBytes(3), bytes]).toString('base64')}]`,
    JSON.stringify(bytes),
    bytes.toString('hex').toUpperCase(),
  ]) {
    assert.ok(holds(place), String(place))
  }
  assert.ok(!holds(randomBytes(4096)))
})

/** Every way in which a secret's value goes well. */
async function goodSecrets(story: Story): Promise<void> {
  const password = `"é\\\n\u2028${story.text('SecretString of CreateSecret')}"😀`
  await story.well('secretsmanager:CreateSecret', {
    Name: 'app/db',
    ClientRequestToken: token(1),
    SecretString: JSON.stringify({ username: 'admin', password }),
    Description: 'controlcontrolcontrol',
  })
  await story.well('secretsmanager:CreateSecret', {
    Name: 'app/binary',
    ClientRequestToken: token(1),
    SecretBinary: story.bytes('SecretBinary of CreateSecret', 100),
  })
  const again = story.text('SecretString of PutSecretValue')
  await story.well('secretsmanager:PutSecretValue', {
    SecretId: 'app/db',
    ClientRequestToken: token(2),
    SecretString: again,
  })
  // The same once more: the service decrypts the stored value to compare it.
  await story.well('secretsmanager:PutSecretValue', {
    SecretId: 'app/db',
    ClientRequestToken: token(2),
    SecretString: again,
  })
  await story.well('secretsmanager:UpdateSecret', {
    SecretId: 'app/db',
    ClientRequestToken: token(3),
    SecretString: story.text('SecretString of UpdateSecret').repeat(1000),
  })
  await story.well('secretsmanager:UpdateSecret', {
    SecretId: 'app/binary',
    ClientRequestToken: token(3),
    SecretBinary: Buffer.concat([story.bytes('SecretBinary of UpdateSecret'), randomBytes(30_000)]),
  })
  const { KeyMetadata } = JSON.parse(await story.well('kms:CreateKey', {})) as { KeyMetadata: { KeyId: string } }
  // Another key: every version is opened and encrypted again.
  await story.well('secretsmanager:UpdateSecret', { SecretId: 'app/db', KmsKeyId: KeyMetadata.KeyId })
  await story.reveal('secretsmanager:GetSecretValue', { SecretId: 'app/db' })
  await story.reveal('secretsmanager:GetSecretValue', { SecretId: 'app/db', VersionStage: 'AWSPREVIOUS' })
  await story.reveal('secretsmanager:GetSecretValue', { SecretId: 'app/binary' })
  await story.reveal('secretsmanager:BatchGetSecretValue', { SecretIdList: ['app/db', 'app/binary'] })
  for (const action of ['DescribeSecret', 'ListSecretVersionIds']) {
    await story.well(`secretsmanager:${action}`, { SecretId: 'app/db' })
  }
  await story.well('secretsmanager:ListSecrets', {})
  const { RandomPassword } = JSON.parse(
    await story.reveal('secretsmanager:GetRandomPassword', { PasswordLength: 64, ExcludePunctuation: true }),
  ) as { RandomPassword: string }
  story.canaries.push(textCanary('RandomPassword', RandomPassword))
}

/** Parameters of every type and tier, and values that are refused. */
async function parameters(story: Story, app: Who): Promise<void> {
  const put = 'ssm:PutParameter'
  for (const Type of ['String', 'StringList', 'SecureString']) {
    for (const Tier of ['Standard', 'Advanced']) {
      const Name = `/app/${Type}/${Tier}`
      await story.well(put, { Name, Type, Tier, Value: story.text(`${Type}, ${Tier}`) })
      await story.well(put, { Name, Overwrite: true, Value: story.text(`${Type}, ${Tier}, again`) })
      await story.reveal('ssm:GetParameter', { Name, WithDecryption: true })
    }
  }
  const Name = '/app/SecureString/Standard'
  await story.reveal('ssm:GetParameters', { Names: [Name, '/app/String/Standard'], WithDecryption: true })
  await story.reveal('ssm:GetParametersByPath', { Path: '/app', Recursive: true, WithDecryption: true })
  await story.reveal('ssm:GetParameterHistory', { Name, WithDecryption: true })
  await story.well('ssm:GetParameter', { Name })
  await story.well('ssm:DescribeParameters', {})
  // Values that a job looks at and that expire at once, with their events; secrets under the names of parameters.
  const image = { Name: 'image', Type: 'String', DataType: 'aws:ec2:image' }
  await story.well(put, { ...image, Value: story.text('value that is no image') })
  const over = { Type: 'Expiration', Version: '1.0', Attributes: { Timestamp: '2020-01-01T00:00:00Z' } }
  const expiring = { Name: 'over', Type: 'SecureString', Tier: 'Advanced', Policies: JSON.stringify([over]) }
  await story.well(put, { ...expiring, Value: story.text('value that has expired') })
  await story.well(put, { Name: 'over', Type: 'String', Value: story.text('value of a name that had expired') })
  const reference = '/aws/reference/secretsmanager/app/db'
  await story.reveal('ssm:GetParameter', { Name: `${reference}:AWSCURRENT`, WithDecryption: true })
  await story.reveal('ssm:GetParameters', { Names: [reference], WithDecryption: true })
  await story.badly('ValidationException', 'ssm:GetParameter', { Name: reference })
  await story.badly('ParameterAlreadyExists', put, { Name, Type: 'String', Value: story.text('value of a name taken') })
  const more = { Name: 'bad', Type: 'String' }
  await story.badly('ValidationException', put, { ...more, Name: 'b b', Value: story.text('value beside a bad name') })
  await story.badly('ValidationException', put, { ...more, Value: story.text('a long value').repeat(300) })
  await story.badly('ParameterPatternMismatchException', put, {
    ...more,
    AllowedPattern: 'x',
    Value: story.text('value that does not match'),
  })
  await story.badly('AccessDeniedException', put, { ...more, Value: story.text('value of nobody') }, app)
  // AWS’s text repeats the value to the one who sent it: log and trail must not. Source: parameterstore.md 3.1.
  const nested = await story.world.call(story.world.entry(put), { ...more, Value: `{{${story.text('nested')}}}` })
  assert.equal(refusalOf(nested).code, 'ValidationException')
}

/** Plaintexts, data keys and access keys. */
async function goodKeys(story: Story): Promise<Who> {
  const { KeyMetadata } = JSON.parse(await story.well('kms:CreateKey', {})) as { KeyMetadata: { KeyId: string } }
  const { KeyId } = KeyMetadata
  const sealed = JSON.parse(
    await story.well('kms:Encrypt', { KeyId, Plaintext: story.bytes('Plaintext of Encrypt', 64) }),
  ) as { CiphertextBlob: string }
  await story.reveal('kms:Decrypt', { CiphertextBlob: Buffer.from(sealed.CiphertextBlob, 'base64') })
  const data = JSON.parse(await story.reveal('kms:GenerateDataKey', { KeyId, KeySpec: 'AES_256' })) as {
    Plaintext: string
  }
  story.canaries.push(bytesCanary('data key', Buffer.from(data.Plaintext, 'base64')))
  await story.well('iam:CreateUser', { UserName: 'app' })
  const made = await story.reveal('iam:CreateAccessKey', { UserName: 'app' })
  const secretAccessKey = element(made, 'SecretAccessKey')
  story.canaries.push(textCanary('secret of an access key', secretAccessKey))
  for (const who of ['root', 'nobody'] as const) {
    const { credentials } = story.world[who]
    story.canaries.push(textCanary(`secret of the access key of ${who}`, credentials.secretAccessKey))
  }
  await story.well('iam:ListAccessKeys', { UserName: 'app' })
  return {
    credentials: { accessKeyId: element(made, 'AccessKeyId'), secretAccessKey },
    identity: {},
  }
}

/** Values that are refused: too long, of the wrong type, in broken JSON, denied, of a key that may not be used. */
async function badSecrets(story: Story, app: Who): Promise<void> {
  const create = 'secretsmanager:CreateSecret'
  const put = 'secretsmanager:PutSecretValue'
  const SecretId = 'app/db'
  await story.badly('ValidationException', create, {
    Name: 'long',
    SecretString: story.text('SecretString that is too long').repeat(2500),
  })
  const versions = (value: string) => [{ VersionId: token(2), SecretString: value }]
  await story.badly('ValidationException', 'strongroom:ImportSecret', {
    Name: 'long',
    Versions: versions(story.text('SecretString of ImportSecret that is too long').repeat(2500)),
  })
  await story.badly('ResourceExistsException', 'strongroom:ImportSecret', {
    Name: SecretId,
    Versions: versions(story.text('SecretString of ImportSecret for a name that is taken')),
  })
  await story.well('strongroom:ImportSecret', {
    Name: 'imported',
    Versions: versions(story.text('SecretString of ImportSecret')),
  })
  await story.badly('ValidationException', put, {
    SecretId,
    SecretBinary: Buffer.concat([story.bytes('SecretBinary that is too long'), randomBytes(66_000)]),
  })
  await story.badly('ValidationException', put, { SecretId, RotationToken: `${story.text('RotationToken')}!` })
  await story.badly('ValidationException', create, { Name: 'b b', SecretString: story.text('value beside a bad name') })
  await story.badly('InvalidRequestException', put, { SecretId, SecretString: story.text('value without a token') })
  await story.badly('InvalidParameterException', put, {
    SecretId,
    ClientRequestToken: token(9),
    SecretString: story.text('string beside a binary'),
    SecretBinary: story.bytes('binary beside a string'),
  })
  await story.badly('ResourceExistsException', put, {
    SecretId,
    ClientRequestToken: token(2),
    SecretString: story.text('value for a token that is taken'),
  })
  await story.badly('ResourceExistsException', create, {
    Name: SecretId,
    ClientRequestToken: token(8),
    SecretString: story.text('value for a name that is taken'),
  })
  await story.badly('ResourceNotFoundException', put, {
    SecretId: 'gone',
    ClientRequestToken: token(8),
    SecretString: story.text('value for a secret that is gone'),
  })
  const value = { SecretId, ClientRequestToken: token(8) }
  await story.badly('AccessDeniedException', put, { ...value, SecretString: story.text('value of a denied call') }, app)
  for (const wrap of [(text: string) => [text], (text: string) => ({ [text]: text })]) {
    await story.badly('SerializationException', put, { ...value, SecretString: wrap(story.text('of the wrong type')) })
  }
  await story.badly('SerializationException', put, { ...value, SecretBinary: `${story.text('not base64')}!` })
  await story.badly('InvalidRequestException', put, { ...value, Password: story.text('unknown member') })
  for (const body of [
    `{"SecretId":"a","SecretString":"${story.text('unfinished JSON')}`,
    `{"SecretString":"${story.text('JSON with a comma')}",}`,
    `{"SecretString":${story.text('JSON without quotes')}}`,
    `"${story.text('JSON that is a text')}"`,
    story.text('no JSON'),
    `{"SecretString":"\\ud800${story.text('lone surrogate')}"}`,
    Buffer.from(`{"SecretString":"\xff${story.text('bad UTF-8')}"}`, 'latin1'),
    `{"SecretString":"${story.text('control character')}\n"}`,
  ]) {
    await story.raw('SerializationException', put, body)
  }
  const { KeyMetadata } = JSON.parse(await story.well('kms:CreateKey', {})) as { KeyMetadata: { KeyId: string } }
  const { KeyId } = KeyMetadata
  await story.well(create, {
    Name: 'shut',
    ClientRequestToken: token(1),
    KmsKeyId: KeyId,
    SecretString: story.text('value under a key that is disabled later'),
  })
  await story.well('kms:DisableKey', { KeyId })
  await story.badly('DecryptionFailure', 'secretsmanager:GetSecretValue', { SecretId: 'shut' })
  await story.badly('EncryptionFailure', put, {
    SecretId: 'shut',
    ClientRequestToken: token(2),
    SecretString: story.text('value under a disabled key'),
  })
  await story.badly('DisabledException', 'kms:Encrypt', { KeyId, Plaintext: story.bytes('plaintext, key disabled') })
  await story.badly('ValidationException', 'kms:Encrypt', {
    KeyId,
    Plaintext: Buffer.concat([story.bytes('plaintext that is too long'), randomBytes(5000)]),
  })
  await story.badly('SerializationException', 'kms:Encrypt', { KeyId, Plaintext: [story.text('plaintext, no text')] })
  await story.badly('NotFoundException', 'kms:Encrypt', {
    KeyId: '00000000-0000-4000-8000-000000000000',
    Plaintext: story.bytes('plaintext, key gone'),
  })
  await story.badly('AccessDeniedException', 'kms:Encrypt', { KeyId, Plaintext: story.bytes('plaintext, denied') }, app)
}

/** Passwords of the master users of registered databases: kept by the server, taken over, given back, refused. */
async function databases(story: Story): Promise<void> {
  const DBInstanceIdentifier = 'shop'
  const tag = [{ Key: 'strongroom:host', Value: 'controlcontrolcontrol' }]
  const wanted = { DBInstanceClass: 'db.x', Engine: 'postgres', MasterUsername: 'admin', Tags: tag }
  const created = (id: string, label: string) => ({
    ...wanted,
    DBInstanceIdentifier: id,
    MasterUserPassword: story.text(label),
  })
  await story.well('rds:CreateDBInstance', created(DBInstanceIdentifier, 'password of a database'))
  await story.well('rds:CreateDBInstance', {
    ...created('kept', 'password that the server keeps'),
    ManageMasterUserPassword: true,
  })
  await story.well('rds:ModifyDBInstance', { DBInstanceIdentifier, ManageMasterUserPassword: true })
  await story.badly(
    'DBInstanceAlreadyExists',
    'rds:CreateDBInstance',
    created('kept', 'password of a name that is taken'),
  )
  await story.badly('InvalidParameterValue', 'rds:CreateDBInstance', {
    ...created('other', 'password'),
    MasterUserPassword: `${story.text('password with a blank')} `,
  })
  await story.badly('InvalidParameterCombination', 'rds:ModifyDBInstance', {
    DBInstanceIdentifier,
    ...{ ManageMasterUserPassword: true, MasterUserPassword: story.text('password beside the management') },
  })
  await story.badly('InvalidDBInstanceState', 'rds:ModifyDBInstance', {
    DBInstanceIdentifier,
    ...{ ManageMasterUserPassword: false, MasterUserPassword: story.text('password that is chosen too early') },
  })
  const denied = created('denied', 'password in a call that is denied')
  await story.badly('AccessDenied', 'rds:CreateDBInstance', denied, story.world.nobody)
  await story.well('rds:DescribeDBInstances', {})
  await story.well('rds:DeleteDBInstance', { DBInstanceIdentifier })
}

/** Values in requests that are not believed, or not even read. */
async function unbelieved(story: Story): Promise<void> {
  const { world } = story
  const { service, name } = world.entry('secretsmanager:CreateSecret')
  const draft = (label: string): Draft => jsonDraft(service, name, `{"SecretString":"${story.text(label)}"}`)
  const { port } = world.server
  story.refused('MissingAuthenticationTokenException', await world.send(unsigned(port, draft('value, unsigned'))))
  const signing = { credentials: world.root.credentials, service: 'secretsmanager', at: world.server.clock.now() }
  const wrong = { ...signing.credentials, secretAccessKey: 'x'.repeat(40) }
  const badly = signed(port, draft('value, badly signed'), { ...signing, credentials: wrong })
  story.refused('InvalidSignatureException', await world.send(badly))
  const basic = unsigned(port, draft('value beside a password'))
  const authorization = `Basic ${Buffer.from(`user:${story.text('password of Basic')}`).toString('base64')}`
  story.refused(
    'IncompleteSignatureException',
    await world.send({ ...basic, headers: { ...basic.headers, authorization } }),
  )
  const bearer = `AWS4-HMAC-SHA256 ${story.text('a token that somebody sent to the wrong place')}`
  story.refused(
    'IncompleteSignatureException',
    await world.send({ ...basic, headers: { ...basic.headers, authorization: bearer } }),
  )
}

/** The store fails at the last moment: the error that reaches the log must not hold what was to be written. */
async function brokenStore(story: Story): Promise<void> {
  const { directory = '' } = story.world.server
  const db = new DatabaseSync(join(directory, 'strongroom.db'), { timeout: 5000 })
  const fail = (table: string) =>
    db.exec(`create trigger broken_${table} before insert on ${table} begin select raise(abort, 'disk on fire'); end`)
  try {
    for (const table of ['secret_version', 'secret_stage', 'audit_outbox']) {
      fail(table)
      await story.badly('InternalFailure', 'secretsmanager:PutSecretValue', {
        SecretId: 'app/db',
        ClientRequestToken: token(20),
        SecretString: story.text(`value, ${table} broken`),
      })
      db.exec(`drop trigger broken_${table}`)
    }
  } finally {
    db.close()
  }
}

test('no place but the answers that reveal it holds a secret value, key or password', async () => {
  await using world = await open()
  const story = new Story(world)
  await goodSecrets(story)
  const app = await goodKeys(story)
  await goodKinds(story)
  await badSecrets(story, app)
  await parameters(story, app)
  await databases(story)
  await unbelieved(story)
  await brokenStore(story)
  await story.well('secretsmanager:DeleteSecret', { SecretId: 'app/binary', ForceDeleteWithoutRecovery: true })
  const { canaries, answers } = story
  assert.ok(canaries.length > 40, `${canaries.length} canaries`)

  const trail = await world.records()
  assert.ok(trail.length > 60, `${trail.length} records`)
  const { directory = '', url } = world.server
  const metrics = await (await fetch(`${url}/metrics`)).text()
  assert.match(metrics, /CreateSecret/)
  const health = await (await fetch(`${url}/_strongroom/health`)).text()
  const log = world.server.log()
  assert.match(log, /disk on fire/)
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  const names = files.map(({ name }) => name)
  for (const name of ['strongroom.db', 'strongroom.db-wal', 'strongroom.db-shm', 'audit.db', 'audit.db-wal']) {
    assert.ok(names.includes(name), `${name} in ${names.join(' ')}`)
  }
  const contents = new Map(files.map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name))]))
  // What is no secret is there: the search looks in the right places.
  const control = [textCanary('control', 'controlcontrolcontrol')]
  const holding = [...contents].flatMap(([name, content]) => found(control, name, content))
  assert.ok(
    holding.some((place) => place.includes('strongroom.db')),
    holding.join(),
  )
  assert.ok(
    holding.some((place) => place.includes('audit.db')),
    holding.join(),
  )

  assert.deepEqual(
    [
      ...[...contents].flatMap(([name, content]) => found(canaries, name, content)),
      ...found(canaries, 'the log', log),
      ...found(canaries, 'the trail', JSON.stringify(trail)),
      ...found(canaries, 'the metrics', metrics),
      ...found(canaries, 'the health', health),
      ...answers.flatMap((answer) => found(canaries, `the answer ${answer.slice(0, 200)}`, answer)),
    ],
    [],
  )
})
