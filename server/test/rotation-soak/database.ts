import mysql from 'mysql2/promise'
import pg from 'pg'
import { startRig } from '../../functions/test/postgres-rig.ts'
import { startMariadb } from '../mariadb.ts'

/** What the secret of a database says. */
export interface Login {
  readonly username: string
  readonly password: string
}

/** A real database with a user `app` of the password `first`, and who may do everything. */
export interface Database extends AsyncDisposable {
  readonly engine: 'postgres' | 'mariadb'
  readonly port: number
  /** The name of its functions, without the form. */
  readonly functions: string
  readonly superuser: Login
  /** Logs in and asks something; false when the password is refused. Throws anything else. */
  accepts(login: Login): Promise<boolean>
}

export async function startDatabase(engine: Database['engine']): Promise<Database> {
  return engine === 'postgres' ? postgres() : mariadb()
}

async function postgres(): Promise<Database> {
  const rig = await startRig()
  await rig.sql(`create role app login password 'first'`)
  await rig.sql(`create role admin superuser login password 'of-the-superuser'`)
  const { port } = rig
  return {
    engine: 'postgres',
    port,
    functions: 'SecretsManagerRDSPostgreSQLRotation',
    superuser: { username: 'admin', password: 'of-the-superuser' },
    async accepts({ username, password }) {
      const client = new pg.Client({ host: '127.0.0.1', port, user: username, password, database: 'postgres' })
      client.on('error', () => undefined)
      try {
        await client.connect()
        await client.query('select now()')
        return true
      } catch (error) {
        if ((error as { code?: string }).code === '28P01') return false
        throw error
      } finally {
        await client.end()
      }
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  }
}

async function mariadb(): Promise<Database> {
  const server = await startMariadb()
  await server.run(
    `create database shop`,
    `create user app@'%' identified by 'first'`,
    `grant all on shop.* to app@'%'`,
  )
  const { host, port, root } = server
  return {
    engine: 'mariadb',
    port,
    functions: 'SecretsManagerRDSMariaDBRotation',
    superuser: root,
    async accepts({ username, password }) {
      try {
        const client = await mysql.createConnection({ host, port, user: username, password, database: 'shop' })
        await client.query('select now()')
        await client.end()
        return true
      } catch (error) {
        if ((error as { code?: string }).code === 'ER_ACCESS_DENIED_ERROR') return false
        throw error
      }
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
