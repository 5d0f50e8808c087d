import { ObjectRefused } from '#kernel/objects/objects'
import type { Clock } from '#kernel/clock'
import type { JobHandler } from '#kernel/jobs/jobs'
import { jobs } from '#kernel/jobs/store'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { Vault } from '#kernel/sealing/vault'
import type { Status } from '../model/trail.ts'
import { Trails } from '../trails.ts'
import { DIGEST_MS, Digests } from './digests.ts'
import { type Places, writeFile } from './files.ts'
import { FILE_MS, FILES, jobKey } from './follower.ts'
import { Parts } from './parts.ts'
import { type Session, Sessions } from './sessions.ts'
import type { SigningKeysOfTrails } from './signing-keys.ts'

/** The jobs of digests, and of what is to be done when a trail stops. */
export const DIGESTS = 'cloudtrail/digests'
export const CLOSING = 'cloudtrail/closing'

/** Which trail a job is about. */
export interface Payload {
  readonly account: string
  readonly home: string
  readonly name: string
  /** Of digests: when the next one ends. */
  readonly due?: number
  /** Tries that failed. */
  readonly failed?: number
}

/** What the engine works with. */
export interface EngineParts extends Places {
  readonly clock: Clock
  readonly regions: readonly string[]
  readonly keys: SigningKeysOfTrails
  /** Settles when all that is in the journal now was taken. */
  settle(): Promise<void>
  /** Told of a delivery that failed, and when it works again. */
  onProblem(text: string, error: unknown): void
}

const RETRY_MS = 60_000
const LONGEST_RETRY_MS = 15 * 60_000

/**
 * Writes log files and digests, one at a time, outside of any unit of work: jobs say when. Each job stays on the list, a bit later,
 * until what it began is done; so what a crash or a full disk interrupts is begun again.
 */
export class DeliveryEngine {
  readonly #parts: EngineParts
  readonly #storage: Storage
  readonly #vault: Vault
  readonly #digests: Digests
  #turn: Promise<void> = Promise.resolve()
  readonly handlers: readonly JobHandler[]

  constructor(parts: EngineParts) {
    this.#parts = parts
    this.#storage = parts.storage
    this.#vault = parts.vault
    this.#digests = new Digests(parts, parts.keys)
    this.handlers = [
      this.#handler(FILES, (payload) => this.files(payload)),
      this.#handler(DIGESTS, (payload) => this.digests(payload)),
      this.#handler(CLOSING, (payload) => this.close(payload)),
    ]
  }

  /** Settles when nothing is being written. */
  async idle(): Promise<void> {
    for (let turn: Promise<void> | undefined; turn !== this.#turn; ) {
      turn = this.#turn
      await turn
    }
  }

  #handler(kind: string, work: (payload: Payload) => Promise<void>): JobHandler {
    return {
      kind,
      run: async (unit, given) => {
        const payload = given as Payload
        const failed = payload.failed ?? 0
        const dueAt = this.#parts.clock.now() + Math.min(RETRY_MS * 2 ** Math.min(failed, 10), LONGEST_RETRY_MS)
        const key = jobKey({ ...payload, region: payload.home } as unknown as Session['trail'])
        await jobs.schedule(unit, { kind, key, dueAt, payload: { ...payload, failed: failed + 1 } })
        unit.afterCommit(() => {
          this.#turn = this.#turn.then(() =>
            work(payload).catch((error: unknown) => this.#failed(kind, payload, error)),
          )
        })
      },
    }
  }

  /** Writes what waits in a trail's log files. */
  async files(payload: Payload): Promise<void> {
    const sessions = await this.#sessions(payload)
    for (const session of sessions) await this.#writeAll(session)
    await this.#storage.unit('write', async (unit) => {
      // Nobody adds to what waits while the next date is settled.
      const store = new Sessions(unit, this.#vault)
      for (const session of sessions) await store.lock(session)
      let waits = false
      for (const session of await store.of(keyIn(payload)))
        waits ||= (await new Parts(unit, this.#vault).pending(session)).length > 0
      const key = `${payload.account}/${payload.home}/${payload.name}`
      if (waits) await this.#schedule(unit, FILES, payload, this.#now() + FILE_MS)
      else await jobs.cancel(unit, FILES, key)
    })
  }

  /** Writes the digests that end at the payload's hour, and puts the next hour down. */
  async digests(payload: Payload): Promise<void> {
    const at = payload.due ?? this.#now()
    const session = (await this.#sessions(payload)).find(({ stoppedAt }) => stoppedAt === undefined)
    if (session === undefined) {
      await this.#storage.unit('write', (unit) => this.#cancel(unit, DIGESTS, payload))
      return
    }
    for (const region of this.#regionsOf(session)) {
      if (session.trail.validation) await this.#digests.write(session, region, at)
      else await this.#digests.leave(session, region)
    }
    await this.#storage.unit('write', async (unit) => {
      await this.#tell(unit, payload, this.#digested(session))
      await this.#schedule(unit, DIGESTS, { ...payload, due: at + DIGEST_MS }, at + DIGEST_MS)
    })
  }

  /** Writes what is left of sessions that have ended: their last files, and a final digest. */
  async close(payload: Payload): Promise<void> {
    // What was done up to the stop may stand in the journal and not be taken yet.
    await this.#parts.settle()
    for (const session of await this.#sessions(payload)) {
      if (session.stoppedAt === undefined) continue
      await this.#writeAll(session)
      for (const region of this.#regionsOf(session)) {
        if (session.trail.validation) await this.#digests.write(session, region, this.#now(), true)
        else await this.#digests.leave(session, region)
      }
      await this.#storage.unit('write', async (unit) => {
        await this.#tell(unit, payload, { ...this.#digested(session), deliveryError: undefined })
        await new Sessions(unit, this.#vault).remove(session)
      })
    }
    await this.#storage.unit('write', (unit) => this.#cancel(unit, CLOSING, payload))
  }

  async #writeAll(session: Session): Promise<void> {
    for (;;) {
      const waiting = await this.#storage.unit('read', (unit) => new Parts(unit, this.#vault).pending(session))
      if (waiting.length === 0) return
      for (const { region } of waiting) await writeFile(this.#parts, session, region, () => this.#now())
      const { account, region: home, name } = session.trail
      const now = this.#now()
      const told = { deliveryAt: now, deliveryAttemptAt: now, deliveryError: undefined }
      await this.#storage.unit('write', (unit) => this.#tell(unit, { account, home, name }, told))
    }
  }

  #digested({ trail }: Session): Partial<Status> {
    return { ...(trail.validation && { digestAt: this.#now() }), digestError: undefined }
  }

  #regionsOf({ trail }: Session): readonly string[] {
    return trail.multiRegion ? [...new Set([trail.region, ...this.#parts.regions])] : [trail.region]
  }

  #sessions(payload: Payload): Promise<Session[]> {
    return this.#storage.unit('read', (unit) => new Sessions(unit, this.#vault).of(keyIn(payload)))
  }

  async #schedule(unit: Unit, kind: string, payload: Payload, dueAt: number): Promise<void> {
    const { account, home, name, due } = payload
    const key = `${account}/${home}/${name}`
    await jobs.schedule(unit, { kind, key, dueAt, payload: { account, home, name, ...(due !== undefined && { due }) } })
  }

  #cancel(unit: Unit, kind: string, { account, home, name }: Payload): Promise<void> {
    return jobs.cancel(unit, kind, `${account}/${home}/${name}`)
  }

  async #failed(kind: string, payload: Payload, error: unknown): Promise<void> {
    this.#parts.onProblem(`${kind === DIGESTS ? 'a digest' : 'log files'} of a trail could not be delivered yet`, error)
    // AWS tells S3's code of the error. Source: API_GetTrailStatus.
    const code = error instanceof ObjectRefused ? error.code : 'InternalError'
    const at = this.#now()
    // at a stop files are written first, and then their digest: which of them failed is in the log
    const told: Partial<Status> = {
      ...(kind === DIGESTS ? {} : { deliveryAttemptAt: at, deliveryError: code }),
      ...(kind === FILES ? {} : { digestError: code }),
    }
    try {
      await this.#storage.unit('write', (unit) => this.#tell(unit, payload, told))
    } catch (again) {
      this.#parts.onProblem('how a delivery failed could not be written down', again)
    }
  }

  /** Tells GetTrailStatus; a trail that is gone has none. */
  async #tell(unit: Unit, { account, home, name }: Payload, told: Partial<Status>): Promise<void> {
    const trails = new Trails(unit, this.#parts.macKey)
    const key = { account, region: home, name }
    if ((await trails.find(key)) !== undefined) await trails.saveStatus(key, told)
  }

  #now(): number {
    return this.#parts.clock.now()
  }
}

const keyIn = ({ account, home, name }: Payload) => ({ account, home, name })
