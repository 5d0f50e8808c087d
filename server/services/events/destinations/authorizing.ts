import type { Clock } from '#kernel/clock'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { Cell } from '../model/names.ts'
import type { Calling } from './calling.ts'
import type { ConnectionSecrets } from './secrets.ts'
import { type Connection, connectionArn, type Destinations } from './store.ts'

/** The job that tries the authorization of a connection; its key is the connection's ARN. */
const AUTHORIZE = 'events/authorize'
const CALL_MS = 10_000
/** Who finds it claimed for longer takes its process for dead. */
const LEASE_MS = 60_000

interface Payload extends Cell {
  readonly name: string
  readonly id: string
}

export interface AuthorizingParts {
  readonly storage: Storage
  readonly clock: Clock
  readonly jobs: Jobs
  readonly calling: Pick<Calling, 'authorize'>
  readonly secrets: ConnectionSecrets
  readonly destinations: (unit: Unit) => Destinations
  readonly onProblem: (text: string, error: unknown) => void
}

/** Tries the authorization of OAuth connections, outside of any unit, and writes down how that went. */
export class Authorizing {
  readonly handler: JobHandler = {
    kind: AUTHORIZE,
    run: (unit, payload, due) => this.#due(unit, payload as Payload, due),
  }
  readonly #parts: AuthorizingParts
  readonly #running = new Set<Promise<void>>()

  constructor(parts: AuthorizingParts) {
    this.#parts = parts
  }

  async later(unit: Unit, connection: Connection, now: number): Promise<void> {
    const { account, region, name, id } = connection
    const payload: Payload = { account, region, name, id }
    await this.#parts.jobs.schedule(unit, { kind: AUTHORIZE, key: connectionArn(connection), dueAt: now, payload })
  }

  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  async #due(unit: Unit, payload: Payload, due: number): Promise<void> {
    const { clock, destinations, onProblem } = this.#parts
    const connection = await destinations(unit).connection(payload, payload.name)
    if (connection?.id !== payload.id || connection.state !== 'AUTHORIZING') return
    await this.later(unit, connection, Math.max(due, clock.now()) + LEASE_MS)
    unit.afterCommit(() => {
      const work: Promise<void> = this.#try(connection)
        .catch((error) => onProblem('a connection could not be authorized', error))
        .finally(() => this.#running.delete(work))
      this.#running.add(work)
    })
  }

  async #try(connection: Connection): Promise<void> {
    const { storage, clock, jobs, calling, secrets, destinations } = this.#parts
    const authorization = await storage.unit('write', (unit) =>
      secrets.read(unit, connection, connection.id, clock.now()),
    )
    const refusal =
      authorization === undefined
        ? 'its secret can not be read'
        : await calling.authorize(connection, authorization, AbortSignal.timeout(CALL_MS))
    await storage.unit('write', async (unit) => {
      const all = destinations(unit)
      const now = await all.connection(connection, connection.name, 'lock')
      if (now?.id !== connection.id || now.modifiedAt !== connection.modifiedAt || now.state !== 'AUTHORIZING') return
      await jobs.cancel(unit, AUTHORIZE, connectionArn(connection))
      await all.saveConnection(
        refusal === undefined
          ? { ...now, state: 'AUTHORIZED', stateReason: undefined, authorizedAt: clock.now() }
          : { ...now, state: 'DEAUTHORIZED', stateReason: refusal },
      )
    })
  }
}
