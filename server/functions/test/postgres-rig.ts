import { rmSync } from 'node:fs'
import pg from 'pg'
import { makeHome, onFreePort, writeOwned } from '../../test/guarded-server.ts'
import { startPostgres } from '../../test/postgres.ts'

/** A PostgreSQL that asks for passwords on TCP, as a database to rotate has to. */
export interface Rig extends AsyncDisposable {
  readonly port: number
  /** A superuser without a password, by the socket. */
  sql(text: string): Promise<pg.QueryResult>
  /** Whether a login over TCP works. */
  accepts(user: string, password: string): Promise<boolean>
  stop(): Promise<void>
  start(): Promise<void>
}

interface Options {
  readonly tls?: { readonly certificate: string; readonly key: string }
  readonly hba?: readonly string[]
  readonly settings?: Readonly<Record<string, string>>
}

export async function startRig({ tls, hba, settings }: Options = {}): Promise<Rig> {
  const home = makeHome('strongroom-rotation-')
  const owned = (name: string, text: string) => writeOwned(home, name, text)
  const rules = ['local all all trust', ...(hba ?? ['host all all 127.0.0.1/32 scram-sha-256'])]
  const { port, started: server } = await onFreePort((port) =>
    startPostgres({
      listen_addresses: '127.0.0.1',
      port: String(port),
      hba_file: owned('pg_hba.conf', `${rules.join('\n')}\n`),
      ...(tls === undefined
        ? {}
        : { ssl: 'on', ssl_cert_file: owned('cert.pem', tls.certificate), ssl_key_file: owned('key.pem', tls.key) }),
      ...settings,
    }),
  )
  const url = await server.database()
  return {
    port,
    async sql(text) {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      try {
        return await client.query(text)
      } finally {
        await client.end()
      }
    },
    async accepts(user, password) {
      const client = new pg.Client({
        host: '127.0.0.1',
        port,
        user,
        password,
        database: 'postgres',
        ssl: tls === undefined ? false : { ca: tls.certificate },
      })
      try {
        await client.connect()
        await client.end()
        return true
      } catch (error) {
        if ((error as { code?: string }).code === '28P01') return false
        throw error
      }
    },
    stop: () => server.stop(),
    start: () => server.start(),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      rmSync(home, { recursive: true, force: true })
    },
  }
}
