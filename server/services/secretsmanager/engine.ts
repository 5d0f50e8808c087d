import type { KeyObject } from 'node:crypto'
import type { AuditEvent } from '#kernel/audit/event'
import type { Clock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import type { JobHandler } from '#kernel/jobs/jobs'
import type { Random } from '#kernel/random'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { Functions, Invoked, InvokeFunction } from './functions.ts'
import { type Later, type Payload, ROTATE, ROTATION_OVERDUE, ROTATION_STEP, type StepPayload } from './jobs.ts'
import { Leases } from './leases.ts'
import { checkOf, returnsIn } from './model/beyond.ts'
import type { Cell } from './model/identity.ts'
import type { Rotation, Run } from './model/rotation.ts'
import {
  cutFailure,
  failureOf,
  foreignPending,
  holdsOn,
  LATE_MS,
  LEASE_MS,
  mayReturn,
  pendingVersion,
  retryAfter,
  stepAfter,
  stepFailed,
  THROTTLED_MS,
  waitsForWindow,
} from './model/rotation-run.ts'
import { afterDownTime } from './model/schedule.ts'
import { managerOf, type Secret } from './model/secret.ts'
import { CURRENT } from './model/stages.ts'
import type { Rotating } from './rotating.ts'
import type { RotationEventName } from './rotation-events.ts'
import * as sql from './rotations.sql.ts'
import type { Secrets } from './store.ts'
import { type Work, Workers } from './workers.ts'

/** What the engine needs in one unit of work, as the operations have it. */
export interface Within {
  readonly secrets: Secrets
  readonly later: Later
  readonly rotating: Rotating
  readonly functions: Functions
  /** What the unit leaves in the trail: written in the unit itself. */
  readonly events: AuditEvent[]
}

/** What rotations are driven with. */
export interface EngineParts {
  readonly storage: Pick<Storage, 'unit' | 'durable'>
  readonly clock: Clock
  readonly invoke: InvokeFunction
  /** Writes service events in the unit of the change: the trail's `recordIn`. */
  readonly record: (unit: Unit, events: readonly AuditEvent[]) => Promise<void>
  /**
   * Told of what became of rotations, after the commit; `missed`: a window went by in which nothing ran; `lost`: an attempt
   * died with its process. For metrics.
   */
  readonly told?: (event: RotationEventName | 'missed' | 'lost', secretArn: string) => void
  /** This process is the only one that rotates with this store: whatever others had claimed, they are dead. Default false. */
  readonly alone?: boolean
  /** Told of failures of the store; the rotation is taken up again when its lease is over. */
  readonly onProblem: (error: unknown) => void
  /** Functions that run at once in this process. Default 16. */
  readonly concurrency?: number
}

const SERVICE = 'secretsmanager.amazonaws.com'
const MINUTE_MS = 60_000
const LOST = { errorType: 'Lost', errorMessage: 'the process that ran the function ended' } as const

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
  drain(): Promise<void> {
    return this.#workers.drain()
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
      const { windowEnd } = found.rotation.planned
      const kept = await secrets.rotations.watch(secret)
      await rotating.schedule(secret, rotation, now, kept === undefined ? windowEnd : 'kept')
      if (run !== undefined) {
        if (waitsForWindow(run)) await rotating.retry(secret, run, now)
        return
      }
      const pending = pendingVersion(await secrets.stages(secret))
      if (pending !== undefined) {
        const text = foreignPending(pending, secret.arn, rotation.functionArn ?? '')
        return rotating.tell(secret, 'RotationFailed', pending, now, text)
      }
      const token = this.#random.uuid()
      try {
        await rotating.begin(secret, token, now)
      } catch (error) {
        // A quota: nothing has been written.
        if (!(error instanceof ApiError)) throw error
        rotating.tell(secret, 'RotationFailed', token, now, error.message)
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
      if (!this.#workers.hasRoom()) {
        return later.step(secret, run.token, now + THROTTLED_MS + this.#chance(2 * THROTTLED_MS))
      }
      if (!holdsOn(await secrets.stages(secret), run.token)) return rotating.abandon(secret, run, now)
      const work =
        run.node === undefined
          ? await this.#claim(unit, within, secret, rotation, rotating.first(run), now)
          : await this.#lost(unit, within, secret, rotation, run, now)
      if (work !== undefined) unit.afterCommit(() => this.#workers.take(work))
    })
  }

  /** An attempt has died with its process: it counts. The first is made up for at once, since processes are restarted. */
  async #lost(
    unit: Unit,
    within: Within,
    secret: Secret,
    rotation: Rotation,
    run: Run,
    now: number,
  ): Promise<Work | undefined> {
    unit.afterCommit(() => this.#parts.told?.('lost', secret.arn))
    if (run.attempt > 1) return this.#failed(unit, within, secret, rotation, run, LOST, now)
    const failure = failureOf(run.step, LOST.errorType, LOST.errorMessage)
    const again = { ...within.rotating.first(run), attempt: run.attempt + 1, failure }
    return this.#claim(unit, within, secret, rotation, again, now)
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
      rotating.tell(
        secret,
        'RotationOverdue',
        run?.token ?? 'none',
        now,
        `No rotation has ended well since ${since}${why}`,
      )
      const { planned } = rotation
      if (planned !== undefined && planned.windowEnd > now) await later.watch(secret, planned.windowEnd)
    })
  }

  /** Writes down that this step is tried now; undefined when its function does not let the service in any more. */
  async #claim(
    unit: Unit,
    within: Within,
    secret: Secret,
    rotation: Rotation,
    run: Run,
    now: number,
  ): Promise<Work | undefined> {
    const { account, region, id, arn } = secret
    const { configuredBy } = rotation
    const functionArn = functionOf(secret, rotation, run)
    const managed = functionArn !== undefined && functionArn === managerOf(secret)
    if (
      functionArn === undefined ||
      !(managed || (await within.functions.admits(functionArn, SERVICE, { arn, account })))
    ) {
      const errorMessage =
        'The policy of the function does not grant access to the principal secretsmanager.amazonaws.com.'
      return this.#failed(
        unit,
        within,
        secret,
        rotation,
        run,
        { errorType: 'AccessDeniedException', errorMessage },
        now,
      )
    }
    await this.#leases.take(unit, now)
    const claimed = await within.rotating.claim(secret, run, this.#leases.node, now)
    return { account, region, id, arn, functionArn, configuredBy, run: claimed }
  }

  /** Takes down how a step went; answers the next one, claimed. Nothing when the run is not the claimed one any more. */
  async #settle(work: Work, invoked: Invoked, stopping: boolean): Promise<Work | undefined> {
    return this.#parts.storage.unit('write', (unit) =>
      this.#in(unit, work, async (within) => {
        const found = await this.#find(within, work.id)
        if (found === undefined) return undefined
        const { secret, rotation } = found
        const run = await within.secrets.rotations.run(secret)
        if (run === undefined || !isClaim(run, work.run)) return undefined
        const now = this.#parts.clock.now()
        if (run.step === 'returnSecret' && !stopping) return this.#returned(within, secret, rotation, run, invoked, now)
        if (invoked.ok) return this.#succeeded(unit, within, secret, rotation, run, now)
        if (stopping) await within.rotating.wait(secret, run, now)
        else if (invoked.throttled === true) await within.rotating.wait(secret, run, now + THROTTLED_MS)
        else return this.#failed(unit, within, secret, rotation, run, invoked, now)
        return undefined
      }),
    )
  }

  async #succeeded(
    unit: Unit,
    within: Within,
    secret: Secret,
    rotation: Rotation,
    run: Run,
    now: number,
  ): Promise<Work | undefined> {
    const { rotating, secrets } = within
    const step = stepAfter(run, checkOf(secret.tags) !== undefined)
    if (run.phase === 'test') {
      rotating.tell(secret, 'TestRotationSucceeded', run.token, now)
      await rotating.end(secret, run, now)
      return undefined
    }
    const stages = await secrets.stages(secret)
    if (!holdsOn(stages, run.token)) {
      await rotating.abandon(secret, run, now)
      return undefined
    }
    if (step !== undefined) return this.#claim(unit, within, secret, rotation, { ...run, step }, now)
    if (stages.get(CURRENT) !== run.token) {
      const errorMessage = 'The function has ended, but its version is not AWSCURRENT.'
      return this.#failed(unit, within, secret, rotation, run, { errorType: 'NotCurrent', errorMessage }, now)
    }
    await rotating.end(secret, run, now)
    await rotating.schedule(secret, { ...rotation, lastAt: now, basedAt: now }, now)
    rotating.tell(secret, 'RotationSucceeded', run.token, now)
    return undefined
  }

  /** Tells of a failure and puts the next attempt down; answers the claimed step that sets the old password again, if any. */
  async #failed(
    unit: Unit,
    within: Within,
    secret: Secret,
    rotation: Rotation,
    run: Run,
    { errorType, errorMessage }: { readonly errorType: string; readonly errorMessage: string },
    now: number,
  ): Promise<Work | undefined> {
    const { rotating, functions, secrets } = within
    const text = stepFailed(functionOf(secret, rotation, run) ?? '', run.step)
    if (run.phase === 'test') {
      rotating.tell(secret, 'TestRotationFailed', run.token, now, text)
      await rotating.end(secret, run, now)
      return undefined
    }
    rotating.tell(secret, 'RotationFailed', run.token, now, text)
    const next = { ...run, failure: failureOf(run.step, errorType, errorMessage) }
    const { functionArn = '' } = rotation
    if (mayReturn(run) && returnsIn(secret.tags) && functions.returns?.(functionArn) === true) {
      const current = (await secrets.stages(secret)).get(CURRENT)
      if (current !== run.token)
        return this.#claim(unit, within, secret, rotation, { ...next, step: 'returnSecret' }, now)
    }
    await this.#again(within, secret, rotation, next, now)
    return undefined
  }

  /** How it went to set the old password again. Either way the rotation is tried again from its first step. */
  async #returned(
    within: Within,
    secret: Secret,
    rotation: Rotation,
    run: Run,
    invoked: Invoked,
    now: number,
  ): Promise<undefined> {
    const before = run.failure ?? ''
    const how = invoked.ok
      ? 'the current password was set again'
      : `the current password could not be set again: ${invoked.errorType}: ${invoked.errorMessage}`
    within.rotating.tell(
      secret,
      invoked.ok ? 'RotationReturned' : 'RotationFailed',
      run.token,
      now,
      ...(invoked.ok ? [] : [stepFailed(rotation.functionArn ?? '', 'returnSecret')]),
    )
    await this.#again(within, secret, rotation, { ...run, failure: cutFailure(`${before}; ${how}`) }, now)
  }

  /** Puts the attempt after a failed one down. */
  async #again({ rotating }: Within, secret: Secret, rotation: Rotation, run: Run, now: number): Promise<void> {
    const next = { ...run, attempt: run.attempt + 1 }
    const delay = retryAfter(run.attempt, this.#chance)
    if (delay === undefined) await rotating.park(secret, next, rotation.planned?.runAt ?? now)
    else await rotating.wait(secret, next, now + delay)
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

/** Which function does the step. */
const functionOf = (secret: Secret, { functionArn }: Rotation, { step }: Run): string | undefined =>
  step === 'checkSecret' ? checkOf(secret.tags) : (functionArn ?? managerOf(secret))

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
