import type { KeyObject } from 'node:crypto'
import type { AuditEvent } from '#kernel/audit/event'

import type { Clock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import type { JobHandler } from '#kernel/jobs/jobs'
import type { Random } from '#kernel/random'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { Invoked, InvokeFunction } from './functions.ts'
import { type Payload, ROTATE, ROTATION_OVERDUE, ROTATION_STEP, type StepPayload } from './jobs.ts'
import { Attempts, type Within } from './attempts.ts'
import { Leases } from './leases.ts'
import { holdOf } from './model/beyond.ts'
import type { Cell } from './model/identity.ts'
import type { Rotation, Run } from './model/rotation.ts'
import {
  foreignPending,
  holdsOn,
  LATE_MS,
  LEASE_MS,
  pendingVersion,
  PROMPT_MS,
  THROTTLED_MS,
  waitsForWindow,
} from './model/rotation-run.ts'
import { afterDownTime, isMaintenance } from './model/schedule.ts'
import type { Secret } from './model/secret.ts'
import { PREVIOUS } from './model/stages.ts'
import { type Failure, failureTold, type RotationEventName } from './rotation-events.ts'
import * as sql from './rotations.sql.ts'
import { type Work, Workers } from './workers.ts'

/** What rotations are driven with. */
export interface EngineParts {
  readonly storage: Pick<Storage, 'unit' | 'durable'>
  readonly clock: Clock
  readonly invoke: InvokeFunction
  /** Writes service events in the unit of the change: the trail's `recordIn`. */
  readonly record: (unit: Unit, events: readonly AuditEvent[]) => Promise<void>
  /**
   * Told of what became of rotations, after the commit; `missed`: a window went by in which nothing ran; `lost`: an attempt
   * died with its process; `failure`: what went wrong, for the log.
   */
  readonly told?: (event: RotationEventName | 'missed' | 'lost', secretArn: string, failure?: Failure) => void
  /** This process is the only one that rotates with this store: whatever others had claimed, they are dead. Default false. */
  readonly alone?: boolean
  /** Told of failures of the store; the rotation is taken up again when its lease is over. */
  readonly onProblem: (error: unknown) => void
  /** Functions of one account that run at once in this process; of all accounts a third more. Default 16. */
  readonly concurrency?: number
}

const MINUTE_MS = 60_000
/** A rotation that waits for readers looks for them so often. */
const HOLD_MS = 15 * MINUTE_MS
/**
 * Drives rotations: two kinds of jobs, and workers in memory that invoke functions. What is done next is in the store before
 * it is done: a job registers the version (`rotate`), another one claims the run (`rotation-step`) and hands it to a worker
 * when that is committed; the worker waits for the function and writes down, in a unit of its own, how it went, if the run is
 * still the one that it had claimed. Who dies in between leaves a claim that ends: then all four steps are tried again with
 * the same token. Source: rotation.md 3, 5, 7.
 */
export class Engine {
  readonly handlers: readonly JobHandler[]
  readonly #parts: EngineParts
  readonly #within: (unit: Unit, cell: Cell, events: AuditEvent[]) => Within
  readonly #random: Random
  readonly #chance: (below: number) => number
  readonly #workers: Workers
  readonly #leases: Leases
  readonly #attempts: Attempts

  constructor(
    parts: EngineParts,
    random: Random,
    rowKey: KeyObject,
    within: (unit: Unit, cell: Cell, events: AuditEvent[]) => Within,
  ) {
    this.#parts = parts
    this.#within = within
    this.#random = random
    this.#chance = (below) => random.below(below)
    this.#leases = new Leases({ ...parts, rowKey, alone: parts.alone === true }, random.uuid())
    this.#attempts = new Attempts({ leases: this.#leases, chance: this.#chance, told: parts.told })
    this.#workers = new Workers({
      ...parts,
      lease: () => this.#leases.signal,
      rested: () => this.#leases.rest(),
      settle: (work, invoked, stopping) => this.#settle(work, invoked, stopping),
      most: parts.concurrency ?? 16,
    })
    this.handlers = [
      { kind: ROTATE, run: (unit, payload, dueAt) => this.#due(unit, payload as Payload, dueAt) },
      { kind: ROTATION_STEP, run: (unit, payload, dueAt) => this.#step(unit, payload as StepPayload, dueAt) },
      { kind: ROTATION_OVERDUE, run: (unit, payload, dueAt) => this.#overdue(unit, payload as Payload, dueAt) },
    ]
  }

  /** Says whose claims these are. */
  get leases(): Leases {
    return this.#leases
  }

  /** Where this process is alone, what former ones had claimed is taken up at once. */
  async start(): Promise<void> {
    if (this.#parts.alone !== true) return
    const now = this.#parts.clock.now()
    await this.#parts.storage.unit('write', async (unit) => {
      const left = await unit.all<Cell & { secret: string; token: string }>(sql.claimedElsewhere, {
        node: this.#leases.node,
      })
      for (const { account, region, secret: id, token } of left)
        await this.#in(unit, { account, region }, ({ later }) => later.step({ account, region, id }, token, now))
    })
  }

  /** Settles when no function runs and nothing waits for a free place. */
  idle(): Promise<void> {
    return this.#workers.idle()
  }

  /** Begins nothing more, asks running functions to stop, and puts down what is not done for whoever comes next. */
  async drain(): Promise<void> {
    await this.#workers.drain()
    this.#leases.rest()
  }

  /** A planned time has come: registers the version that is to be filled, and plans the next time. */
  async #due(unit: Unit, payload: Payload, dueAt: number): Promise<void> {
    await this.#in(unit, payload, async (within) => {
      const found = await this.#find(within, payload.id)
      if (found?.rotation.planned === undefined || found.rotation.planned.runAt > dueAt) return
      const { secret, rotation } = found
      const { rotating, secrets } = within
      const now = this.#now(dueAt)
      if (await this.#putOff(unit, within, secret, rotation, now)) return
      const run = await secrets.rotations.run(secret)
      if (run?.phase === 'test') return rotating.replan(secret, rotation, now + MINUTE_MS)
      const pending = pendingVersion(await secrets.stages(secret))
      if (run === undefined && pending === undefined && (await this.#holds(within, secret, rotation, now))) return
      const { windowEnd } = found.rotation.planned
      const kept = await secrets.rotations.watch(secret)
      const { planned } = await rotating.schedule(secret, rotation, now, kept === undefined ? windowEnd : 'kept')
      if (run !== undefined) {
        if (waitsForWindow(run)) await rotating.retry(secret, run, now)
        return
      }
      if (pending !== undefined) {
        const text = foreignPending(pending, secret.arn, rotation.functionArn ?? '')
        return rotating.tell(
          secret,
          'RotationFailed',
          pending,
          now,
          text,
          failureTold({ failure: text }, planned?.runAt),
        )
      }
      const token = this.#random.uuid()
      try {
        await rotating.begin(secret, token, now)
      } catch (error) {
        // A quota: nothing has been written.
        if (!(error instanceof ApiError)) throw error
        const { message } = error
        rotating.tell(secret, 'RotationFailed', token, now, message, failureTold({ failure: message }, planned?.runAt))
      }
    })
  }

  /** What comes late, since nothing ran when it was due, may have to wait once more. Source: rotation.md 7. */
  async #putOff(unit: Unit, { rotating }: Within, secret: Secret, rotation: Rotation, now: number): Promise<boolean> {
    const { planned, rules } = rotation
    if (planned === undefined || now - planned.runAt <= LATE_MS) return false
    const { missed, ...again } = afterDownTime(planned, rules, now, this.#chance)
    if (missed) unit.afterCommit(() => this.#parts.told?.('missed', secret.arn))
    if (again.runAt <= now) return false
    await rotating.replan(secret, { ...rotation, planned: again }, again.runAt)
    return true
  }

  /**
   * Whether the rotation that is due waits, since somebody still reads the version whose password it would change, and the
   * secret asks for it. In a maintenance window it waits for the next one when this one ends.
   */
  async #holds({ rotating, secrets }: Within, secret: Secret, rotation: Rotation, now: number): Promise<boolean> {
    const most = holdOf(secret.tags)
    const { planned, rules } = rotation
    if (most === undefined || planned === undefined) return false
    const previous = (await secrets.stages(secret)).get(PREVIOUS)
    if (previous === undefined || !(await secrets.rotations.isRead(secret, previous))) return false
    const held = (await secrets.rotations.watch(secret))?.heldSince
    const since = held ?? now
    if (now >= since + most) return false
    if (held === undefined) rotating.tell(secret, 'RotationHeld', previous, now)
    const again = Math.min(now + HOLD_MS, since + most)
    if (again >= planned.windowEnd && isMaintenance(rules)) await rotating.schedule(secret, rotation, now, 'kept')
    else await rotating.replan(secret, rotation, again)
    await rotating.hold(secret, since, Math.max(since + most + PROMPT_MS, planned.windowEnd))
    return true
  }

  /** A run begins, is to be tried again, or was left alone by its worker: claims it and has it begin with the first step. */
  async #step(unit: Unit, payload: StepPayload, dueAt: number): Promise<void> {
    await this.#in(unit, payload, async (within) => {
      const found = await this.#find(within, payload.id)
      if (found === undefined) return
      const { secret, rotation } = found
      const { rotating, later, secrets } = within
      const run = await secrets.rotations.run(secret)
      if (run === undefined || run.token !== payload.token) return
      const now = this.#now(dueAt)
      const here = this.#workers.of(secret)
      // Its function still runs here: the claim stays, and with it the mark by which the worker knows it.
      if (here === run.rotationToken && run.node === this.#leases.node)
        return later.step(secret, run.token, now + LEASE_MS)
      // One that was ended still runs: two at once never work on one secret.
      if (here !== undefined) return later.step(secret, run.token, now + THROTTLED_MS)
      const until = run.node === undefined ? undefined : await this.#leases.until(unit, run.node, now)
      if (until !== undefined) return later.step(secret, run.token, until)
      if (!this.#workers.hasRoom(secret.account)) {
        return later.step(secret, run.token, now + THROTTLED_MS + this.#chance(2 * THROTTLED_MS))
      }
      if (!holdsOn(await secrets.stages(secret), run.token)) return rotating.abandon(secret, run, now)
      const turn = { ...within, unit, secret, rotation, now }
      const work =
        run.node === undefined
          ? await this.#attempts.claim(turn, rotating.first(run))
          : await this.#attempts.lost(turn, run)
      if (work !== undefined) unit.afterCommit(() => this.#workers.take(work))
    })
  }

  /** What was promised has not come by now. It is told once for each window that goes by. */
  async #overdue(unit: Unit, payload: Payload, dueAt: number): Promise<void> {
    await this.#in(unit, payload, async ({ secrets, rotating, later }) => {
      const found = await this.#find({ secrets }, payload.id)
      const watch = found && (await secrets.rotations.watch(found.secret))
      if (found === undefined || watch === undefined || watch.dueBy > dueAt) return
      const { secret, rotation } = found
      const now = this.#now(dueAt)
      const run = await secrets.rotations.run(secret)
      const since = new Date(watch.dueBy).toISOString().replace('.000Z', 'Z')
      const why = run?.failure === undefined ? '' : `; the last attempt: ${run.failure}`
      const text = `No rotation has ended well since ${since}${why}`
      const { planned } = rotation
      const next = run?.notBefore ?? planned?.runAt
      rotating.tell(secret, 'RotationOverdue', run?.token ?? 'none', now, text, failureTold({ failure: text }, next))
      if (planned !== undefined && planned.windowEnd > now) await later.watch(secret, planned.windowEnd)
    })
  }

  /** Takes down how a step went; answers the next one, claimed. Nothing when the run is not the claimed one any more. */
  async #settle(work: Work, invoked: Invoked, stopping: boolean): Promise<Work | undefined> {
    return this.#parts.storage.unit('write', (unit) =>
      this.#in(unit, work, async (within) => {
        const found = await this.#find(within, work.id)
        const now = this.#parts.clock.now()
        const run = found && (await within.secrets.rotations.run(found.secret))
        if (found === undefined || run === undefined || !isClaim(run, work.run)) {
          const secret = found?.secret ?? (await within.secrets.findById(work.id))
          if (secret !== undefined) await within.rotating.release(secret, work.run, now)
          return undefined
        }
        const { secret, rotation } = found
        const turn = { ...within, unit, secret, rotation, now }
        return this.#attempts.settle(turn, run, invoked, stopping)
      }),
    )
  }

  /** The secret and its rotation, when that is on. */
  async #find(
    { secrets }: Pick<Within, 'secrets'>,
    id: string,
  ): Promise<{ secret: Secret; rotation: Rotation } | undefined> {
    const secret = await secrets.findById(id)
    if (secret === undefined || secret.deletedAt !== undefined) return undefined
    const rotation = await secrets.rotations.find(secret)
    return rotation?.enabled ? { secret, rotation } : undefined
  }

  async #in<T>(unit: Unit, { account, region }: Cell, work: (within: Within) => Promise<T>): Promise<T> {
    const events: AuditEvent[] = []
    const result = await work(this.#within(unit, { account, region }, events))
    if (events.length > 0) await this.#parts.record(unit, events)
    return result
  }

  /** A job knows when it was due; a server that was down does it later. */
  #now(dueAt: number): number {
    return Math.max(dueAt, this.#parts.clock.now())
  }
}

/** Whether the run is as the worker has claimed it: nobody has taken it over, ended it or begun another one. */
function isClaim(run: Run, claimed: Run): boolean {
  return (
    run.token === claimed.token &&
    run.step === claimed.step &&
    run.attempt === claimed.attempt &&
    run.notBefore === claimed.notBefore &&
    run.node === claimed.node &&
    run.rotationToken === claimed.rotationToken
  )
}
