import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@redis/client'
import { GuardedServer, makeHome, onFreePort, writeOwned } from './guarded-server.ts'

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
  /** Takes its directory away from under it: what it wants to write there fails. */
  loseFiles(): Promise<void>
  /** Stops the server at once, as a crash does; `start` brings it back on the same port, with what its files say. */
  stop(): Promise<void>
  start(): Promise<void>
}

const PROGRAM = '/usr/bin/redis-server'

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
  const home = makeHome('strongroom-redis-')
  const write = (name: string, content: string) => writeOwned(home, name, content)
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

  const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', HOME: home }
  const server = new GuardedServer({ home, env, signal: 'KILL', judge })
  // it logs to its output, and the guard listens to where errors are told
  const listen = (port: number) => server.start(['/bin/sh', '-c', 'exec "$@" >&2', 'sh', PROGRAM, configure(port)])

  const { port } = await onFreePort(listen).catch(async (error: unknown) => {
    await rm(home, { recursive: true, force: true })
    throw error
  })
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
  /** Of root; goes with the server. */
  let client: Awaited<ReturnType<typeof login>> | undefined
  const forget = () => {
    client?.destroy()
    client = undefined
  }
  return {
    host: '127.0.0.1',
    port,
    root,
    async run(...args) {
      client ??= await login(root.username, root.password)
      return await client.sendCommand([...args])
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
    loseFiles: () => rm(home, { recursive: true }),
    async stop() {
      forget()
      await server.end('keep')
    },
    start: () => listen(port),
    async [Symbol.asyncDispose]() {
      forget()
      await server.end('remove')
      await rm(home, { recursive: true, force: true })
    },
  }
}

function judge(said: string): 'ready' | Error | undefined {
  if (said.includes('Ready to accept connections')) return 'ready'
  return /FATAL|Aborting|exiting/i.test(said) ? new Error(`Redis does not start: ${said}`) : undefined
}
