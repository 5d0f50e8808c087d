import type { Clock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import { causeBegan, causeEnded } from '#kernel/events/causes'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { Random } from '#kernel/random'
import { openValue, sealValue } from '#kernel/sealing/envelope'
import type { Vault } from '#kernel/sealing/vault'
import type { Storage, Unit } from '#kernel/storage/storage'
import { callOfService } from '../sts/port.ts'
import type { LambdaFunction } from './model/function.ts'
import { type Cell, isNumber, LATEST } from './model/names.ts'
import { isThrottled, type Prepared, type Running, type Shelves } from './running.ts'
import { LAMBDA } from './roles.ts'
import * as sql from './store.sql.ts'

export const EVENT = 'lambda/event'
const LABEL = 'lambda/event'

/** Tries of one event: the first and two more, about one and two minutes later. Source: rotation.md 14.2. */
const MOST_ATTEMPTS = 3
const MINUTE_MS = 60_000
/** An event that could not be tried at all waits so long at the most. Source: API_PutFunctionEventInvokeConfig. */
const LONGEST_WAIT_MS = 6 * 60 * MINUTE_MS
/** Who finds an event claimed for so much longer than its function may run takes its process for dead: starting takes time too. */
const LEASE_MARGIN_MS = 2 * MINUTE_MS
const LONGEST_RUN_MS = 15 * MINUTE_MS
/** Events that run at once in this process: of all accounts, and of one, so that others find some. */
const MOST_AT_ONCE = 16
const MOST_OF_ACCOUNT = 12
/** Events of one account that wait: rules make many of one, and each may have a quarter of a megabyte. */
const MOST_QUEUED = 10_000
/** A full house is looked at again. */
const FULL_MS = 1000
/** An event that does not end when the server stops is left behind: its claim ends by itself. */
const STOPPING_MS = 10_000

interface Payload extends Cell {
  readonly id: string
}

/** What an event brings. */
export interface Event {
  readonly payload: Uint8Array
  readonly clientContext: string | undefined
  /** Events of EventBridge, one causing the next, that stand behind what the function does: `kernel/events/causes.ts`. */
  readonly depth?: number | undefined
}

type PutParts = Pick<QueueParts, 'jobs' | 'vault' | 'random'> & {
  /** Other than MOST_QUEUED. */
  readonly most?: number
}

/** Puts events down for later, in the unit of the call that brings them. */
export class Queue {
  readonly #unit: Unit
  readonly #parts: PutParts

  constructor(unit: Unit, parts: PutParts) {
    this.#unit = unit
    this.#parts = parts
  }

  /** `id`: the request's, which the function sees. False: too many events of the account wait already, and nothing was put down. */
  async put(
    of: LambdaFunction,
    qualifier: string | undefined,
    id: string,
    event: Event,
    now: number,
  ): Promise<boolean> {
    const { jobs, vault, random, most = MOST_QUEUED } = this.#parts
    const { account, region, name } = of
    const queued = await this.#unit.get<{ n: number }>(sql.queuedEvents, { account, most })
    if (Number(queued?.n ?? 0) >= most) return false
    const bound = [account, region, id, of.id, qualifier ?? '']
    const dataKey = random.bytes(32)
    const context = Buffer.from(event.clientContext ?? '', 'utf8')
    const head = Buffer.alloc(4)
    head.writeUInt32BE(context.length)
    const sealed = sealValue(dataKey, Buffer.concat([head, context, event.payload]), bound)
    const wrapped = vault.wrap(LABEL, dataKey, bound)
    dataKey.fill(0)
    const ids = { id, functionName: name, functionId: of.id, qualifier: qualifier ?? '' }
    await this.#unit.run(sql.insertEvent, {
      account,
      region,
      ...ids,
      queuedAt: now,
      depth: event.depth ?? 0,
      wrapped,
      sealed,
    })
    await jobs.schedule(this.#unit, {
      kind: EVENT,
      key: keyOf({ account, region, id }),
      dueAt: now,
      payload: { account, region, id },
    })
    return true
  }
}

const keyOf = ({ account, region, id }: Payload) => `${account}/${region}/${id}`

export interface QueueParts {
  readonly storage: Storage
  readonly jobs: Jobs
  readonly clock: Clock
  readonly vault: Vault
  readonly random: Random
  readonly running: Running
  readonly shelves: (unit: Unit) => Shelves
  /** Told of events that were given up, and of failures of the store. Nothing of the event. */
  readonly onProblem: (text: string, error: unknown) => void
}

/** A claimed event. */
interface Claim extends Payload {
  readonly functionName: string
  readonly attempt: number
  readonly queuedAt: number
  readonly depth: number
}

/**
 * Runs events that wait: a job claims one for longer than any function runs, and hands it on when that is committed; what came of
 * it is written down in a unit of its own. Who dies in between leaves a claim that ends: then it is tried again.
 */
export class QueueRunner {
  readonly handler: JobHandler = {
    kind: EVENT,
    run: (unit, payload, dueAt) => this.#due(unit, payload as Payload, dueAt),
  }
  readonly #parts: QueueParts
  readonly #running = new Set<Promise<void>>()
  readonly #claimed = new Map<string, number>()
  #allClaimed = 0
  #stopping = false

  constructor(parts: QueueParts) {
    this.#parts = parts
  }

  /** Settles when no event runs. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  /** Begins no more; what does not end in time is left to the next start. */
  async drain(): Promise<void> {
    this.#stopping = true
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, STOPPING_MS)
    await Promise.race([this.idle(), late.promise])
    clearTimeout(timer)
  }

  async #due(unit: Unit, payload: Payload, dueAt: number): Promise<void> {
    const { jobs, clock } = this.#parts
    const { account, region, id } = payload
    const row = await unit.get<sql.EventRow>(sql.findEvent, { account, region, id })
    if (row === undefined) return
    const now = Math.max(dueAt, clock.now())
    const later = (ms: number) => jobs.schedule(unit, { kind: EVENT, key: keyOf(payload), dueAt: now + ms, payload })
    if (this.#stopping || !this.#hasRoom(account)) return later(FULL_MS)
    const attempt = Number(row.attempts) + 1
    if (attempt > MOST_ATTEMPTS) {
      // The last try ended with its process.
      await unit.run(sql.deleteEvent, { account, region, id })
      return
    }
    await unit.run(sql.countAttempt, { account, region, id, attempts: attempt })
    await later((await this.#longestRun(unit, payload, row)) + LEASE_MARGIN_MS)
    const claim = {
      ...payload,
      functionName: row.function_name,
      attempt,
      queuedAt: Number(row.queued_at),
      depth: Number(row.depth),
    }
    unit.afterCommit(() => this.#begin(claim))
  }

  /** The timeout of what the event runs; behind an alias versions change, so it counts as the longest there is. */
  async #longestRun(unit: Unit, cell: Cell, { function_name, qualifier }: sql.EventRow): Promise<number> {
    const shelves = this.#parts.shelves(unit)
    const found = await shelves.functions.find(cell, function_name)
    if (found === undefined || (qualifier !== '' && !isNumber(qualifier) && qualifier !== LATEST)) return LONGEST_RUN_MS
    const version = await shelves.functions.version(found, qualifier === '' ? LATEST : qualifier)
    return version === undefined ? LONGEST_RUN_MS : version.settings.timeout * 1000
  }

  #hasRoom(account: string): boolean {
    return (this.#claimed.get(account) ?? 0) < MOST_OF_ACCOUNT && this.#allClaimed < MOST_AT_ONCE
  }

  #begin(claim: Claim): void {
    const { account } = claim
    this.#claimed.set(account, (this.#claimed.get(account) ?? 0) + 1)
    this.#allClaimed++
    const work: Promise<void> = this.#do(claim)
      .catch((error) =>
        this.#parts.onProblem(`how an event of ${claim.functionName} ended could not be written down`, error),
      )
      .finally(() => {
        const left = (this.#claimed.get(account) ?? 1) - 1
        if (left > 0) this.#claimed.set(account, left)
        else this.#claimed.delete(account)
        this.#allClaimed--
        this.#running.delete(work)
      })
    this.#running.add(work)
  }

  async #do(claim: Claim): Promise<void> {
    const { storage, running } = this.#parts
    // What a power cut could take back has not happened.
    await storage.durable()
    let ended: 'done' | 'failed' | 'later' = 'failed'
    const keys = new Set<string>()
    try {
      const found = await storage.unit('read', (unit) => this.#load(unit, claim))
      if (found === undefined) return
      const { prepared, event } = found
      const ran = await running.run(prepared, {
        requestId: claim.id,
        ...event,
        ...(claim.depth > 0 && { givenKey: (key: string) => this.#given(claim, key, keys) }),
      })
      ended = ran.functionError === undefined ? 'done' : 'failed'
    } catch (error) {
      if (isThrottled(error)) ended = 'later'
      else if (!(error instanceof ApiError))
        this.#parts.onProblem(`an event of ${claim.functionName} could not be run`, error)
    }
    if (running.signal.aborted && ended === 'failed') ended = 'later'
    await storage.unit('write', (unit) => this.#settle(unit, claim, ended, keys))
    await storage.durable()
  }

  /** Says that what is done with the key from now on was caused by events; before the function has it. */
  async #given({ depth }: Claim, key: string, keys: Set<string>): Promise<void> {
    const { storage, clock } = this.#parts
    if (keys.has(key)) return
    await storage.unit('write', (unit) => causeBegan(unit, key, depth, clock.now()))
    keys.add(key)
  }

  async #load(unit: Unit, { account, region, id }: Claim): Promise<{ prepared: Prepared; event: Event } | undefined> {
    const { vault, running, shelves, clock } = this.#parts
    const row = await unit.get<sql.EventRow>(sql.findEvent, { account, region, id })
    if (row === undefined) return undefined
    const qualifier = row.qualifier === '' ? undefined : row.qualifier
    const bound = [account, region, id, row.function_id, row.qualifier]
    const dataKey = vault.unwrap(LABEL, row.wrapped, bound)
    const clear = openValue(dataKey, row.sealed, bound)
    dataKey.fill(0)
    const end = 4 + clear.readUInt32BE(0)
    const context = clear.toString('utf8', 4, end)
    const name = { account, region, name: row.function_name, qualifier }
    const prepared = await running.prepare(
      unit,
      shelves(unit),
      name,
      callOfService(LAMBDA, { account, region }, id, clock.now()),
    )
    // Events of a function that was deleted do not go to its namesake.
    if (!prepared.runnable.revision.startsWith(`${row.function_id}/`)) return undefined
    return { prepared, event: { payload: clear.subarray(end), clientContext: context === '' ? undefined : context } }
  }

  async #settle(
    unit: Unit,
    claim: Claim,
    ended: 'done' | 'failed' | 'later',
    keys: ReadonlySet<string>,
  ): Promise<void> {
    const { jobs, clock, onProblem } = this.#parts
    const { account, region, id, attempt, queuedAt, functionName } = claim
    const now = clock.now()
    for (const key of keys) await causeEnded(unit, key, now)
    const row = await unit.get<sql.EventRow>(sql.findEvent, { account, region, id })
    // Taken over by somebody else, or gone with its function.
    if (row === undefined || Number(row.attempts) !== attempt) return
    const tries = ended === 'later' ? attempt - 1 : attempt
    const over = ended === 'later' ? now - queuedAt > LONGEST_WAIT_MS : tries >= MOST_ATTEMPTS
    if (ended === 'done' || over) {
      await unit.run(sql.deleteEvent, { account, region, id })
      await jobs.cancel(unit, EVENT, keyOf(claim))
      if (ended !== 'done')
        unit.afterCommit(() => onProblem(`an event of ${functionName} was given up after ${tries} tries`, undefined))
      return
    }
    // The longer it has been waiting, the longer it goes on to.
    const waitMs = ended === 'failed' ? attempt * MINUTE_MS : Math.min(Math.max(now - queuedAt, 1000), 5 * MINUTE_MS)
    await unit.run(sql.countAttempt, { account, region, id, attempts: tries })
    await jobs.schedule(unit, { kind: EVENT, key: keyOf(claim), dueAt: now + waitMs, payload: { account, region, id } })
  }
}
