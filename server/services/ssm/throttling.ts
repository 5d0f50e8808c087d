import { ApiError } from '#kernel/error'
import type { Call } from '#kernel/call'
import { Rates } from '#kernel/rates'
import type { Storage } from '#kernel/storage/storage'
import { hasHighThroughput } from './settings.ts'

/** Transactions a second of AWS's default throughput, which the others are in proportion to. Source: parameterstore.md 15. */
const AWS_THROUGHPUT = 40

/**
 * The operations that are counted, what they share a bucket with, and how many times the default throughput each has alone when the
 * account has set high-throughput-enabled. Source: parameterstore.md 15. Assumed: GetParametersByPath has the default throughput for
 * itself, since only its higher figure is told.
 */
const COUNTED: ReadonlyMap<string, { readonly shared: string; readonly times: number | undefined }> = new Map([
  ['GetParameter', { shared: 'default', times: 10_000 / AWS_THROUGHPUT }],
  ['GetParameters', { shared: 'default', times: 1000 / AWS_THROUGHPUT }],
  ['PutParameter', { shared: 'default', times: undefined }],
  ['GetParametersByPath', { shared: 'GetParametersByPath', times: 100 / AWS_THROUGHPUT }],
])

const MOST_CELLS = 10_000

/**
 * Refuses calls that come faster than an account may make them in a region, whoever makes them; reads of what others share count
 * against who reads. Time is that of the calls. Holds for one process.
 */
export class Throttle {
  readonly #perSecond: number
  readonly #storage: Pick<Storage, 'generation' | 'unit'>
  readonly #rates = new Rates()
  /** By account and region: whether high throughput is set, as of a generation of parameters. */
  readonly #high = new Map<string, { readonly generation: number; readonly high: boolean }>()

  /** @param perSecond transactions a second of the default throughput */
  constructor(perSecond: number, storage: Pick<Storage, 'generation' | 'unit'>) {
    this.#perSecond = perSecond
    this.#storage = storage
  }

  /** Counts a call; the refusal when it is one too many. At once, but for the first after the settings may have changed. */
  refusal(call: Call, operation: string): ApiError | undefined | Promise<ApiError | undefined> {
    const counted = COUNTED.get(operation)
    if (counted === undefined) return undefined
    const cell = `${call.account} ${call.region}`
    const generation = this.#storage.generation('parameters')
    const known = this.#high.get(cell)
    if (known?.generation === generation) return this.#count(call, cell, operation, known.high)
    return hasHighThroughput(this.#storage, call).then((high) => {
      if (this.#high.size >= MOST_CELLS) this.#high.clear()
      this.#high.set(cell, { generation, high })
      return this.#count(call, cell, operation, high)
    })
  }

  #count({ now }: Call, cell: string, operation: string, high: boolean): ApiError | undefined {
    const { shared, times } = COUNTED.get(operation) as { shared: string; times: number | undefined }
    const alone = high && times !== undefined
    const most = alone ? Math.max(1, this.#perSecond * times) : this.#perSecond
    const name = `${cell} ${alone ? `high ${operation}` : shared}`
    return this.#rates.take(name, most, now) ? undefined : new ApiError('ThrottlingException', 'Rate exceeded')
  }
}
