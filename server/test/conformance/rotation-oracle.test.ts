import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Oracle } from '../../functions/test/tns/server.ts'
import { labelsOf, session, version } from './session.ts'

/**
 * Rotation on Oracle as its users see it: the unmodified SDK, a started server, the built-in functions under the names that AWS
 * publishes them by, Oracle's own driver; behind it a double of the database. Sources: rotation.md 1 to 4, 8.
 */

const { server, secrets } = await session()
const functionArn = (form: string) =>
  `arn:aws:lambda:us-east-1:${server.account}:function:SecretsManagerRDSOracleRotation${form}`

interface Login {
  readonly username: string
  readonly password: string
}

async function start(): Promise<Oracle> {
  const oracle = await Oracle.start()
  const { database } = oracle
  database.seed('APP', 'first')
  database.give('APP', { what: 'CREATE SESSION', role: false, option: false })
  database.seed('ADMIN', 'of-the-superuser')
  database.give('ADMIN', { what: 'DBA', role: true, option: false })
  return oracle
}

const placeOf = ({ port, service }: Oracle) => ({ engine: 'oracle', host: '127.0.0.1', port, dbname: service })

async function current(SecretId: string): Promise<Login> {
  const { SecretString = '' } = await secrets.getSecretValue({ SecretId })
  return JSON.parse(SecretString) as Login
}

test('single user: at once, then on schedule; the old password is refused', async () => {
  await using oracle = await start()
  const SecretId = 'single/oracle'
  await secrets.createSecret({
    Name: SecretId,
    ClientRequestToken: version(1),
    SecretString: JSON.stringify({ ...placeOf(oracle), username: 'app', password: 'first', note: 'stays' }),
  })
  await secrets.rotateSecret({
    SecretId,
    ClientRequestToken: version(2),
    RotationLambdaARN: functionArn('SingleUser'),
    RotationRules: { AutomaticallyAfterDays: 30 },
  })
  await server.clock.advance({ seconds: 1 })
  const second = await current(SecretId)
  assert.deepEqual({ ...second, password: '' }, { ...placeOf(oracle), username: 'app', password: '', note: 'stays' })
  assert.equal(second.password.length, 30)
  assert.deepEqual(
    [oracle.database.accepts('app', 'first'), oracle.database.accepts('app', second.password)],
    [false, true],
  )
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(1)]: ['AWSPREVIOUS'],
    [version(2)]: ['AWSCURRENT', 'AWSPENDING'],
  })
  await server.clock.advance({ days: 31 })
  const third = await current(SecretId)
  assert.notEqual(third.password, second.password)
  assert.ok(oracle.database.accepts('app', third.password))
  await secrets.cancelRotateSecret({ SecretId })
  await oracle.idle()
})

test('alternating users: both work after a rotation', async () => {
  await using oracle = await start()
  const { ARN: masterarn = '' } = await secrets.createSecret({
    Name: 'master/oracle',
    SecretString: JSON.stringify({ ...placeOf(oracle), username: 'admin', password: 'of-the-superuser' }),
  })
  const SecretId = 'alternating/oracle'
  await secrets.createSecret({
    Name: SecretId,
    SecretString: JSON.stringify({ ...placeOf(oracle), username: 'app', password: 'first', masterarn }),
  })
  await secrets.rotateSecret({
    SecretId,
    RotationLambdaARN: functionArn('MultiUser'),
    RotationRules: { ScheduleExpression: 'rate(10 days)' },
  })
  await server.clock.advance({ seconds: 1 })
  const second = await current(SecretId)
  const accepted = (...logins: Login[]) =>
    logins.map(({ username, password }) => oracle.database.accepts(username, password))
  const first = { username: 'app', password: 'first' }
  assert.equal(second.username, 'APP_CLONE')
  assert.deepEqual(accepted(first, second), [true, true])

  await server.clock.advance({ days: 11 })
  const third = await current(SecretId)
  assert.equal(third.username, 'APP')
  assert.deepEqual(accepted(first, second, third), [false, true, true])
  await secrets.cancelRotateSecret({ SecretId })
  await oracle.idle()
})
