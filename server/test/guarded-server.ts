import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What the servers that tests start have in common: who they run as, where their files are, and how they end. */

/** Database servers do not run as root: there they run as nobody. */
const NOBODY = 65_534
export const asRoot = process.getuid?.() === 0
/** Options of a child process that runs as whom database servers run as. */
export const owner = asRoot ? { uid: NOBODY, gid: NOBODY } : {}

/** A new directory that belongs to `owner`. */
export function makeHome(prefix: string): string {
  const home = mkdtempSync(join(tmpdir(), prefix))
  if (asRoot) chownSync(home, NOBODY, NOBODY)
  return home
}

/** Writes a file that only `owner` may read; answers its path. */
export function writeOwned(home: string, name: string, content: string): string {
  const file = join(home, name)
  writeFileSync(file, content, { mode: 0o600 })
  if (asRoot) chownSync(file, NOBODY, NOBODY)
  return file
}

/** What a server says whose port another process has. */
export class PortTaken extends Error {}

/** Starts something on a port that nobody had a moment ago; on another one if somebody was faster, and `start` threw PortTaken. */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<{ port: number; started: T }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      return { port, started: await start(port) }
    } catch (error) {
      if (!(error instanceof PortTaken) || attempt === 3) throw error
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/**
 * Ends the server when its input ends: the test process closes it, or dies and so closes it. The files go too, unless it was
 * told to keep them. Arguments: the directory, the signal, the program and its own. The guard gives up the place where errors
 * are told, so that its end is the end of the server.
 */
const GUARD = `home=$1; signal=$2; shift 2; "$@" & server=$!; exec 2>&-
read word; kill -$signal $server; wait $server; [ "$word" = keep ] || rm -rf "$home"`

interface Options {
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  /** Ends the server at once, as a crash does. */
  readonly signal: 'QUIT' | 'KILL'
  /** What it has said so far: whether it takes connections now, or why it will not (a port that is taken is seen to). */
  judge(said: string): 'ready' | Error | undefined
}

/** A server under a guard, so that it is gone when the test process dies in any way. */
export class GuardedServer {
  readonly #options: Options
  #child: ChildProcess | undefined

  constructor(options: Options) {
    this.#options = options
  }

  /** Settles when the server takes connections; rejects with what it said when it does not come up. */
  async start(program: readonly string[]): Promise<void> {
    const { home, env, signal } = this.#options
    const child = spawn('/bin/sh', ['-c', GUARD, 'sh', home, signal, ...program], {
      env,
      cwd: home,
      stdio: ['pipe', 'ignore', 'pipe'],
      // Ctrl-C is for who started us: the server goes when we are done with it, or dead.
      detached: true,
      ...owner,
    })
    // A guard that is gone already needs not be told to go: its exit is what is waited for.
    child.stdin.on('error', () => undefined)
    this.#child = child
    try {
      await this.#ready(child, program[0] as string)
    } catch (error) {
      // the guard of a server that never came up would wait for us, and we for it
      await this.end('keep')
      throw error
    }
  }

  /** `keep` or `remove`: what becomes of its directory. */
  async end(word: 'keep' | 'remove'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.stdin?.end(`${word}\n`)
    await ended
  }

  #ready(child: ChildProcess, program: string): Promise<void> {
    return new Promise((resolve, reject) => {
      let said = ''
      const gone = () => reject(new Error(`${program} does not start: ${said}`))
      child.stderr?.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-4000)
        const verdict = said.includes('Address already in use') ? new PortTaken() : this.#options.judge(said)
        if (verdict === 'ready') resolve()
        else if (verdict !== undefined) reject(verdict)
      })
      child.stderr?.once('end', gone)
      child.once('error', reject)
      child.once('exit', gone)
    })
  }
}
