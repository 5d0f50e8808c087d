import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { hash } from 'node:crypto'
import { schemaStatements } from '#kernel/storage/dialect'
import { USAGE_LAST_SCHEMA, USAGE_SCHEMA } from '#kernel/audit/usage/schema'
import { SeriesIds } from '#kernel/audit/usage/series-ids'
import { CountRows, Totals } from '#kernel/audit/usage/count-rows'
import type { ReadBy, Reads } from '#kernel/audit/usage/reads'
import { MINUTE_MS, type Series, seriesOf, Tally, whoseOf } from '#kernel/audit/usage/tally'
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
    const rows = new CountRows(now)
    const totals = new Totals()
    const { counters, reads } = tally.apart
    for (const { key, series, minutes, last } of counters) {
      const digest = digestOf(key)
      const id = this.#ids.get(digest) ?? this.#idOf(digest, series, last)
      for (const [minute, { calls, items }] of minutes) {
        const { span, time } = rows.spanOf(minute)
        rows.add(id, minute, last, calls, items)
        totals.add(series, span, time, calls, items)
      }
    }
    this.#takeReads(reads, rows, totals)
    const { happened, counted } = rows.sorted()
    for (const [id, last] of happened) this.#happened.run(id, last)
    for (const { span, time, ids, calls, items } of counted)
      for (const [at, id] of ids.entries()) this.#count.run(span, time, id, calls[at] as number, items[at] as number)
    for (const { of, span, time, calls, items } of totals) {
      const { account, region, source, operation, result, via } = of
      this.#total.run(account, region, source, operation, result, via, span, time, calls, items)
    }
    for (const [writer, sequence] of tally.position) this.#move.run(writer, sequence)
    if (now - this.#rolledAt >= ROLL_EVERY_MS && this.#roll(now)) this.#rolledAt = now
  }

  #takeReads({ by, resources, times }: Reads, rows: CountRows, totals: Totals): void {
    let whose = ''
    /** Of those that follow each other with the same caller in the same minute. */
    let sum: { readonly minute: number; readonly by: ReadBy; reads: number } | undefined
    const put = () => {
      if (sum === undefined) return
      const { facts, account, region } = sum.by
      const { span, time } = rows.spanOf(sum.minute)
      totals.add({ ...facts, account, region }, span, time, facts.calls * sum.reads, facts.items * sum.reads)
    }
    for (const [at, each] of by.entries()) {
      const { facts, account, region } = each
      const last = times[at] as number
      const minute = last - (last % MINUTE_MS)
      if (sum === undefined || each !== sum.by || minute !== sum.minute) {
        put()
        sum = { minute, by: each, reads: 0 }
        whose = whoseOf(facts, account, region)
      }
      sum.reads++
      const resource = resources[at] as string
      const digest = digestOf(resource + whose)
      const id = this.#ids.get(digest) ?? this.#idOf(digest, seriesOf(facts, account, region, resource), last)
      rows.add(id, minute, last, facts.calls, facts.items)
    }
    put()
  }

  #idOf(digest: string, series: Series, last: number): number {
    const bytes = bytesOf(digest)
    const row = this.#findSeries.get(bytes) as { id: number } | undefined
    const { account, region, principal, source, operation, result, resource, via } = series
    const { id } =
      row ??
      (this.#addSeries.get(...[bytes, account, region, principal, source, operation, result, resource, via, last]) as {
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

/** Sixteen bytes in the place of the whole text; as characters, which is cheaper than a buffer for each. */
export function digestOf(key: string): string {
  return hash('sha256', key, 'binary').slice(0, 16)
}

/** A digest as the tables have it. */
export const bytesOf = (digest: string): Buffer => Buffer.from(digest, 'latin1')

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
