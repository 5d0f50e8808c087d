import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { SecretsManager, SecretsManagerServiceException } from '@aws-sdk/client-secrets-manager'
import { showRotation } from '../../beside/rotation.ts'
import { chance } from '../crash/load.ts'
import { credentials, type Running, serve } from '../crash/server.ts'
import type { Database, Login } from './database.ts'
import { type Passage, startProxy } from './proxy.ts'

/** What is done to rotations. */
export interface SoakOptions {
  readonly directory: string
  readonly database: Database
  readonly rotations: number
  readonly seed: number
  /** `kill`: the server ends as by a power cut, and is started again. `cut`: the way to the database is cut, and mended. */
  readonly mode: 'kill' | 'cut'
  /** Applications that read the secret for each connection. */
  readonly applications?: number
  readonly onRotation?: (figures: Figures) => void
}

export interface Figures {
  rotations: number
  /** Kills or cuts. */
  blows: number
  /** In which step the run was when the server was killed; `none`: before its first step or after its last. */
  readonly struck: Record<string, number>
  /** Rotations that were asked for once more with their token, since they waited to be tried again. */
  asked: number
  /** Connections that the applications made. Not one was refused. */
  connections: number
  seconds: number
}

/** Rotations of one secret: AWS keeps a hundred versions of a day, and refuses more. */
const MOST = 80
/** So long a rotation may take until it is asked for again: what has failed twice waits for minutes by itself. */
const PATIENCE_MS = 2500
/** Connections that a rotation of two users makes. */
const CONNECTIONS = 4

/**
 * Rotates a database's two users again and again under blows, while applications read the secret and log in with what they have
 * read. Throws at the first login that is refused, and when secret and database do not agree behind a rotation.
 */
export async function soak(options: SoakOptions): Promise<Figures> {
  const { database, directory, mode, seed } = options
  const below = chance(seed)
  await using proxy = await startProxy(database.port)
  const figures: Figures = { rotations: 0, blows: 0, struck: {}, asked: 0, connections: 0, seconds: 0 }
  const began = performance.now()
  const server = new Served(directory)
  await server.start()
  try {
    const master = await server.ask((client) =>
      client.createSecret({ Name: 'admin', SecretString: secretOf(database, proxy, database.superuser) }),
    )
    const first = { username: 'app', password: 'first', masterarn: master.ARN ?? '' }
    await server.made(secretOf(database, proxy, first))
    const stop = new AbortController()
    const applications = Array.from({ length: options.applications ?? 2 }, () =>
      application(server, database, figures, stop.signal),
    )
    const rotating = (async () => {
      for (; figures.rotations < options.rotations; figures.rotations++) {
        if (figures.rotations % MOST === MOST - 1) await server.moved()
        await rotation(server, database, proxy, mode, below, figures)
        figures.seconds = Math.round((performance.now() - began) / 1000)
        options.onRotation?.(figures)
      }
    })()
    try {
      await Promise.race([rotating, ...applications])
    } finally {
      stop.abort()
      await Promise.allSettled([rotating, ...applications])
    }
    await rotating
    await server.stop()
    return figures
  } catch (error) {
    await server.kill()
    throw error
  }
}

const secretOf = ({ engine }: Database, { port }: Passage, more: object) =>
  JSON.stringify({ engine, host: '127.0.0.1', port, ssl: false, ...more })

/** One rotation, with a blow in every second one, until its version is current. */
async function rotation(
  server: Served,
  database: Database,
  proxy: Passage,
  mode: SoakOptions['mode'],
  below: (end: number) => number,
  figures: Figures,
): Promise<void> {
  const ClientRequestToken = randomUUID()
  const account = await server.account()
  const RotationLambdaARN = `arn:aws:lambda:us-east-1:${account}:function:${database.functions}MultiUser`
  const RotationRules = { AutomaticallyAfterDays: 30 }
  const begin = () =>
    server.ask((client) =>
      client.rotateSecret({ SecretId: server.secret, ClientRequestToken, RotationLambdaARN, RotationRules }),
    )
  const struck = Promise.withResolvers<void>()
  let striking = below(2) === 0
  if (striking) {
    const strike = async (afterMs: number) => {
      if (!striking) return
      striking = false
      await passed(afterMs)
      figures.blows++
      if (mode === 'kill') {
        const step = await server.killed()
        figures.struck[step] = (figures.struck[step] ?? 0) + 1
      } else {
        proxy.cut()
        await passed(below(300))
        proxy.mend()
      }
    }
    // Half of them when a function connects, which is in two of the steps; the others at any time, which finds the rest.
    const at = proxy.made + 1 + below(CONNECTIONS)
    const when = below(2) === 0 ? below(mode === 'kill' ? 700 : 1) : undefined
    if (when !== undefined && mode === 'kill') strike(when).then(struck.resolve, struck.reject)
    else
      proxy.onConnection = (number) => {
        if (number >= at) strike(below(15)).then(struck.resolve, struck.reject)
      }
  } else struck.resolve()
  await begin()
  for (let waited = 0; !(await isCurrent(server, ClientRequestToken)); waited += 25) {
    await passed(25)
    if (waited < PATIENCE_MS) continue
    waited = 0
    figures.asked++
    await begin()
  }
  proxy.onConnection = undefined
  // The blow that was to come with a connection that nobody made.
  if (striking) {
    striking = false
    struck.resolve()
  }
  await struck.promise
  // The label moves in the last step: another rotation can begin when that one has ended too.
  for (let waited = 0; ; waited += 25) {
    const { run } = await server.shown()
    if (run === undefined) break
    if (run.node === undefined && waited % 500 === 0) await begin()
    await passed(25)
  }
  await agrees(server, database, ClientRequestToken)
}

async function isCurrent(server: Served, token: string): Promise<boolean> {
  const { VersionIdsToStages } = await server.ask((client) => client.describeSecret({ SecretId: server.secret }))
  return VersionIdsToStages?.[token]?.includes('AWSCURRENT') === true
}

/** The new password is valid, and the one that was current before still is. */
async function agrees(server: Served, database: Database, token: string): Promise<void> {
  for (const VersionStage of ['AWSCURRENT', 'AWSPREVIOUS']) {
    const found = await server.ask((client) => client.getSecretValue({ SecretId: server.secret, VersionStage }))
    if (VersionStage === 'AWSCURRENT') assert.equal(found.VersionId, token)
    assert.ok(await database.accepts(JSON.parse(found.SecretString ?? '') as Login), `${VersionStage} is not valid`)
  }
}

/** Reads the secret and logs in with what it has read, again and again. */
async function application(server: Served, database: Database, figures: Figures, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const { SecretString = '', VersionId } = await server.ask(
      (client) => client.getSecretValue({ SecretId: server.secret }),
      stop,
    )
    if (stop.aborted) return
    const login = JSON.parse(SecretString) as Login
    assert.ok(await database.accepts(login), `the application was refused with version ${VersionId}`)
    figures.connections++
    await passed(5)
  }
}

/** A server that is killed and started again: whoever asks waits while it is gone. */
class Served {
  readonly #directory: string
  #running: Promise<Running | undefined> = Promise.resolve(undefined)
  #client: SecretsManager | undefined
  #account: string | undefined
  #secrets = 0
  /** The secret that is rotated and read. */
  secret = ''

  constructor(directory: string) {
    this.#directory = directory
  }

  async start(): Promise<void> {
    this.#running = serve({ directory: this.#directory })
    const running = await this.#running
    this.#client?.destroy()
    this.#client = new SecretsManager({
      region: 'us-east-1',
      endpoint: running?.url ?? '',
      credentials,
      maxAttempts: 1,
    })
  }

  /** Ends it at once; answers the step in which the rotation was; starts it again. */
  async killed(): Promise<string> {
    await (await this.#running)?.kill()
    const { run } = await this.shown()
    await this.start()
    return run?.node === undefined ? 'none' : run.step
  }

  /** Where the rotation stands, as the store has it, beside the server or without one. */
  async shown() {
    const directory = this.#directory
    const place = { directory, database: undefined, seal: { kind: 'file', path: join(directory, 'seal.key') } } as const
    return (await showRotation(place, { secret: this.secret, account: this.#account ?? '', region: 'us-east-1' })).shown
  }

  /** Asks until a server answers. */
  async ask<T>(question: (client: SecretsManager) => Promise<T>, stop?: AbortSignal): Promise<T> {
    for (;;) {
      try {
        return await question(this.#client as SecretsManager)
      } catch (error) {
        if (error instanceof SecretsManagerServiceException && error.$metadata.httpStatusCode !== 500) throw error
        if (stop?.aborted) throw error
        await passed(20)
      }
    }
  }

  async made(SecretString: string): Promise<void> {
    const Name = `app/db-${++this.#secrets}`
    await this.ask((client) => client.createSecret({ Name, SecretString }))
    this.secret = Name
  }

  /** Goes on with another secret of the same value. */
  async moved(): Promise<void> {
    const { SecretString = '' } = await this.ask((client) => client.getSecretValue({ SecretId: this.secret }))
    await this.made(SecretString)
  }

  async account(): Promise<string> {
    this.#account ??= (await this.ask((client) => client.describeSecret({ SecretId: this.secret }))).ARN?.split(':')[4]
    return this.#account ?? ''
  }

  async stop(): Promise<void> {
    await (await this.#running)?.stop()
    this.#client?.destroy()
  }

  async kill(): Promise<void> {
    await (await this.#running)?.kill()
    this.#client?.destroy()
  }
}
