import { test } from 'node:test'
import mysql from 'mysql2/promise'
import { startRig } from '../../functions/test/postgres-rig.ts'
import { mariadbMissing, startMariadb } from '../mariadb.ts'
import { postgresMissing } from '../postgres.ts'
import { type Database, rotates } from './rotation-journey.ts'
import { refused, session } from './session.ts'

/**
 * Rotation as its users see it: the unmodified SDK, a started server, real databases, the built-in functions under the names
 * that AWS publishes them by. Sources: rotation.md 1 to 4, 8; secretsmanager.md 10.
 */

const served = await session()
const { server, secrets } = served
const functionArn = (name: string) => `arn:aws:lambda:us-east-1:${server.account}:function:${name}`

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

const missing = postgresMissing() ?? mariadbMissing() ?? false

for (const [name, make] of Object.entries({ postgres, mariadb })) rotates(served, name, make, missing)

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
