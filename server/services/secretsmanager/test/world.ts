import type { AuditEvent } from '#kernel/audit/event'
import type { InvokeFunction, Invoked, RotationEvent } from '../functions.ts'
import { ROTATOR } from './functions.ts'
import { beside, type Trial, token, trial } from './trial.ts'

export const SecretId = 'app/db'

/** One invocation that a living process waits for. */
export interface Waiting {
  readonly node: Node
  readonly event: RotationEvent
  readonly answer: (invoked: Invoked) => void
}

/** One process. */
export interface Node {
  readonly trial: Trial
  idle: boolean
}

interface Version {
  readonly VersionId: string
  readonly VersionStages?: readonly string[]
}

/**
 * The world of one path: two processes at a time that come and go, a store that stays, and a database with one user, whose
 * password a single-user function changes. Functions answer when the path says so.
 */
export class World {
  readonly first: Trial
  nodes: Node[] = []
  /** Who looks at the list of jobs. */
  runner = 0
  waiting: Waiting[] = []
  /** Functions that run on though nobody waits for them. */
  left: RotationEvent[] = []
  /** The password that the database takes. */
  password = 'one'
  /** The value that each version was seen with. */
  readonly values = new Map<string, string>()
  #made = 0

  private constructor(first: Trial) {
    this.first = first
    this.nodes = [this.#node(), this.#node()]
  }

  /** A secret of one password; `returns`: its function can set the current one again. */
  static async open(returns: boolean): Promise<World> {
    const first = await trial()
    if (returns) first.functions.returning.add(ROTATOR)
    await first.made(SecretId)
    return new World(first)
  }

  /** The process that looks at the list of jobs; people call it too. */
  get trial(): Trial {
    return (this.nodes[this.runner] as Node).trial
  }

  get events(): readonly AuditEvent[] {
    return this.first.events
  }

  next(): string {
    return token(`n${++this.#made}`)
  }

  /** A process dies, and another one begins in its place. What it waited for runs on. */
  die(node: Node): void {
    node.trial.service.leases?.rest()
    for (const { event } of this.waiting.filter((one) => one.node === node)) this.left.push(event)
    this.waiting = this.waiting.filter((one) => one.node !== node)
    this.nodes[this.nodes.indexOf(node)] = this.#node()
  }

  /** Runs what is due, until functions run or nothing does. */
  async settle(): Promise<void> {
    await this.trial.travel(0)
    for (const node of this.nodes) {
      node.idle = false
      void node.trial.service.idle().then(() => {
        node.idle = true
      })
    }
    const still = (node: Node) => node.idle || this.waiting.some((one) => one.node === node)
    while (!this.nodes.every(still)) await new Promise(setImmediate)
  }

  call(operation: string, input: object = {}): Promise<unknown> {
    return this.trial.call(operation, { SecretId, ...input })
  }

  async versions(): Promise<readonly Version[]> {
    return (await this.trial.call('ListSecretVersionIds', { SecretId, IncludeDeprecated: true })).Versions
  }

  /** The value of a version; undefined when there is none. */
  async value(version: string): Promise<string | undefined> {
    const rows = await this.rows<{ kind: string }>(`select kind from secret_version where version = '${version}'`)
    if (rows[0] === undefined || rows[0].kind === 'empty') return undefined
    return (await this.trial.call('GetSecretValue', { SecretId, VersionId: version })).SecretString
  }

  rows<R = Record<string, unknown>>(sql: string): Promise<R[]> {
    return this.first.storage.unit('read', (unit) => unit.all<R>({ name: sql, sql }, {}))
  }

  /** What a step of a single-user function does to the secret and the database; throws as the API refuses it. */
  async effect({ Step, ClientRequestToken: pending }: RotationEvent): Promise<void> {
    const versions = await this.versions()
    const holder = (stage: string) => versions.find(({ VersionStages }) => VersionStages?.includes(stage))?.VersionId
    const current = holder('AWSCURRENT') as string
    if (current === pending) return
    if (holder('AWSPENDING') !== pending) throw new Error('not pending')
    const value = await this.value(pending)
    switch (Step) {
      case 'createSecret': {
        if (value !== undefined) return
        const SecretString = `password ${++this.#made}`
        await this.call('PutSecretValue', {
          ClientRequestToken: pending,
          SecretString,
          VersionStages: ['AWSPENDING'],
        })
        return
      }
      case 'setSecret': {
        const known = [value, await this.value(current), await this.value(holder('AWSPREVIOUS') ?? '')]
        if (value === undefined || !known.includes(this.password)) throw new Error('no login')
        this.password = value
        return
      }
      case 'testSecret':
        if (value !== this.password) throw new Error('no login')
        return
      case 'returnSecret': {
        const own = await this.value(current)
        if (own === this.password) return
        if (own === undefined || value !== this.password) throw new Error('no login')
        this.password = own
        return
      }
      case 'finishSecret': {
        const moved = { MoveToVersionId: pending, RemoveFromVersionId: current }
        await this.call('UpdateSecretVersionStage', { VersionStage: 'AWSCURRENT', ...moved })
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { trial: own } of this.nodes) own.service.leases?.rest()
    await this.first[Symbol.asyncDispose]()
  }

  #node(): Node {
    const invoke: InvokeFunction = (_arn, event, { signal }) => {
      const { promise, resolve } = Promise.withResolvers<Invoked>()
      const one = { node, event, answer: resolve }
      this.waiting.push(one)
      // A process that must take itself for dead waits no longer; what it had begun runs on.
      signal.addEventListener('abort', () => {
        if (this.waiting.includes(one)) this.left.push(event)
        this.waiting = this.waiting.filter((other) => other !== one)
        resolve({ ok: false, errorType: 'Stopped', errorMessage: '' })
      })
      return promise
    }
    const node: Node = { trial: beside(this.first, { invoke }), idle: true }
    return node
  }
}
