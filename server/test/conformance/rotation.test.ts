import assert from 'node:assert/strict'
import { test } from 'node:test'
import mysql from 'mysql2/promise'
import { startRig } from '../../functions/test/postgres-rig.ts'
import { mariadbMissing, startMariadb } from '../mariadb.ts'
import { postgresMissing } from '../postgres.ts'
import { labelsOf, refused, session, version } from './session.ts'

/**
 * Rotation as its users see it: the unmodified SDK, a started server, real databases, the built-in functions under the names
 * that AWS publishes them by. Sources: rotation.md 1 to 4, 8; secretsmanager.md 10.
 */

const { server, secrets } = await session()
const functionArn = (name: string) => `arn:aws:lambda:us-east-1:${server.account}:function:${name}`

interface Login {
  readonly username: string
  readonly password: string
}

/** A database that knows the user `app` with the password `first`, and a superuser. */
interface Database extends AsyncDisposable {
  readonly engine: string
  readonly host: string
  readonly port: number
  readonly functions: string
  readonly superuser: Login
  accepts(login: Login): Promise<boolean>
}

async function postgres(): Promise<Database> {
  const rig = await startRig()
  await rig.sql(`create role app login password 'first'`)
  await rig.sql(`create role admin superuser login password 'of-the-superuser'`)
  return {
    engine: 'postgres',
    host: '127.0.0.1',
    port: rig.port,
    functions: 'SecretsManagerRDSPostgreSQLRotation',
    superuser: { username: 'admin', password: 'of-the-superuser' },
    accepts: ({ username, password }) => rig.accepts(username, password),
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  }
}

async function mariadb(): Promise<Database> {
  const { host, port, root, run, ...rig } = await startMariadb()
  await run(`create database shop`, `create user app@'%' identified by 'first'`, `grant all on shop.* to app@'%'`)
  return {
    engine: 'mariadb',
    host,
    port,
    functions: 'SecretsManagerRDSMariaDBRotation',
    superuser: root,
    async accepts({ username, password }) {
      try {
        await (await mysql.createConnection({ host, port, user: username, password })).end()
        return true
      } catch (error) {
        if ((error as { code?: string }).code === 'ER_ACCESS_DENIED_ERROR') return false
        throw error
      }
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  }
}

/** The login that the secret holds. */
async function current(SecretId: string, VersionStage = 'AWSCURRENT'): Promise<Login> {
  const { SecretString = '' } = await secrets.getSecretValue({ SecretId, VersionStage })
  return JSON.parse(SecretString) as Login
}

const missing = postgresMissing() ?? mariadbMissing() ?? false

for (const [name, make] of Object.entries({ postgres, mariadb })) {
  test(`${name}, single user: at once, then on schedule; the old password is refused`, { skip: missing }, async () => {
    await using database = await make()
    const { engine, host, port } = database
    const SecretId = `single/${name}`
    const first = { username: 'app', password: 'first' }
    await secrets.createSecret({
      Name: SecretId,
      ClientRequestToken: version(1),
      SecretString: JSON.stringify({ engine, host, port, ...first, note: 'stays' }),
    })
    const { VersionId } = await secrets.rotateSecret({
      SecretId,
      ClientRequestToken: version(2),
      RotationLambdaARN: functionArn(`${database.functions}SingleUser`),
      RotationRules: { AutomaticallyAfterDays: 30 },
    })
    assert.equal(VersionId, version(2))
    await server.clock.advance({ seconds: 1 })

    const second = await current(SecretId)
    assert.deepEqual({ ...second, password: '' }, { engine, host, port, username: 'app', password: '', note: 'stays' })
    assert.equal(second.password.length, 32)
    assert.deepEqual([await database.accepts(first), await database.accepts(second)], [false, true])
    assert.deepEqual(await labelsOf(secrets, SecretId), {
      [version(1)]: ['AWSPREVIOUS'],
      [version(2)]: ['AWSCURRENT', 'AWSPENDING'],
    })
    const described = await secrets.describeSecret({ SecretId })
    assert.equal(described.RotationEnabled, true)
    assert.equal(described.RotationRules?.AutomaticallyAfterDays, 30)
    assert.ok(described.LastRotatedDate && described.NextRotationDate)

    await server.clock.advance({ days: 31 })
    const third = await current(SecretId)
    assert.notEqual(third.password, second.password)
    assert.deepEqual([await database.accepts(second), await database.accepts(third)], [false, true])
    assert.equal((await current(SecretId, 'AWSPREVIOUS')).password, second.password)

    await secrets.cancelRotateSecret({ SecretId })
    await server.clock.advance({ days: 62 })
    assert.deepEqual(await current(SecretId), third)
  })

  test(`${name}, alternating users: both work after a rotation`, { skip: missing }, async () => {
    await using database = await make()
    const { engine, host, port, superuser } = database
    const login = (who: Login) => JSON.stringify({ engine, host, port, ...who })
    const { ARN: masterarn = '' } = await secrets.createSecret({
      Name: `master/${name}`,
      SecretString: login(superuser),
    })
    const SecretId = `alternating/${name}`
    const first = { username: 'app', password: 'first' }
    await secrets.createSecret({
      Name: SecretId,
      SecretString: JSON.stringify({ ...JSON.parse(login(first)), masterarn }),
    })
    await secrets.rotateSecret({
      SecretId,
      RotationLambdaARN: functionArn(`${database.functions}MultiUser`),
      RotationRules: { ScheduleExpression: 'rate(10 days)' },
    })
    await server.clock.advance({ seconds: 1 })
    const second = await current(SecretId)
    assert.equal(second.username, 'app_clone')
    assert.deepEqual([await database.accepts(first), await database.accepts(second)], [true, true])

    await server.clock.advance({ days: 11 })
    const third = await current(SecretId)
    assert.equal(third.username, 'app')
    assert.deepEqual(
      [await database.accepts(first), await database.accepts(second), await database.accepts(third)],
      [false, true, true],
    )
  })
}

test('a rotation needs the right to invoke the function, and a function that is there', async () => {
  await secrets.createSecret({ Name: 'guarded', SecretString: '{}' })
  await refused(
    secrets.rotateSecret({
      SecretId: 'guarded',
      RotationLambdaARN: functionArn('NoSuchFunction'),
      RotationRules: { AutomaticallyAfterDays: 1 },
    }),
    'AccessDeniedException',
  )
})
