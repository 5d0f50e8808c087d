import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))

/** The root credentials that every server of the crash test is started with. */
export const credentials = {
  accessKeyId: 'AKIACRASHTESTCRASH00',
  secretAccessKey: 'crash/test/crash/test/crash/test/crash00',
}

/** A server process of its own. */
export interface Running {
  readonly url: string
  /** Ends it as the machine would: nothing is finished. */
  kill(): Promise<void>
  /** Ends it as an administrator would; throws when it does not end well. */
  stop(): Promise<void>
}

/** What may happen while it starts. */
export interface StartOptions {
  readonly directory: string
  readonly database?: string | undefined
  /** Kills the process this many milliseconds after its start; the answer is undefined when it was not ready by then. */
  readonly killAfterMs?: number
}

/** Starts `strongroom serve` on a data directory. Throws with what it said when it ends before it is ready. */
export async function serve(options: StartOptions): Promise<Running | undefined> {
  const database = options.database === undefined ? [] : ['--database', options.database]
  const child = spawn(
    process.execPath,
    [program, 'serve', '--listen', '127.0.0.1:0', '--data', options.directory, '--log-level', 'warn', ...database],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        STRONGROOM_ROOT_ACCESS_KEY_ID: credentials.accessKeyId,
        STRONGROOM_ROOT_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      },
    },
  )
  const ended = once(child, 'exit')
  // a test process that dies in whatever way must not leave a server behind
  const reap = () => void child.kill('SIGKILL')
  process.once('exit', reap)
  ended.finally(() => process.removeListener('exit', reap))
  const timer =
    options.killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), options.killAfterMs)
  const url = await ready(child, timer !== undefined)
  clearTimeout(timer)
  if (url === undefined) {
    await ended
    return undefined
  }
  return {
    url,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async stop() {
      child.kill('SIGTERM')
      const [code] = await ended
      if (code !== 0) throw new Error(`the server ended with ${code} when it was asked to stop`)
    },
  }
}

/** The URL, once it takes requests; undefined when it was killed before and `mayDie`. */
function ready(child: ChildProcess, mayDie: boolean): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let said = ''
    const hear = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-10_000)
      const url = /strongroom: ready on (\S+)/.exec(said)?.[1]
      if (url !== undefined) resolve(url)
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (mayDie && signal === 'SIGKILL') resolve(undefined)
      else reject(new Error(`the server ended (${code ?? signal}) before it was ready:\n${said}`))
    })
  })
}
