import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@redis/client'

/** A real Redis server of one's own, gone when it is disposed of or when the test process dies in any way. */
export interface Redis extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Who may do everything. */
  readonly root: { readonly username: string; readonly password: string }
  /** Runs a command as root. Throws what the server says. */
  run(...args: readonly (string | Buffer)[]): Promise<unknown>
  /** Whether the server lets this user in with this password. */
  accepts(username: string, password: string): Promise<boolean>
  /** The lines of its file of users, if it has one. */
  users(): Promise<string>
  /** Stops the server at once, as a crash does; `start` brings it back on the same port, with what its files say. */
  stop(): Promise<void>
  start(): Promise<void>
}

const PROGRAM = '/usr/bin/redis-server'
/** Not as root: there it runs as nobody. */
const NOBODY = 65_534
const asRoot = process.getuid?.() === 0
const owner = asRoot ? { uid: NOBODY, gid: NOBODY } : {}

/**
 * Why there is no Redis to test with; undefined when there is one. Says so loudly, and in CI it is an error:
 * `test('…', { skip: redisMissing() ?? false }, …)`.
 */
export function redisMissing(): string | undefined {
  if (existsSync(PROGRAM)) return undefined
  const reason = "no Redis: Debian's redis-server is not installed"
  if (process.env.CI === 'true') throw new Error(reason)
  process.stderr.write(`\n*** SKIPPED: ${reason}\n\n`)
  return reason
}

// Ends the server when its input ends: the test process closes it, or dies and so closes it. The files go too, unless
// it was told to keep them. The first argument is their directory.
const GUARD =
  'home=$1; shift; "$@" & server=$!; read word; kill -KILL $server; wait $server; [ "$word" = keep ] || rm -rf "$home"'

/** What a server may be given beside its settings. */
export interface RedisOptions {
  /** Lines of its configuration: `{ 'rename-command': 'ACL ""' }`. */
  readonly settings?: Readonly<Record<string, string>>
  /** It keeps users in a file; by default in memory only. */
  readonly userFile?: boolean
  /** It has one password (`requirepass`) and no user root. */
  readonly onePassword?: boolean
  /** In PEM. It speaks TLS and nothing else then. */
  readonly tls?: { readonly certificate: string; readonly key: string }
}

/** Starts one. It listens on 127.0.0.1 and 127.0.0.2. Throws when there is none (see `redisMissing`). */
export async function startRedis(options: RedisOptions = {}): Promise<Redis> {
  const home = mkdtempSync(join(tmpdir(), 'strongroom-redis-'))
  if (asRoot) chownSync(home, NOBODY, NOBODY)
  const write = (name: string, content: string) => {
    const file = join(home, name)
    writeFileSync(file, content, { mode: 0o600 })
    if (asRoot) chownSync(file, NOBODY, NOBODY)
    return file
  }
  const password = randomBytes(24).toString('base64url')
  const { settings = {}, userFile = false, onePassword = false, tls } = options
  const root = { username: onePassword ? 'default' : 'root', password }
  const userLines = [`user default off`, `user root on >${password} ~* &* +@all`]
  const configure = (port: number): string => {
    const lines = [
      'bind 127.0.0.1 127.0.0.2',
      'save ""',
      `dir ${home}`,
      'enable-debug-command no',
      ...(tls === undefined
        ? [`port ${port}`]
        : [
            'port 0',
            `tls-port ${port}`,
            `tls-cert-file ${write('certificate.pem', tls.certificate)}`,
            `tls-key-file ${write('key.pem', tls.key)}`,
            'tls-auth-clients no',
          ]),
      ...(onePassword ? [`requirepass ${password}`] : userFile ? [`aclfile ${join(home, 'users.acl')}`] : userLines),
      ...Object.entries(settings).map(([name, value]) => `${name} ${value}`),
    ]
    // what is in a file is not seen in the list of processes
    return write('redis.conf', `${lines.join('\n')}\n`)
  }
  if (userFile) write('users.acl', `${userLines.join('\n')}\n`)

  let server: ChildProcess | undefined
  const listen = async (port: number): Promise<void> => {
    const child = spawn('/bin/sh', ['-c', GUARD, 'sh', home, PROGRAM, configure(port)], {
      env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', HOME: home },
      cwd: home,
      stdio: ['pipe', 'pipe', 'ignore'],
      ...owner,
    })
    server = child
    try {
      await ready(child)
    } catch (error) {
      // the guard of a server that never came up would wait for us, and we for it
      await end('keep')
      throw error
    }
  }
  const end = async (word: string): Promise<void> => {
    const child = server
    server = undefined
    if (child === undefined || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.stdin?.end(`${word}\n`)
    await ended
  }

  let port = await freePort()
  try {
    await listen(port).catch(async (error: unknown) => {
      if (!(error instanceof PortTaken)) throw error
      port = await freePort()
      await listen(port)
    })
  } catch (error) {
    await rm(home, { recursive: true, force: true })
    throw error
  }
  const login = async (username: string, secret: string) => {
    const client = createClient({
      RESP: 2,
      username,
      password: secret,
      disableClientInfo: true,
      socket: {
        host: '127.0.0.1',
        port,
        reconnectStrategy: false,
        ...(tls === undefined ? {} : { tls: true, ca: tls.certificate }),
      },
    })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  return {
    host: '127.0.0.1',
    get port() {
      return port
    },
    root,
    async run(...args) {
      const client = await login(root.username, root.password)
      try {
        return await client.sendCommand([...args])
      } finally {
        client.destroy()
      }
    },
    async accepts(username, secret) {
      try {
        ;(await login(username, secret)).destroy()
        return true
      } catch (error) {
        if (error instanceof Error && error.message.startsWith('WRONGPASS')) return false
        throw error
      }
    },
    users: () => readFile(join(home, 'users.acl'), 'utf8'),
    stop: () => end('keep'),
    start: () => listen(port),
    async [Symbol.asyncDispose]() {
      await end('remove')
      await rm(home, { recursive: true, force: true })
    },
  }
}

class PortTaken extends Error {}

/** A port that nobody had a moment ago: to Redis 0 means none. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Settles when the server takes connections; rejects with what it said when it ends before. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000)
      if (said.includes('Ready to accept connections')) resolve()
      else if (said.includes('Address already in use')) reject(new PortTaken())
      else if (/FATAL|Aborting|exiting/i.test(said)) reject(new Error(`Redis does not start: ${said}`))
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`Redis does not start: ${said}`)))
  })
}
