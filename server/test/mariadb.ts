import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import mysql from 'mysql2/promise'
import { GuardedServer, makeHome, onFreePort, owner, writeOwned } from './guarded-server.ts'

/** A real MariaDB server of one's own, gone when it is disposed of or when the test process dies in any way. */
export interface Mariadb extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Who may do everything: over TCP from this machine. */
  readonly root: { readonly username: string; readonly password: string }
  /** Runs statements as root, over the server's socket; answers the rows of the last one, as objects. */
  run(...statements: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Stops the server at once, as a crash does; `start` brings it back with the same data on the same port. */
  stop(): Promise<void>
  start(): Promise<void>
}

const PROGRAMS = ['/usr/sbin/mariadbd', '/usr/bin/mariadb-install-db'] as const
/**
 * Why there is no MariaDB to test with; undefined when there is one. Says so loudly, and in CI it is an error:
 * `test('…', { skip: mariadbMissing() ?? false }, …)`.
 */
export function mariadbMissing(): string | undefined {
  if (PROGRAMS.every(existsSync)) return undefined
  const reason = "no MariaDB: Debian's mariadb-server is not installed"
  if (process.env.CI === 'true') throw new Error(reason)
  process.stderr.write(`\n*** SKIPPED: ${reason}\n\n`)
  return reason
}

/** What a server may be given beside its settings. */
export interface MariadbOptions {
  /** Lines of the section [mariadbd]: `{ sql_mode: 'ANSI_QUOTES' }`. */
  readonly settings?: Readonly<Record<string, string>>
  /** In PEM. Without it the server has no TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string }
}

/** Starts one. It listens on 127.0.0.1 and 127.0.0.2. Throws when there is none (see `mariadbMissing`). */
export async function startMariadb(options: MariadbOptions = {}): Promise<Mariadb> {
  const home = makeHome('strongroom-mariadb-')
  const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', HOME: home, TMPDIR: home }
  const data = join(home, 'data')
  const password = randomBytes(24).toString('base64url')
  const socket = join(home, 'socket')
  // small redo logs and buffers: a test needs little, and the disk is shared
  const small = ['--innodb-log-file-size=4M', '--innodb-buffer-pool-size=8M', '--innodb-flush-log-at-trx-commit=0']
  await promisify(execFile)(
    PROGRAMS[1],
    [
      '--no-defaults',
      `--datadir=${data}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
      ...small,
    ],
    { env, cwd: home, ...owner },
  )
  const init = join(home, 'init.sql')
  const write = (name: string, content: string) => writeOwned(home, name, content)
  // what is in a file is not seen in the list of processes; and nobody can log in as root without the password
  write(
    'init.sql',
    [
      `SET sql_mode = 'NO_BACKSLASH_ESCAPES';`,
      `CREATE USER IF NOT EXISTS root@'127.%' IDENTIFIED BY '${password}';`,
      `GRANT ALL PRIVILEGES ON *.* TO root@'127.%' WITH GRANT OPTION;`,
      `DROP USER IF EXISTS root@'127.0.0.1', root@'::1';`,
      `ALTER USER root@localhost IDENTIFIED BY '${password}';`,
    ].join('\n'),
  )
  const tls =
    options.tls === undefined
      ? []
      : [
          `--ssl-cert=${write('certificate.pem', options.tls.certificate)}`,
          `--ssl-key=${write('key.pem', options.tls.key)}`,
        ]
  const settings = Object.entries(options.settings ?? {}).map(([name, value]) => `--${name}=${value}`)

  const server = new GuardedServer({ home, env, signal: 'KILL', judge })
  const listen = async (port: number): Promise<void> => {
    const flags = [
      '--no-defaults',
      `--datadir=${data}`,
      `--socket=${socket}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1,127.0.0.2',
      `--pid-file=${join(home, 'pid')}`,
      `--tmpdir=${home}`,
      '--skip-name-resolve',
      '--max-connections=200',
      '--max-connect-errors=1000000',
      ...small,
      '--innodb-temp-data-file-path=ibtmp1:1M:autoextend',
      `--init-file=${init}`,
      ...tls,
      ...settings,
    ]
    await server.start([PROGRAMS[0], ...flags])
  }

  const { port } = await onFreePort(listen).catch(async (error: unknown) => {
    await rm(home, { recursive: true, force: true })
    throw error
  })
  const root = { username: 'root', password }
  return {
    host: '127.0.0.1',
    port,
    root,
    async run(...statements) {
      const client = await mysql.createConnection({ socketPath: socket, user: root.username, password })
      try {
        let rows: unknown = []
        for (const statement of statements) rows = (await client.query(statement))[0]
        return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : []
      } finally {
        await client.end()
      }
    },
    stop: () => server.end('keep'),
    start: () => listen(port),
    async [Symbol.asyncDispose]() {
      await server.end('remove')
      await rm(home, { recursive: true, force: true })
    },
  }
}

function judge(said: string): 'ready' | Error | undefined {
  if (said.includes('ready for connections')) return 'ready'
  return said.includes('[ERROR] Aborting') ? new Error(`MariaDB does not start: ${said}`) : undefined
}
