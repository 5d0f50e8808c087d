import { type Dimensions, dimensionsOf, type MetricName } from './metric.ts'
import { ExpressionBroken, type Node, namesIn, parseExpression } from './expression/parse.ts'
import { isPeriod } from './period.ts'
import { badValue, validation } from './refusals.ts'
import { type Statistic, statisticOf } from './statistic.ts'

/** A query as it comes on the wire. */
export interface WireQuery {
  readonly Id?: string | undefined
  readonly MetricStat?:
    | {
        readonly Metric?:
          | {
              readonly Namespace?: string | undefined
              readonly MetricName?: string | undefined
              readonly Dimensions?:
                | readonly { readonly Name?: string | undefined; readonly Value?: string | undefined }[]
                | undefined
            }
          | undefined
        readonly Period?: number | undefined
        readonly Stat?: string | undefined
        readonly Unit?: string | undefined
      }
    | undefined
  readonly Expression?: string | undefined
  readonly Label?: string | undefined
  readonly ReturnData?: boolean | undefined
  readonly Period?: number | undefined
  readonly AccountId?: string | undefined
}

/** A statistic of a metric. */
export interface MetricQuery {
  readonly kind: 'metric'
  readonly id: string
  readonly label: string
  readonly shown: boolean
  readonly metric: MetricName
  readonly stat: string
  readonly statistic: Statistic
  readonly period: number
  readonly unit: string | undefined
  readonly account: string | undefined
}

/** A formula over others. */
export interface ExpressionQuery {
  readonly kind: 'expression'
  readonly id: string
  readonly label: string
  /** Whether a label of its own was asked for. */
  readonly labelled: boolean
  readonly shown: boolean
  readonly tree: Node
  readonly period: number | undefined
}

export type Query = MetricQuery | ExpressionQuery

const MOST_QUERIES = 500
const ID = /^[a-z][a-zA-Z0-9_]*$/
const NO_DIMENSIONS: Dimensions = []

/**
 * The queries of a request, checked: ids, statistics, periods, and that each formula can be read and uses what is there, not itself.
 * `where`: the parameter's name in texts, which are Assumed. Source: API_MetricDataQuery.
 */
export function queriesOf(wire: readonly WireQuery[], where = 'MetricDataQueries'): Query[] {
  if (wire.length === 0) throw validation(`The parameter ${where} must not be empty.`)
  if (wire.length > MOST_QUERIES)
    throw validation(`The collection ${where} must not have a size greater than ${MOST_QUERIES}.`)
  const queries = wire.map((each, index) => queryOf(each, `${where}.member.${index + 1}`))
  const byId = new Map(queries.map((query) => [query.id, query]))
  if (byId.size < queries.length) throw validation(`The values for parameter id in ${where} are not unique.`)
  for (const query of queries) if (query.kind === 'expression') checkUses(query, byId)
  return queries
}

function queryOf(wire: WireQuery, place: string): Query {
  const { Id: id = '', MetricStat, Expression, Label, ReturnData: shown = true, Period } = wire
  if (!ID.test(id))
    throw validation(`The value ${id} for parameter ${place}.Id is not matching the expected pattern ${ID.source}.`)
  if ((MetricStat === undefined) === (Expression === undefined))
    throw validation(`Exactly one of the parameters ${place}.MetricStat and ${place}.Expression must be specified.`)
  if (Expression !== undefined) {
    if (Period !== undefined && !isPeriod(Period)) throw badPeriod(`${place}.Period`, Period)
    const tree = parsed(id, Expression)
    const label = Label ?? id
    return { kind: 'expression', id, label, labelled: Label !== undefined, shown, tree, period: Period }
  }
  const { Metric, Stat: stat = '', Period: period = 60, Unit: unit } = MetricStat ?? {}
  const { Namespace: namespace, MetricName: name, Dimensions } = Metric ?? {}
  if (namespace === undefined || name === undefined)
    throw validation(`The parameters ${place}.MetricStat.Metric.Namespace and MetricName are required.`)
  const statistic = statisticOf(stat)
  if (statistic === undefined)
    throw validation(`The value ${stat.slice(0, 100)} for parameter ${place}.MetricStat.Stat is invalid.`)
  if (!isPeriod(period)) throw badPeriod(`${place}.MetricStat.Period`, period)
  const dimensions = Dimensions === undefined ? NO_DIMENSIONS : dimensionsOf(Dimensions)
  const metric = { namespace, name, dimensions }
  const account = wire.AccountId
  return { kind: 'metric', id, label: Label ?? name, shown, metric, stat, statistic, period, unit, account }
}

const badPeriod = (parameter: string, period: number) => validation(badValue(parameter, period).message)

/** Why a formula is refused, in one form. */
export const brokenExpression = (id: string, error: ExpressionBroken) =>
  validation(`Error in expression '${id}': ${error.message.slice(0, 300)}`)

function parsed(id: string, text: string): Node {
  try {
    return parseExpression(text)
  } catch (error) {
    if (error instanceof ExpressionBroken) throw brokenExpression(id, error)
    throw error
  }
}

const WORDS = new Set(['REPEAT', 'LINEAR'])

/** Each id that is used is there, and none leads back to itself. */
function checkUses(query: ExpressionQuery, byId: ReadonlyMap<string, Query>): void {
  const open = [query]
  const seen = new Set<string>()
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const name of namesIn(next.tree)) {
      if (WORDS.has(name)) continue
      const used = byId.get(name)
      if (used === undefined)
        throw brokenExpression(query.id, new ExpressionBroken(`the id ${name.slice(0, 100)} is not there`))
      if (name === query.id) throw brokenExpression(query.id, new ExpressionBroken('it is made of itself'))
      if (used.kind === 'expression' && !seen.has(name)) {
        seen.add(name)
        open.push(used)
      }
    }
}
