import type pg from 'pg'
import { type Counter, Tally } from '#kernel/audit/usage/tally'
import { Totals } from '#kernel/audit/usage/count-rows'
import { bytesOf, digestOf, lastReaderText } from '#kernel/audit/usage/sqlite-usage'
import { type LastUse, queryText, rowOf, SPANS, spanAt, startOf, type UsageReader } from '#kernel/audit/usage/usage'

type Client = Pick<pg.ClientBase, 'query'>

const ROLLED_AT_ONCE = 4000
const ROLL_EVERY_MS = 600_000

const FIND_SERIES = 'select id, digest from usage_series where digest = any($1::bytea[])'
const ADD_SERIES = `
insert into usage_series (id, digest, account, region, principal, source, operation, result, resource, via, last_at)
select (select coalesce(max(id), 0) from usage_series) + row_number() over (), t.* from unnest($1::bytea[], $2::text[],
  $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[])
  as t (digest, account, region, principal, source, operation, result, resource, via, last_at)
returning id, digest`
const HAPPENED = `
insert into usage_last (series, last_at) select * from unnest($1::bigint[], $2::bigint[])
on conflict (series) do update set last_at = excluded.last_at where usage_last.last_at < excluded.last_at`
const COUNT = `
insert into usage_count (span, time, series, calls, items)
select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
on conflict (span, time, series)
do update set calls = usage_count.calls + excluded.calls, items = usage_count.items + excluded.items`
const TOTAL = `
insert into usage_total (account, region, source, operation, result, via, span, time, calls, items)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
  $9::bigint[], $10::bigint[])
on conflict (account, span, time, region, source, operation, result, via)
do update set calls = usage_total.calls + excluded.calls, items = usage_total.items + excluded.items`
const MOVE = `
insert into usage_position (writer, sequence) select * from unnest($1::text[], $2::bigint[])
on conflict (writer) do update set sequence = excluded.sequence`
const OLD_COUNTS = `
delete from usage_count where (span, time, series) in
  (select span, time, series from usage_count where span = $1 and time < $2 order by time limit $3)
returning time, series, calls, items`
const OLD_TOTALS = `
delete from usage_total where ctid in (select ctid from usage_total where span = $1 and time < $2 limit $3)
returning account, region, source, operation, result, via, time, calls, items`

type CountRow = readonly [span: number, time: number, series: string, calls: number, items: number]
type TotalRow = readonly (string | number)[]

/** The same as `SqliteUsage` in the main database: few statements for each pass, however much was counted. */
export class PostgresUsage {
  readonly #client: Client
  #rolledAt = 0

  constructor(client: Client) {
    this.#client = client
  }

  /** See `SqliteUsage.begin`. */
  async begin(): Promise<Tally> {
    return new Tally(await positionsIn(this.#client))
  }

  /** See `SqliteUsage.write`. */
  async write(tally: Tally, now: number): Promise<void> {
    const counters = [...tally.counters]
    const ids = await this.#ids(counters)
    const counts = new Map<string, [number, number, string, number, number]>()
    const totals = new Totals()
    for (const counter of counters) {
      const id = ids.get(counter.key) as string
      for (const [minute, { calls, items }] of counter.minutes) {
        const span = spanAt(minute, now)
        const time = startOf((SPANS[span] as (typeof SPANS)[number]).span, minute)
        addTo(counts, [span, time, id, calls, items])
        totals.add(counter.series, span, time, calls, items)
      }
    }
    await this.#count([...counts.values()])
    await this.#total(
      [...totals].map(({ of: { account, region, source, operation, result, via }, span, time, calls, items }) => [
        ...[account, region, source, operation, result, via],
        ...[span, time, calls, items],
      ]),
    )
    const { position } = tally
    if (position.size > 0) await this.#client.query(MOVE, [[...position.keys()], [...position.values()]])
    if (now - this.#rolledAt >= ROLL_EVERY_MS && (await this.#roll(now))) this.#rolledAt = now
  }

  async #ids(counters: readonly Counter[]): Promise<Map<string, string>> {
    const ids = new Map<string, string>()
    if (counters.length === 0) return ids
    const unknown = new Map(counters.map((counter) => [digestOf(counter.key), counter]))
    const take = (rows: readonly { readonly id: string; readonly digest: Buffer }[]) => {
      for (const { id, digest } of rows) {
        const name = digest.toString('latin1')
        ids.set((unknown.get(name) as Counter).key, id)
        unknown.delete(name)
      }
    }
    take((await this.#client.query(FIND_SERIES, [[...unknown.keys()].map(bytesOf)])).rows)
    if (unknown.size > 0) {
      const column = <T>(of: (counter: Counter) => T) => [...unknown.values()].map(of)
      const added = await this.#client.query<{ id: string; digest: Buffer }>(ADD_SERIES, [
        column(({ key }) => bytesOf(digestOf(key))),
        column(({ series }) => series.account),
        column(({ series }) => series.region),
        column(({ series }) => series.principal),
        column(({ series }) => series.source),
        column(({ series }) => series.operation),
        column(({ series }) => series.result),
        column(({ series }) => series.resource),
        column(({ series }) => series.via),
        column(({ last }) => last),
      ])
      take(added.rows)
    }
    await this.#client.query(HAPPENED, [counters.map(({ key }) => ids.get(key)), counters.map(({ last }) => last)])
    return ids
  }

  async #count(rows: readonly CountRow[]): Promise<void> {
    if (rows.length > 0) await this.#client.query(COUNT, columnsOf(rows, 5))
  }

  async #total(rows: readonly TotalRow[]): Promise<void> {
    if (rows.length > 0) await this.#client.query(TOTAL, columnsOf(rows, 10))
  }

  async #roll(now: number): Promise<boolean> {
    let left = ROLLED_AT_ONCE
    for (let span = 0; span < SPANS.length - 1; span++) {
      const before = now - (SPANS[span] as (typeof SPANS)[number]).keptMs
      const coarser = (time: number): [number, number] => {
        const next = spanAt(time, now)
        return [next, startOf((SPANS[next] as (typeof SPANS)[number]).span, time)]
      }
      const counts = await this.#client.query<Record<string, string>>(OLD_COUNTS, [span, before, left])
      const sums = new Map<string, [number, number, string, number, number]>()
      for (const { time, series, calls, items } of counts.rows) {
        addTo(sums, [...coarser(Number(time)), series as string, Number(calls), Number(items)])
      }
      await this.#count([...sums.values()])
      left -= counts.rows.length
      if (left <= 0) return false
      const old = await this.#client.query<Record<string, string>>(OLD_TOTALS, [span, before, left])
      const totals = new Map<string, (string | number)[]>()
      for (const { time, calls, items, account, region, source, operation, result, via } of old.rows) {
        const key = [account, region, source, operation, result, via, ...coarser(Number(time))] as (string | number)[]
        const sum = totals.get(key.join(' '))
        if (sum === undefined) totals.set(key.join(' '), [...key, Number(calls), Number(items)])
        else {
          sum[8] = Number(sum[8]) + Number(calls)
          sum[9] = Number(sum[9]) + Number(items)
        }
      }
      await this.#total([...totals.values()])
      left -= old.rows.length
      if (left <= 0) return false
    }
    return true
  }
}

/** One statement may meet a row once only. */
function addTo(counts: Map<string, [number, number, string, number, number]>, row: CountRow): void {
  const [span, time, series, calls, items] = row
  const key = `${span} ${time} ${series}`
  const known = counts.get(key)
  if (known === undefined) counts.set(key, [span, time, series, calls, items])
  else {
    known[3] += calls
    known[4] += items
  }
}

function columnsOf(rows: readonly (readonly (string | number)[])[], width: number): (string | number)[][] {
  return Array.from({ length: width }, (_, at) => rows.map((row) => row[at] as string | number))
}

async function positionsIn(client: Client): Promise<Map<string, number>> {
  const { rows } = await client.query<{ writer: string; sequence: string }>(
    'select writer, sequence from usage_position',
  )
  return new Map(rows.map(({ writer, sequence }) => [writer, Number(sequence)]))
}

/** Reads counters in the main database. */
export function readPostgresUsage(
  client: Client,
): UsageReader & { readonly positions: () => Promise<Map<string, number>> } {
  return {
    positions: () => positionsIn(client),
    async usage(query) {
      const { text, values } = queryText(
        query,
        (at) => `$${at}`,
        (time) =>
          `(extract(epoch from date_trunc('month', to_timestamp(${time} / 1000) at time zone 'UTC')) * 1000)::bigint`,
      )
      const { rows } = await client.query<Record<string, unknown>>(text, [...values])
      return rows.filter(({ calls }) => calls !== null).map((row) => rowOf(query, row))
    },
    async lastReaders(secrets) {
      const found = new Map<string, LastUse>()
      for (const secret of secrets) {
        const { rows } = await client.query<{ principal: string; last_at: string }>(lastReaderText('$1'), [secret])
        const [row] = rows
        if (row !== undefined) found.set(secret, { principal: row.principal, at: Number(row.last_at) })
      }
      return found
    },
  }
}
