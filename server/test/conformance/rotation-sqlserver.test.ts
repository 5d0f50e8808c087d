import assert from 'node:assert/strict'
import { test } from 'node:test'
import { add } from '../../functions/test/tds/model.ts'
import { accepts, databaseNow, given, newDatabase, newLogin, standingOf } from '../../functions/test/tds/rig.ts'
import { SA_PASSWORD, TdsServer } from '../../functions/test/tds/server.ts'
import { selfSigned } from '../certificate.ts'
import { labelsOf, session, version } from './session.ts'

/**
 * Rotation of logins of SQL Server as its users see it: the unmodified SDK, a started server, the built-in functions, the driver
 * of SQL Server; behind it a server of TDS in small, with TLS. Sources: rotation.md 1 to 4, 8.
 */

const { server, secrets } = await session()
const functionArn = (form: string) =>
  `arn:aws:lambda:us-east-1:${server.account}:function:SecretsManagerRDSSQLServerRotation${form}User`
const certified = selfSigned()

interface Login {
  readonly username: string
  readonly password: string
}

async function current(SecretId: string): Promise<Login> {
  const { SecretString = '' } = await secrets.getSecretValue({ SecretId })
  return JSON.parse(SecretString) as Login
}

async function setUp() {
  const database = await TdsServer.start({ tls: certified })
  const shop = newDatabase(database, 'shop')
  const { sid } = newLogin(database, 'app', 'First-password1', { policy: true })
  given(shop, add(shop, { name: 'app', type: 'S', sid }), 'G', 0, 'CREATE TABLE')
  const place = {
    engine: 'sqlserver',
    host: 'localhost',
    port: database.port,
    dbname: 'shop',
    ca: certified.certificate,
  }
  const valid = ({ username, password }: Login) => accepts(database, username, password, 'shop')
  return { database, place, valid, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
}

const first = { username: 'app', password: 'First-password1' }

test('single user: at once, then on schedule; the old password is refused', async () => {
  await using rig = await setUp()
  const { database, place, valid } = rig
  const SecretId = 'single/sqlserver'
  await secrets.createSecret({
    Name: SecretId,
    ClientRequestToken: version(1),
    SecretString: JSON.stringify({ ...place, ...first, note: 'stays' }),
  })
  await secrets.rotateSecret({
    SecretId,
    ClientRequestToken: version(2),
    RotationLambdaARN: functionArn('Single'),
    RotationRules: { AutomaticallyAfterDays: 30 },
  })
  await server.clock.advance({ seconds: 1 })
  const second = await current(SecretId)
  assert.deepEqual({ ...second, password: '' }, { ...place, username: 'app', password: '', note: 'stays' })
  assert.equal(second.password.length, 32)
  assert.deepEqual([valid(first), valid(second)], [false, true])
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(1)]: ['AWSPREVIOUS'],
    [version(2)]: ['AWSCURRENT', 'AWSPENDING'],
  })
  await server.clock.advance({ days: 31 })
  const third = await current(SecretId)
  assert.deepEqual([valid(second), valid(third)], [false, true])
  assert.ok(database.attempts.every(({ secure }) => secure))
  await secrets.cancelRotateSecret({ SecretId })
  await database.idle()
})

test('alternating users: both work after a rotation, with the same rights', async () => {
  await using rig = await setUp()
  const { database, place, valid } = rig
  const { ARN: masterarn } = await secrets.createSecret({
    Name: 'master/sqlserver',
    SecretString: JSON.stringify({ ...place, username: 'sa', password: SA_PASSWORD }),
  })
  const SecretId = 'alternating/sqlserver'
  await secrets.createSecret({ Name: SecretId, SecretString: JSON.stringify({ ...place, ...first, masterarn }) })
  await secrets.rotateSecret({
    SecretId,
    RotationLambdaARN: functionArn('Multi'),
    RotationRules: { ScheduleExpression: 'rate(10 days)' },
  })
  await server.clock.advance({ seconds: 1 })
  const second = await current(SecretId)
  assert.equal(second.username, 'app_clone')
  assert.deepEqual([valid(first), valid(second)], [true, true])
  const shop = databaseNow(database, 'shop')
  assert.deepEqual(standingOf(shop, 'app_clone'), standingOf(shop, 'app'))

  await server.clock.advance({ days: 11 })
  const third = await current(SecretId)
  assert.equal(third.username, 'app')
  assert.deepEqual([valid(first), valid(second), valid(third)], [false, true, true])
  await secrets.cancelRotateSecret({ SecretId })
  await database.idle()
})

test('a database cut off in the midst of a rotation: the same version goes on later', async () => {
  await using rig = await setUp()
  const { database, place, valid } = rig
  const SecretId = 'cut/sqlserver'
  await secrets.createSecret({ Name: SecretId, SecretString: JSON.stringify({ ...place, ...first }) })
  // the password is set, and nobody hears of it
  database.hook = ({ at, text }) => (at === 'after' && text.startsWith('ALTER LOGIN') ? 'cut' : 'go')
  await secrets.rotateSecret({
    SecretId,
    ClientRequestToken: version(9),
    RotationLambdaARN: functionArn('Single'),
    RotationRules: { AutomaticallyAfterDays: 30 },
  })
  await server.clock.advance({ seconds: 1 })
  assert.deepEqual(await current(SecretId), { ...place, ...first })
  assert.equal(valid(first), false)
  database.hook = () => 'go'
  await server.clock.advance({ minutes: 3 })
  assert.equal((await labelsOf(secrets, SecretId))[version(9)]?.[0], 'AWSCURRENT')
  assert.equal(valid(await current(SecretId)), true)
  await secrets.cancelRotateSecret({ SecretId })
  await database.idle()
})
