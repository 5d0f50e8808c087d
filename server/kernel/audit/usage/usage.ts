import { MINUTE_MS, type Series, type Tally } from '#kernel/audit/usage/tally'

/** How long a row stands for: rows become coarser with age. */
export type Span = 'minute' | 'hour' | 'day' | 'month'
/** By what calls are told apart. */
export type Dimension = keyof Series | Span

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** How spans stand in a row, the finest first; and how long rows are kept so. Source: as CloudWatch keeps its own, surroundings.md 2. */
export const SPANS: readonly { readonly span: Span; readonly keptMs: number }[] = [
  { span: 'minute', keptMs: 15 * DAY_MS },
  { span: 'hour', keptMs: 63 * DAY_MS },
  { span: 'day', keptMs: 400 * DAY_MS },
  { span: 'month', keptMs: Number.POSITIVE_INFINITY },
]

/** Which calls, and how they are told apart. Bounds are inclusive below, exclusive above. */
export interface UsageQuery {
  readonly from: number
  readonly to: number
  readonly by: readonly Dimension[]
  readonly account?: string | undefined
  readonly region?: string | undefined
  readonly source?: string | undefined
  readonly operation?: string | undefined
  readonly principal?: string | undefined
  readonly resource?: string | undefined
  /** Users' calls, by default; or those that services made in their name. */
  readonly made?: 'by-users' | 'by-services' | undefined
  /** At most so many rows, those of the most calls. */
  readonly limit?: number | undefined
}

/** What is counted; of the dimensions those that were asked for, times in milliseconds. */
export interface UsageRow {
  readonly keys: readonly (string | number)[]
  readonly calls: number
  readonly items: number
}

/** Who read a secret last. */
export interface LastUse {
  readonly principal: string
  readonly at: number
}

/** Reads counters. */
export interface UsageReader {
  usage(query: UsageQuery): Promise<readonly UsageRow[]>
  /** By the ARN of each secret of which a value was read, so far as that is counted. */
  lastReaders(secrets: readonly string[]): Promise<ReadonlyMap<string, LastUse>>
}

/** The beginning of the span that holds `time`. */
export function startOf(span: Span, time: number): number {
  switch (span) {
    case 'minute':
      return time - (time % MINUTE_MS)
    case 'hour':
      return time - (time % HOUR_MS)
    case 'day':
      return time - (time % DAY_MS)
    case 'month': {
      const at = new Date(time)
      return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1)
    }
  }
}

/** The span of a row of that time, at `now`: its place among `SPANS`. */
export function spanAt(time: number, now: number): number {
  let at = 0
  while (now - time > (SPANS[at] as { keptMs: number }).keptMs) at++
  return at
}

const isSpan = (dimension: Dimension): dimension is Span => SPANS.some(({ span }) => span === dimension)

/** `rows`, and what a tally has besides. */
export function merged(rows: readonly UsageRow[], tally: Tally, query: UsageQuery): UsageRow[] {
  const found = new Map<string, { keys: readonly (string | number)[]; calls: number; items: number }>()
  for (const row of rows) found.set(JSON.stringify(row.keys), { ...row })
  for (const { series, minutes } of tally.counters) {
    if (!wants(query, series)) continue
    for (const [minute, { calls, items }] of minutes) {
      if (minute < query.from || minute >= query.to) continue
      const keys = query.by.map((dimension) => (isSpan(dimension) ? startOf(dimension, minute) : series[dimension]))
      const key = JSON.stringify(keys)
      const row = found.get(key)
      if (row === undefined) found.set(key, { keys, calls, items })
      else {
        row.calls += calls
        row.items += items
      }
    }
  }
  const all = [...found.values()].sort((a, b) => b.calls - a.calls || b.items - a.items)
  return query.limit === undefined ? all : all.slice(0, query.limit)
}

function wants(query: UsageQuery, series: Series): boolean {
  const { account, region, source, operation, principal, resource, made = 'by-users' } = query
  return (
    (account === undefined || account === series.account) &&
    (region === undefined || region === series.region) &&
    (source === undefined || source === series.source) &&
    (operation === undefined || operation === series.operation) &&
    (principal === undefined || principal === series.principal) &&
    (resource === undefined || resource === series.resource) &&
    (made === 'by-users') === (series.via === '')
  )
}

/** Calls of one operation in one minute: AWS/Usage's CallCount. */
export interface OperationCalls {
  /** The beginning of it, milliseconds. */
  readonly minute: number
  readonly source: string
  readonly operation: string
  readonly calls: number
}

/** What AWS/Usage says of an account in a Region: the very counters of `strongroom usage`. Rows that became coarser stand at their beginning. */
export async function callsOf(
  usage: Pick<UsageReader, 'usage'>,
  asked: Required<Pick<UsageQuery, 'account' | 'region' | 'from' | 'to'>> & Pick<UsageQuery, 'source' | 'operation'>,
): Promise<OperationCalls[]> {
  const rows = await usage.usage({ ...asked, by: ['minute', 'source', 'operation'] })
  return rows
    .filter(({ calls }) => calls > 0)
    .map(({ keys: [minute, source, operation], calls }) => ({
      minute: Number(minute),
      source: String(source),
      operation: String(operation),
      calls,
    }))
    .sort((a, b) => a.minute - b.minute)
}

/** A query in SQL, for both engines: `mark(n)` is parameter n, `month` what makes a time the beginning of its month. */
export function queryText(
  query: UsageQuery,
  mark: (at: number) => string,
  month: (time: string) => string,
): { readonly text: string; readonly values: readonly (string | number)[] } {
  const values: (string | number)[] = []
  const next = (value: string | number) => mark(values.push(value))
  // AWS/Usage and all that names neither a principal nor a resource is answered by the totals: few rows
  const fine = query.by.some((dimension) => dimension === 'principal' || dimension === 'resource')
  const totals = !fine && query.principal === undefined && query.resource === undefined
  const column = (dimension: Dimension) => {
    if (!isSpan(dimension)) return totals ? `c.${dimension}` : `s.${dimension}`
    if (dimension === 'month') return month('c.time')
    const ms = dimension === 'minute' ? MINUTE_MS : dimension === 'hour' ? HOUR_MS : DAY_MS
    return `(c.time / ${ms}) * ${ms}`
  }
  const where = [`c.time >= ${next(query.from)}`, `c.time < ${next(query.to)}`]
  for (const name of ['account', 'region', 'source', 'operation', 'principal', 'resource'] as const) {
    const wanted = query[name]
    if (wanted !== undefined) where.push(`${column(name)} = ${next(wanted)}`)
  }
  where.push(`${column('via')} ${(query.made ?? 'by-users') === 'by-users' ? '=' : '<>'} ''`)
  const keys = query.by.map((dimension, at) => `${column(dimension)} as k${at}`)
  const from = totals ? 'usage_total c' : 'usage_count c join usage_series s on s.id = c.series'
  const group = query.by.length === 0 ? '' : ` group by ${query.by.map(column).join(', ')}`
  const limit = query.limit === undefined ? '' : ` limit ${next(query.limit)}`
  const shown = [...keys, 'sum(c.calls) as calls', 'sum(c.items) as items'].join(', ')
  const text = `select ${shown} from ${from} where ${where.join(' and ')}${group} order by calls desc, items desc${limit}`
  return { text, values }
}

/** A row of that query. */
export function rowOf(query: UsageQuery, row: Readonly<Record<string, unknown>>): UsageRow {
  const keys = query.by.map((dimension, at) => (isSpan(dimension) ? Number(row[`k${at}`]) : String(row[`k${at}`])))
  return { keys, calls: Number(row.calls ?? 0), items: Number(row.items ?? 0) }
}
