import type { Parameters, Row, Scope, Statement, Storage, Unit } from '#kernel/storage/storage'

/** The error that a faulty store throws. */
export class Fault extends Error {
  constructor(at: string) {
    super(`fault: ${at}`)
    this.name = 'Fault'
  }
}

/**
 * How the store fails. `error`: the step fails, before a commit. `lost`: at a commit, the commit is made and its answer
 * lost; like `error` elsewhere. `conflict`: the unit in which the step is rolls back and runs again, as after a
 * conflict with another one.
 */
export type FaultKind = 'error' | 'lost' | 'conflict'

/** A store that fails at a chosen step, for tests. Steps are statements, commits and flushes, counted from 1. */
export interface FaultyStorage extends Storage {
  /** Steps so far: run once without a fault to know how many there are. */
  readonly steps: number
  /** Fails at the `step`-th step from now on, once. */
  failAt(step: number, kind?: FaultKind): void
}

class Conflict extends Error {}

/** Wraps a store; without `failAt` it does what the store does. */
export function faulty(storage: Storage): FaultyStorage {
  let steps = 0
  let planned: { readonly step: number; readonly kind: FaultKind } | undefined

  /** The kind of fault that is due at this step. */
  const step = (): FaultKind | undefined => {
    steps++
    if (planned?.step !== steps) return undefined
    const { kind } = planned
    planned = undefined
    return kind
  }
  const fail = (at: string): void => {
    const kind = step()
    if (kind === 'conflict') throw new Conflict()
    if (kind !== undefined) throw new Fault(at)
  }

  const wrap = (unit: Unit): Unit & { failure: unknown; finish(): Promise<void> } => {
    const before: (() => Promise<void>)[] = []
    const wrapped = {
      effect: unit.effect,
      failure: undefined as unknown,
      get: <R = Row>(statement: Statement, parameters: Parameters) =>
        guarded(statement, () => unit.get<R>(statement, parameters)),
      all: <R = Row>(statement: Statement, parameters: Parameters) =>
        guarded(statement, () => unit.all<R>(statement, parameters)),
      run: (statement: Statement, parameters: Parameters) => guarded(statement, () => unit.run(statement, parameters)),
      touch: (scope: Scope) => unit.touch(scope),
      generation: (scope: Scope) => unit.generation(scope),
      beforeCommit: (work: () => Promise<void>) => void before.push(work),
      afterCommit: (work: () => void) => unit.afterCommit(work),
      /** Before the step of the commit. */
      async finish() {
        for (const work of before) await work()
      },
    }
    // as in the engines: a unit of which a statement failed can't go on, nor commit
    const guarded = async <T>(statement: Statement, work: () => Promise<T>): Promise<T> => {
      if (wrapped.failure !== undefined) throw wrapped.failure
      try {
        fail(statement.name)
      } catch (error) {
        wrapped.failure = error
        throw error
      }
      return work()
    }
    return wrapped
  }

  return {
    engine: storage.engine,
    get steps() {
      return steps
    },
    failAt(at, kind = 'error') {
      planned = { step: steps + at, kind }
    },
    async unit(effect, work) {
      for (;;) {
        let lost = false
        try {
          const result = await storage.unit(effect, async (unit) => {
            const wrapped = wrap(unit)
            let done: Awaited<ReturnType<typeof work>>
            try {
              done = await work(wrapped)
              await wrapped.finish()
            } catch (error) {
              throw wrapped.failure instanceof Conflict ? wrapped.failure : error
            }
            if (wrapped.failure !== undefined) throw wrapped.failure
            const kind = effect === 'write' ? step() : undefined
            if (kind === 'error') throw new Fault('commit')
            if (kind === 'conflict') throw new Conflict()
            lost = kind === 'lost'
            return done
          })
          if (lost) throw new Fault('the answer of a commit')
          return result
        } catch (error) {
          if (!(error instanceof Conflict)) throw error
        }
      }
    },
    async durable() {
      if (step() !== undefined) throw new Fault('durable')
      return storage.durable()
    },
    generation: (scope) => storage.generation(scope),
    healthy: () => storage.healthy(),
    get trouble() {
      return storage.trouble
    },
    close: () => storage.close(),
  }
}
