import type { Clock, SettableClock } from '#kernel/clock'
import type { JobHandler } from '#kernel/jobs/jobs'
import { jobs } from '#kernel/jobs/store'
import { type Statement, type Storage, statement, type Unit } from '#kernel/storage/storage'

interface JobRow {
  readonly kind: string
  readonly key: string
  readonly due_at: number
  readonly attempts: number
  readonly payload: string
}

/** A try that failed; it will be made again at `nextAt`. */
export interface JobFailure {
  readonly kind: string
  readonly key: string
  readonly attempts: number
  readonly nextAt: number
  readonly error: unknown
}

/** What a runner works with. */
export interface JobRunnerOptions {
  readonly storage: Storage
  readonly clock: Clock
  /** One for each kind. Jobs of other kinds (of a newer program) are left alone. */
  readonly handlers: readonly JobHandler[]
  /** Told of each failed try. */
  readonly onFailure: (failure: JobFailure) => void
  /** Told when the list itself could not be read. */
  readonly onProblem: (problem: unknown) => void
  /** Milliseconds of the machine between two looks at the list. Default 500. */
  readonly pollMs?: number
  /** Settles when what jobs began outside of their unit is done: time does not travel on before. */
  readonly settled?: () => Promise<void>
}

const retry = statement(
  'job/retry',
  `update job set attempts = :attempts, next_at = :nextAt
   where kind = :kind and key = :key and due_at = :dueAt and attempts < :attempts`,
)

/** Wait after the n-th failure: 1 s, 2 s, 4 s …, at most an hour. */
export function backoffMs(attempts: number): number {
  return Math.min(1000 * 2 ** Math.min(attempts - 1, 20), 3_600_000)
}

/** Takes due jobs off the list and does them, in order of time. Any number of processes may run one each. */
export class JobRunner {
  readonly #storage: Storage
  readonly #clock: Clock
  readonly #handlers: ReadonlyMap<string, JobHandler>
  readonly #onFailure: (failure: JobFailure) => void
  readonly #onProblem: (problem: unknown) => void
  readonly #pollMs: number
  readonly #settled: () => Promise<void>
  readonly #kinds: Record<string, string> = {}
  readonly #earliest: Statement
  /** The same of what is done at its own time, however time passes. */
  readonly #stepwise: Statement
  readonly #claim: Statement
  #turn: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #started = false

  constructor(options: JobRunnerOptions) {
    this.#storage = options.storage
    this.#clock = options.clock
    this.#handlers = new Map(options.handlers.map((handler) => [handler.kind, handler]))
    this.#onFailure = options.onFailure
    this.#onProblem = options.onProblem
    this.#pollMs = options.pollMs ?? 500
    this.#settled = options.settled ?? (async () => undefined)
    const names = [...this.#handlers.keys()].map((kind, i) => {
      this.#kinds[`kind${i}`] = kind
      return `:kind${i}`
    })
    // the list of kinds is in the name: a runner with other kinds has another statement
    const id = [...this.#handlers.keys()].join('+')
    // An expression, so that no engine looks jobs up by their kind: the index of times has the earliest one at its beginning,
    // while all of one kind may be tens of thousands.
    const ours = names.length === 0 ? '1 = 0' : `kind || '' in (${names.join(', ')})`
    this.#earliest = statement(
      `job/earliest ${id}`,
      `select next_at as at from job where ${ours} order by next_at limit 1`,
    )
    const latest = Object.entries(this.#kinds).filter(([, kind]) => this.#handlers.get(kind)?.latest === true)
    const steps =
      latest.length === 0 ? ours : `${ours} and kind || '' not in (${latest.map(([at]) => `:${at}`).join(', ')})`
    this.#stepwise = statement(
      `job/stepwise ${id}`,
      `select next_at as at from job where ${steps} order by next_at limit 1`,
    )
    this.#claim = statement(
      `job/claim ${id}`,
      `select kind, key, due_at, attempts, payload from job where next_at <= :until and ${ours}
       order by next_at, kind collate bytes, key collate bytes limit 1 for update skip locked`,
    )
  }

  /**
   * Does everything that is due at `until`, also what these jobs put on the list, earliest first; settles when nothing
   * is left. Answers how many were done. A job that fails is put off and counts as not done.
   */
  runDue(until: number): Promise<number> {
    return this.#alone(() => this.#runDue(until))
  }

  /** Looks at the list from time to time, by the clock. */
  start(): void {
    if (this.#started) return
    this.#started = true
    this.#wait()
  }

  /** Stops looking; settles when the job that runs is done. */
  async stop(): Promise<void> {
    this.#started = false
    clearTimeout(this.#timer)
    await this.#turn
  }

  /**
   * Moves the time to `toMs`: each job that falls due on the way runs at its own time (one that says `latest` once, at the end), and
   * only then it is `toMs`.
   * A job that fails is tried again when its next try falls into the way.
   */
  travel(clock: SettableClock, toMs: number): Promise<number> {
    return this.#alone(async () => {
      await this.#settled()
      let done = 0
      for (;;) {
        const at = await this.#earliestAt(this.#stepwise)
        if (at === undefined || at > toMs) break
        clock.set(at)
        done += await this.#runDue(at)
        await this.#settled()
      }
      clock.set(toMs)
      done += await this.#runDue(toMs)
      await this.#settled()
      return done
    })
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.runDue(this.#clock.now())
        .catch(this.#onProblem)
        .finally(() => {
          if (this.#started) this.#wait()
        })
    }, this.#pollMs)
    this.#timer.unref()
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }

  async #runDue(until: number): Promise<number> {
    let done = 0
    for (;;) {
      // a look costs no write lock
      const at = await this.#earliestAt()
      if (at === undefined || at > until) break
      const outcome = await this.#next(until)
      // undefined: another process has it
      if (outcome === undefined) break
      if (outcome) done++
    }
    if (done > 0) await this.#storage.durable()
    return done
  }

  async #earliestAt(statement = this.#earliest): Promise<number | undefined> {
    const row = await this.#storage.unit('read', (unit) => unit.get<{ at: number | null }>(statement, this.#kinds))
    return row?.at ?? undefined
  }

  /** True: done. False: failed and put off. */
  async #next(until: number): Promise<boolean | undefined> {
    let job: JobRow | undefined
    try {
      return await this.#storage.unit('write', async (unit) => {
        job = await unit.get<JobRow>(this.#claim, { ...this.#kinds, until })
        if (job === undefined) return undefined
        await this.#do(unit, job, until)
        return true
      })
    } catch (error) {
      // without a job the store itself has failed
      if (job === undefined) throw error
      await this.#putOff(job, error, until)
      return false
    }
  }

  async #do(unit: Unit, job: JobRow, until: number): Promise<void> {
    // off the list first: the handler may put the same key down again
    await jobs.cancel(unit, job.kind, job.key)
    const handler = this.#handlers.get(job.kind)
    if (handler === undefined) throw new Error(`no handler for ${job.kind}`)
    await handler.run(unit, JSON.parse(job.payload), handler.latest === true ? until : job.due_at)
  }

  async #putOff(job: JobRow, error: unknown, until: number): Promise<void> {
    const attempts = job.attempts + 1
    // behind `until`, or this run would take it up again
    const nextAt = Math.max(this.#clock.now(), until) + backoffMs(attempts)
    await this.#storage.unit('write', (unit) =>
      unit.run(retry, { kind: job.kind, key: job.key, dueAt: job.due_at, attempts, nextAt }),
    )
    this.#onFailure({ kind: job.kind, key: job.key, attempts, nextAt, error })
  }
}
