import type { Series } from '#kernel/audit/usage/tally'
import { SPANS, spanAt, startOf } from '#kernel/audit/usage/usage'

/** What is written for one span of time: columns, by series ascending, each once. */
interface Counted {
  readonly span: number
  readonly time: number
  readonly ids: number[]
  readonly calls: number[]
  readonly items: number[]
}

/**
 * Rows of `usage_count` and `usage_last` for one pass, in the order of the tables: where each row is about another secret, rows that
 * are beside each other are in one page.
 */
export class CountRows {
  readonly #now: number
  readonly #counted = new Map<string, Counted>()
  readonly #ofMinute = new Map<number, Counted>()
  readonly #ids: number[] = []
  readonly #of: Counted[] = []
  readonly #lasts: number[] = []
  readonly #calls: number[] = []
  readonly #items: number[] = []

  /** `now` decides how coarse old rows are. */
  constructor(now: number) {
    this.#now = now
  }

  /** What a minute counts in. */
  spanOf(minute: number): Counted {
    let found = this.#ofMinute.get(minute)
    if (found === undefined) {
      const span = spanAt(minute, this.#now)
      const time = startOf((SPANS[span] as (typeof SPANS)[number]).span, minute)
      const name = `${span} ${time}`
      found = this.#counted.get(name) ?? { span, time, ids: [], calls: [], items: [] }
      this.#counted.set(name, found)
      this.#ofMinute.set(minute, found)
    }
    return found
  }

  add(id: number, minute: number, last: number, calls: number, items: number): void {
    this.#ids.push(id)
    this.#of.push(this.spanOf(minute))
    this.#lasts.push(last)
    this.#calls.push(calls)
    this.#items.push(items)
  }

  /** `happened`: when each series did last. */
  sorted(): { readonly happened: readonly (readonly [id: number, last: number])[]; readonly counted: Counted[] } {
    const ids = this.#ids
    const order = Uint32Array.from(ids, (_, at) => at).sort((a, b) => (ids[a] as number) - (ids[b] as number))
    const happened: [id: number, last: number][] = []
    let newest: [id: number, last: number] = [0, 0]
    for (const at of order) {
      const id = ids[at] as number
      const last = this.#lasts[at] as number
      if (newest[0] !== id) {
        newest = [id, last]
        happened.push(newest)
      } else if (last > newest[1]) newest[1] = last
      const of = this.#of[at] as Counted
      const end = of.ids.length - 1
      if (of.ids[end] === id) {
        of.calls[end] = (of.calls[end] as number) + (this.#calls[at] as number)
        of.items[end] = (of.items[end] as number) + (this.#items[at] as number)
      } else {
        of.ids.push(id)
        of.calls.push(this.#calls[at] as number)
        of.items.push(this.#items[at] as number)
      }
    }
    return { happened, counted: [...this.#counted.values()].sort((a, b) => a.span - b.span || a.time - b.time) }
  }
}

type Of = Omit<Series, 'principal' | 'resource'>

interface Total {
  readonly of: Of
  readonly span: number
  readonly time: number
  calls: number
  items: number
}

/** Sums over principals and resources: rows of `usage_total`. */
export class Totals {
  readonly #sums = new Map<string, Total>()

  add(of: Of, span: number, time: number, calls: number, items: number): void {
    const { account, region, source, operation, result, via } = of
    const key = `${span} ${time} ${account} ${region} ${source} ${operation} ${via} ${result}`
    const sum = this.#sums.get(key)
    if (sum === undefined) this.#sums.set(key, { of, span, time, calls, items })
    else {
      sum.calls += calls
      sum.items += items
    }
  }

  [Symbol.iterator](): IterableIterator<Total> {
    return this.#sums.values()
  }
}
