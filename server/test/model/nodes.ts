import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import type { Person } from './call.ts'
import type { Asked, Said } from './messages.ts'
import { ROOT_PERSON } from './people.ts'

export interface NodesOptions {
  /** Data directory; with a database only the seal's key is there. */
  readonly directory: string
  readonly database?: string | undefined
  readonly count: number
  /** Most versions of a secret. */
  readonly versions: number
  /** Names of deleted secrets are used again. */
  readonly nameReuse: boolean
  /** Milliseconds: the time at the start. */
  readonly now: number
}

/** Server processes over one store, whose clocks are moved together, and which can be killed. */
export class Nodes implements AsyncDisposable {
  readonly #options: NodesOptions
  readonly #nodes: Node[] = []
  #now: number

  private constructor(options: NodesOptions) {
    this.#options = options
    this.#now = options.now
  }

  static async start(options: NodesOptions): Promise<Nodes> {
    const nodes = new Nodes(options)
    // One after the other: the first makes the store.
    for (let at = 0; at < options.count; at++) nodes.#nodes.push(await nodes.#begin())
    return nodes
  }

  /** Milliseconds: the time of all nodes. */
  get now(): number {
    return this.#now
  }

  get count(): number {
    return this.#nodes.length
  }

  /** A client of the n-th node (counted round and round). It does not try again: what came of a call must be known. */
  client(n: number, by: Person = ROOT_PERSON): SecretsManager {
    return (this.#nodes[n % this.#nodes.length] as Node).client(by)
  }

  url(n: number): string {
    return (this.#nodes[n % this.#nodes.length] as Node).url
  }

  /** Moves the time of all nodes; settles when everything that fell due on the way is done. */
  async travel(ms: number): Promise<void> {
    this.#now += ms
    await Promise.all(this.#nodes.map((node) => node.travel(this.#now)))
  }

  /** Settles when nothing that is due is left to do, on whatever node. */
  async settle(): Promise<void> {
    await this.travel(0)
    // What one node had begun another may have waited for, or left alone.
    if (this.#nodes.length > 1) for (const node of this.#nodes) await node.travel(this.#now)
  }

  /** Ends a node as a power cut would. */
  async kill(n: number): Promise<void> {
    await (this.#nodes[n % this.#nodes.length] as Node).kill()
  }

  /** Starts again what was killed. */
  async revive(): Promise<void> {
    for (const [at, node] of this.#nodes.entries()) if (!node.lives) this.#nodes[at] = await this.#begin()
  }

  async stop(): Promise<void> {
    for (const node of this.#nodes) await node.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.kill()))
  }

  async #begin(): Promise<Node> {
    const { directory, database, versions, nameReuse } = this.#options
    const program = fileURLToPath(new URL('./node.ts', import.meta.url))
    const args = [directory, String(this.#now), String(versions), nameReuse ? 'reuse' : '', database ?? '']
    const child = fork(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { PATH: process.env.PATH },
      execArgv: ['--max-semi-space-size=4', '--no-parallel-scavenge', '--heap-growing-percent=35'],
    })
    const node = new Node(child)
    await node.begin(this.#now)
    return node
  }
}

/** One process. */
class Node {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #said = ''
  readonly #clients = new Map<Person, SecretsManager>()
  #now = 0
  url = ''
  lives = true

  constructor(child: ChildProcess) {
    this.#child = child
    this.#ended = once(child, 'exit').finally(() => {
      this.lives = false
    })
    const hear = (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-20_000)
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    // a test process that dies in whatever way must not leave a server behind
    const reap = () => void child.kill('SIGKILL')
    process.once('exit', reap)
    void this.#ended.then(() => process.removeListener('exit', reap))
  }

  client(by: Person): SecretsManager {
    if (this.url === '') throw new Error('the node is not there yet')
    const client =
      this.#clients.get(by) ??
      new SecretsManager({ endpoint: this.url, region: 'us-east-1', credentials: by.credentials, maxAttempts: 1 })
    this.#clients.set(by, client)
    // The SDK would find out by itself, with a call that is refused.
    client.config.systemClockOffset = this.#now - Date.now()
    return client
  }

  async begin(now: number): Promise<void> {
    const said = await this.#answer()
    if (!('ready' in said)) throw new Error('a node says something else than that it is ready')
    this.url = said.ready
    this.#now = now
  }

  async travel(to: number): Promise<void> {
    const answer = this.#answer()
    this.#child.send({ travel: to } satisfies Asked)
    const said = await answer
    if ('failure' in said) throw new Error(`a node could not travel: ${said.failure}`)
    this.#now = to
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
    this.#leave()
  }

  #leave(): void {
    for (const client of this.#clients.values()) client.destroy()
  }

  async stop(): Promise<void> {
    const answer = this.#answer()
    this.#child.send({ stop: true } satisfies Asked)
    await answer
    await this.#ended
    this.#leave()
  }

  async #answer(): Promise<Said> {
    const [said] = (await Promise.race([
      once(this.#child, 'message'),
      this.#ended.then(() => {
        throw new Error(`a node has ended by itself:\n${this.#said}`)
      }),
    ])) as [Said]
    return said
  }
}
