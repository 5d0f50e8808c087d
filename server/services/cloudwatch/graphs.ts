import { mostEffort, spend } from './model/expression/effort.ts'
import { evaluate, type Scope } from './model/expression/evaluate.ts'
import { ExpressionBroken, namesIn } from './model/expression/parse.ts'
import { type SeriesValue, seriesOf, type Value } from './model/expression/value.ts'
import type { Cell } from './model/metric.ts'
import type { Slots } from './model/period.ts'
import { brokenExpression, type ExpressionQuery, type MetricQuery, type Query } from './model/queries.ts'
import type { Series } from './series.ts'

/** What a query that is shown came to. */
export interface Graph {
  readonly id: string
  readonly label: string
  readonly points: ReadonlyMap<number, number>
  /** Metrics of another account, which nobody shares here. */
  readonly forbidden?: true
}

/** What a time series takes that is shown, besides its points. */
const POINTS_OF_SHOWN = 100

/** Period of a formula over nothing, such as TIME_SERIES(1). Assumed. */
const DEFAULT_PERIOD = 300

/** Queries of one request, evaluated: each metric is read once. `slotsOf`: the slots of the request for a period. */
export async function graphsOf(
  series: Series,
  cell: Cell,
  queries: readonly Query[],
  slotsOf: (period: number) => Slots,
): Promise<Graph[]> {
  const values = new Map<string, Value>()
  const effort = mostEffort()
  const forbidden = new Set<string>()
  const metrics: { id: string; value: SeriesValue }[] = []
  for (const query of queries) {
    if (query.kind !== 'metric') continue
    const foreign = query.account !== undefined && query.account !== cell.account
    if (foreign) forbidden.add(query.id)
    const value = foreign
      ? seriesOf(new Map(), query.period)
      : await measuredBy(series, cell, query, slotsOf(query.period))
    values.set(query.id, value)
    metrics.push({ id: query.id, value })
  }
  const expressions = new Map(queries.flatMap((query) => (query.kind === 'expression' ? [[query.id, query]] : [])))
  const evaluated = (query: ExpressionQuery): Value => {
    const known = values.get(query.id)
    if (known !== undefined) return known
    const period = query.period ?? longest(query, queries) ?? DEFAULT_PERIOD
    const { from, to } = slotsOf(period)
    const scope: Scope = { from, to, period, metrics: () => metrics, value: (id) => of(id), effort }
    const value = evaluate(query.tree, scope)
    values.set(query.id, value)
    return value
  }
  const of = (id: string): Value | undefined => {
    const expression = expressions.get(id)
    return expression === undefined ? values.get(id) : evaluated(expression)
  }
  return queries
    .filter(({ shown }) => shown)
    .flatMap((query): Graph[] => {
      if (query.kind === 'metric') {
        const { id, label } = query
        const { points } = values.get(id) as SeriesValue
        return [{ id, label, points, ...(forbidden.has(id) && { forbidden: true as const }) }]
      }
      try {
        const value = evaluated(query)
        if (value.kind === 'list') spend(effort, value.of.length * POINTS_OF_SHOWN)
        return shownOf(query, value)
      } catch (error) {
        if (error instanceof ExpressionBroken) throw brokenExpression(query.id, error)
        throw error
      }
    })
}

async function measuredBy(series: Series, cell: Cell, query: MetricQuery, slots: Slots): Promise<SeriesValue> {
  const points = new Map<number, number>()
  for (const [at, aggregate] of await series.together(cell, query.metric, slots, query.unit)) {
    const value = query.statistic(aggregate)
    if (value !== undefined && Number.isFinite(value)) points.set(at, value)
  }
  return seriesOf(points, query.period)
}

function shownOf({ id, label }: ExpressionQuery, value: Value): Graph[] {
  if (value.kind === 'series') return [{ id, label, points: value.points }]
  if (value.kind === 'list') return value.of.map(({ points }) => ({ id, label, points }))
  throw new ExpressionBroken('it must come to a time series')
}

/** The longest period of what a formula uses, directly or by others. */
export function longest(query: ExpressionQuery, queries: readonly Query[]): number | undefined {
  const byId = new Map(queries.map((each) => [each.id, each]))
  const seen = new Set<string>([query.id])
  const open = [...namesIn(query.tree)]
  let found: number | undefined
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const used = byId.get(id)
    if (used === undefined || seen.has(id)) continue
    seen.add(id)
    if (used.period !== undefined) found = Math.max(found ?? 0, used.period)
    if (used.kind === 'expression') open.push(...namesIn(used.tree))
  }
  return found
}
