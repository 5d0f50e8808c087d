import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '../../..')

/** Variables of the caller that would lead a client elsewhere, or that are not for a server of a test. */
const FOREIGN = /^(AWS_|STRONGROOM_|NODE_OPTIONS$|NODE_TEST_CONTEXT$|https?_proxy$|all_proxy$)/i

function cleanEnvironment(): Record<string, string> {
  const own = Object.entries(process.env).filter(([name, value]) => value !== undefined && !FOREIGN.test(name))
  return Object.fromEntries(own) as Record<string, string>
}

/**
 * The program as a person starts it: `strongroom serve` on a data directory, in a process of its own that can be killed.
 * What it prints for pasting is what clients get as their environment; the credentials come from the first start alone.
 */
export class Program {
  readonly #directory: string
  readonly #flags: readonly string[]
  #child: ChildProcess | undefined
  #exports: Record<string, string> = {}

  private constructor(directory: string, flags: readonly string[]) {
    this.#directory = directory
    this.#flags = flags
  }

  /** `flags`: more of the command line. */
  static async start(flags: readonly string[] = []): Promise<Program> {
    const program = new Program(await mkdtemp(join(tmpdir(), 'strongroom-conformance-')), flags)
    await program.#run()
    return program
  }

  /** The environment of a client: what the program printed, and nothing else that AWS's tools look at. */
  get environment(): Record<string, string> {
    const none = join(this.#directory, 'none')
    return {
      ...cleanEnvironment(),
      AWS_CONFIG_FILE: none,
      AWS_SHARED_CREDENTIALS_FILE: none,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
      NO_PROXY: '127.0.0.1',
      ...this.#exports,
    }
  }

  /** Where it keeps its state. */
  get data(): string {
    return join(this.#directory, 'data')
  }

  /** `kill -9`, then a new start on the same directory. */
  async killAndRestart(): Promise<void> {
    await this.#end('SIGKILL')
    await this.#run()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGKILL')
    await rm(this.#directory, { recursive: true, force: true })
  }

  async #run(): Promise<void> {
    const args = ['cli/main.ts', 'serve', '--data', this.data, '--listen', '127.0.0.1:0', ...this.#flags]
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    let complaints = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaints = (complaints + text).slice(-4000)
    })
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      const [, name, value] = /^\s*export ([A-Z_]+)=(.*)$/.exec(line) ?? []
      if (name !== undefined && value !== undefined) this.#exports[name] = value
      if (line.startsWith('strongroom: ready on ')) {
        child.stdout?.resume()
        return
      }
    }
    await this.#end('SIGKILL')
    throw new Error(`the program ended before it was ready: ${complaints}`)
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
}
