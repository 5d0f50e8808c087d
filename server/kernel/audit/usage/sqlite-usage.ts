import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { hash } from 'node:crypto'
import { schemaStatements } from '#kernel/storage/dialect'
import { USAGE_LAST_SCHEMA, USAGE_SCHEMA } from '#kernel/audit/usage/schema'
import { SeriesIds } from '#kernel/audit/usage/series-ids'
import { type Counter, Tally } from '#kernel/audit/usage/tally'
import {
  type LastUse,
  queryText,
  rowOf,
  SPANS,
  spanAt,
  startOf,
  type UsageQuery,
  type UsageReader,
  type UsageRow,
} from '#kernel/audit/usage/usage'

/** Rows that one `write` makes coarser, at most. */
const ROLLED_AT_ONCE = 4000
const ROLL_EVERY_MS = 600_000

/** Makes the tables where they are not yet: in the file of the index, or in memory. */
export function makeUsageTables(db: DatabaseSync): void {
  for (const text of schemaStatements(`${USAGE_SCHEMA}${USAGE_LAST_SCHEMA}`, 'sqlite')) db.exec(text)
}

/** Whether they are there: a file that is only read may be older. */
export const hasUsageTables = (db: DatabaseSync): boolean => hasTable(db, 'usage_position')

const hasTable = (db: DatabaseSync, name: string): boolean =>
  db.prepare('select 1 from sqlite_master where name = ?').get(name) !== undefined

/** Where SQLite counts up to, by writer. */
function positionsIn(db: DatabaseSync): Map<string, number> {
  const rows = db.prepare('select writer, sequence from usage_position').all() as { writer: string; sequence: number }[]
  return new Map(rows.map(({ writer, sequence }) => [writer, sequence]))
}

/**
 * Counters in a SQLite database, written by one: `begin`, `add` what is new to the tally, `write` in the transaction that moves
 * whatever else moves. When that transaction fails nothing was counted, and nothing here is wrong.
 */
export class SqliteUsage {
  readonly #db: DatabaseSync
  readonly #findSeries: StatementSync
  readonly #addSeries: StatementSync
  readonly #happened: StatementSync
  readonly #count: StatementSync
  readonly #total: StatementSync
  readonly #move: StatementSync
  readonly #ids = new SeriesIds()
  #written: ReadonlyMap<string, number> = new Map()
  #rolledAt = 0

  constructor(db: DatabaseSync) {
    this.#db = db
    makeUsageTables(db)
    this.#findSeries = db.prepare('select id from usage_series where digest = ?')
    this.#addSeries = db.prepare(
      `insert into usage_series (digest, account, region, principal, source, operation, result, resource, via, last_at)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id`,
    )
    this.#happened = db.prepare(
      `insert into usage_last (series, last_at) values (?, ?)
       on conflict (series) do update set last_at = excluded.last_at where last_at < excluded.last_at`,
    )
    this.#count = db.prepare(
      `insert into usage_count (span, time, series, calls, items) values (?, ?, ?, ?, ?)
       on conflict (span, time, series) do update set calls = calls + excluded.calls, items = items + excluded.items`,
    )
    this.#total = db.prepare(
      `insert into usage_total (account, region, source, operation, result, via, span, time, calls, items)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       on conflict (account, span, time, region, source, operation, result, via)
       do update set calls = calls + excluded.calls, items = items + excluded.items`,
    )
    this.#move = db.prepare(
      `insert into usage_position (writer, sequence) values (?, ?)
       on conflict (writer) do update set sequence = excluded.sequence`,
    )
  }

  /** A tally for what comes next: what is counted already passes it by. */
  begin(): Tally {
    const positions = positionsIn(this.#db)
    for (const [writer, sequence] of this.#written) {
      if (positions.get(writer) === sequence) continue
      // the transaction of the last `write` came to nothing, and with it the series that it made
      this.#ids.clear()
      break
    }
    this.#written = new Map()
    return new Tally(positions)
  }

  /** Writes what was counted. Inside the transaction of the pass; `now` decides how coarse old rows are. */
  write(tally: Tally, now: number): void {
    // First: what fails in the middle has made series too, and leaves none of them.
    this.#written = tally.position
    const totals = new Totals()
    const rows: Row[] = []
    for (const counter of tally.counters) {
      const id = this.#idOf(counter)
      for (const [minute, { calls, items }] of counter.minutes) {
        const span = spanAt(minute, now)
        const time = startOf((SPANS[span] as (typeof SPANS)[number]).span, minute)
        rows.push({ span, time, id, calls, items, last: counter.last })
        totals.add(counter, span, time, calls, items)
      }
    }
    // In the order of the tables: where each row is about another secret, rows beside each other are in one page.
    rows.sort((a, b) => a.id - b.id || a.time - b.time)
    let before = 0
    for (const { id, last } of rows) {
      if (id !== before) this.#happened.run(id, last)
      before = id
    }
    rows.sort((a, b) => a.span - b.span || a.time - b.time)
    for (const { span, time, id, calls, items } of rows) this.#count.run(span, time, id, calls, items)
    for (const { series, span, time, calls, items } of totals) {
      const { account, region, source, operation, result, via } = series
      this.#total.run(account, region, source, operation, result, via, span, time, calls, items)
    }
    for (const [writer, sequence] of tally.position) this.#move.run(writer, sequence)
    if (now - this.#rolledAt >= ROLL_EVERY_MS && this.#roll(now)) this.#rolledAt = now
  }

  #idOf({ key, series, last }: Counter): number {
    const digest = digestOf(key)
    const known = this.#ids.get(digest)
    if (known !== undefined) return known
    const row = this.#findSeries.get(digest) as { id: number } | undefined
    const { account, region, principal, source, operation, result, resource, via } = series
    const { id } =
      row ??
      (this.#addSeries.get(...[digest, account, region, principal, source, operation, result, resource, via, last]) as {
        id: number
      })
    this.#ids.set(digest, id)
    return id
  }

  /** Makes some old rows coarser; true when none is left that should be. */
  #roll(now: number): boolean {
    let left = ROLLED_AT_ONCE
    for (let span = 0; span < SPANS.length - 1; span++) {
      const { keptMs } = SPANS[span] as (typeof SPANS)[number]
      const before = now - keptMs
      for (const table of [ROLLED.count, ROLLED.total]) {
        const rows = this.#db.prepare(table.old).all(span, before, left) as Record<string, number | string>[]
        for (const row of rows) {
          const next = spanAt(Number(row.time), now)
          const time = startOf((SPANS[next] as (typeof SPANS)[number]).span, Number(row.time))
          const key = table.keys.map((name) => row[name] as string | number)
          if (table === ROLLED.count) this.#count.run(next, time, ...key, row.calls as number, row.items as number)
          else this.#total.run(...key, next, time, row.calls as number, row.items as number)
          this.#db.prepare(table.drop).run(span, row.time as number, ...key)
        }
        left -= rows.length
        if (left <= 0) return false
      }
    }
    return true
  }
}

/** Rows of both tables that are too old for their span; `usage_total` is small enough to be looked through. */
const ROLLED = {
  count: {
    keys: ['series'],
    old: 'select span, time, series, calls, items from usage_count where span = ? and time < ? order by time limit ?',
    drop: 'delete from usage_count where span = ? and time = ? and series = ?',
  },
  total: {
    keys: ['account', 'region', 'source', 'operation', 'result', 'via'],
    old: `select account, region, source, operation, result, via, span, time, calls, items from usage_total
      where span = ? and time < ? limit ?`,
    drop: `delete from usage_total where span = ? and time = ? and account = ? and region = ? and source = ?
      and operation = ? and result = ? and via = ?`,
  },
} as const

/** What is written of a series for one span of time. */
interface Row {
  readonly span: number
  readonly time: number
  readonly id: number
  readonly calls: number
  readonly items: number
  readonly last: number
}

interface Total {
  readonly series: Counter['series']
  readonly span: number
  readonly time: number
  calls: number
  items: number
}

/** Sums over principals and resources. */
export class Totals {
  readonly #sums = new Map<string, Total>()

  add({ series }: Counter, span: number, time: number, calls: number, items: number): void {
    const { account, region, source, operation, result, via } = series
    const key = `${span} ${time} ${account} ${region} ${source} ${operation} ${via} ${result}`
    const sum = this.#sums.get(key)
    if (sum === undefined) this.#sums.set(key, { series, span, time, calls, items })
    else {
      sum.calls += calls
      sum.items += items
    }
  }

  [Symbol.iterator](): IterableIterator<Total> {
    return this.#sums.values()
  }
}

/** Sixteen bytes in the place of the whole text. */
export function digestOf(key: string): Buffer {
  return hash('sha256', key, 'buffer').subarray(0, 16)
}

/** The beginning of the month of a time. */
const monthOf = (time: string) =>
  `cast(strftime('%s', ${time} / 1000, 'unixepoch', 'start of month') as integer) * 1000`

/** Reads counters of a database, in the thread that asks. */
export function readSqliteUsage(db: DatabaseSync): UsageReader & { readonly positions: () => Map<string, number> } {
  return {
    positions: () => positionsIn(db),
    async usage(query: UsageQuery): Promise<UsageRow[]> {
      const { text, values } = queryText(query, (at) => `?${at}`, monthOf)
      const rows = db.prepare(text).all(...values) as Record<string, unknown>[]
      return rows.filter(({ calls }) => calls !== null).map((row) => rowOf(query, row))
    },
    async lastReaders(secrets) {
      // A file of the version before, which no server has opened since, has no such table.
      const statement = db.prepare(lastReaderText('?', hasTable(db, 'usage_last')))
      const found = new Map<string, LastUse>()
      for (const secret of secrets) {
        const row = statement.get(secret) as { principal: string; last_at: number } | undefined
        if (row !== undefined) found.set(secret, { principal: row.principal, at: row.last_at })
      }
      return found
    },
  }
}

/**
 * Who had a value of a secret last: the later of what `usage_last` says and of when the row of the series was made, which is all that is
 * known where that table is not there yet (`hasLast` false).
 */
export function lastReaderText(mark: string, hasLast = true): string {
  const join = hasLast ? 'left join usage_last l on l.series = s.id' : ''
  const last = hasLast ? 'case when l.last_at > s.last_at then l.last_at else s.last_at end' : 's.last_at'
  return `select s.principal, ${last} as last_at from usage_series s ${join}
   where s.resource = ${mark} and s.operation = 'GetSecretValue' and s.result = 'ok' and s.via <> 'rotation'
   order by ${last} desc limit 1`
}
