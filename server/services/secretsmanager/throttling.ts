import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import { Rates } from '#kernel/rates'

/** How many requests a second an account may make in a region to these operations together. */
export interface Rate {
  readonly operations: readonly string[]
  readonly perSecond: number
}

/**
 * Refuses calls that come faster than an account may make them in a region; reads of what others share count against who reads. Time is
 * that of the calls. Holds for one process. Source: secretsmanager.md 14, 7.5.
 */
export class Throttle {
  readonly #rates = new Rates()
  readonly #counted: ReadonlyMap<string, { readonly shared: string; readonly perSecond: number }>

  /** @param rates operations in none of them are not counted */
  constructor(rates: readonly Rate[]) {
    this.#counted = new Map(
      rates.flatMap(({ operations, perSecond }) =>
        operations.map((name) => [name, { shared: operations[0] as string, perSecond }]),
      ),
    )
  }

  /** Counts a call; the refusal when it is one too many. Text: recorded. */
  refusal({ caller, region, now }: Call, operation: string): ApiError | undefined {
    const counted = this.#counted.get(operation)
    if (counted === undefined) return undefined
    const name = `${caller.account} ${region} ${counted.shared}`
    return this.#rates.take(name, counted.perSecond, now)
      ? undefined
      : new ApiError('ThrottlingException', 'Rate exceeded')
  }
}
