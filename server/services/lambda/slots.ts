import { throttled } from './model/refusals.ts'

/** Whose executions are counted, and how many it may have at once. */
export interface Share {
  readonly account: string
  readonly region: string
  readonly name: string
  /** Executions that are kept for this function alone. */
  readonly reserved: number | undefined
  /** What all functions without such a number have together. */
  readonly unreserved: number
}

/** Counts executions that run in this process: those of other nodes are not known here. */
export class Slots {
  readonly #running = new Map<string, number>()

  /** Takes a place; answers how it is given back. Throws TooManyRequestsException when there is none. */
  take({ account, region, name, reserved, unreserved }: Share): () => void {
    const own = reserved !== undefined
    const key = own ? `${account}/${region}/${name}` : `${account}/${region}`
    const running = this.#running.get(key) ?? 0
    if (running >= (own ? reserved : unreserved)) {
      throw throttled(own ? 'ReservedFunctionConcurrentInvocationLimitExceeded' : 'ConcurrentInvocationLimitExceeded')
    }
    this.#running.set(key, running + 1)
    let taken = true
    return () => {
      if (!taken) return
      taken = false
      const left = (this.#running.get(key) ?? 1) - 1
      if (left > 0) this.#running.set(key, left)
      else this.#running.delete(key)
    }
  }
}
