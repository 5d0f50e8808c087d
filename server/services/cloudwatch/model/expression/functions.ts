import { pointsIn, spend } from './effort.ts'
import type { Scope } from './evaluate.ts'
import { ExpressionBroken, type Node } from './parse.ts'
import { inOrder, mapped, type Points, type SeriesValue, scalar, seriesOf, type Value } from './value.ts'

/** Functions of metric math. Source: CloudWatch's guide, "Functions supported for metric math". */

type Call = Node & { readonly kind: 'call' }
type Evaluate = (node: Node, scope: Scope) => Value

/** Points that TIME_SERIES and FILL may make: those of the longest request. */
const MOST_POINTS = 100_800

export function call(node: Call, scope: Scope, evaluate: Evaluate): Value {
  const { name } = node
  if (name === 'FILL') return fill(node, scope, evaluate)
  if (name === 'METRICS') return metrics(node, scope, evaluate)
  const values = node.of.map((each) => evaluate(each, scope))
  spend(scope.effort, pointsIn(values))
  const over = Object.hasOwn(OVER, name) ? OVER[name] : undefined
  if (over !== undefined) return folded(over, one(name, values))
  const each = Object.hasOwn(EACH, name) ? EACH[name] : undefined
  if (each !== undefined) return pointwise(each, one(name, values))
  const whole = Object.hasOwn(WHOLE, name) ? WHOLE[name] : undefined
  if (whole !== undefined) return alongTime(whole, one(name, values))
  switch (name) {
    case 'IF':
      return choice(values)
    case 'PERIOD': {
      const value = one(name, values)
      if (value.kind !== 'series') throw new ExpressionBroken('PERIOD takes one time series')
      return scalar(value.period)
    }
    case 'TIME_SERIES': {
      const value = one(name, values)
      if (value.kind !== 'scalar') throw new ExpressionBroken('TIME_SERIES takes a number')
      return seriesOf(new Map(slots(scope).map((at) => [at, value.value])), scope.period)
    }
    case 'FIRST':
    case 'LAST': {
      const value = one(name, values)
      const found = value.kind === 'list' ? value.of.at(name === 'FIRST' ? 0 : -1) : undefined
      if (found === undefined) throw new ExpressionBroken(`${name} takes a list of time series`)
      return found
    }
    case 'REMOVE_EMPTY': {
      const value = one(name, values)
      if (value.kind !== 'list') throw new ExpressionBroken('REMOVE_EMPTY takes a list of time series')
      return { kind: 'list', of: value.of.filter(({ points }) => points.size > 0) }
    }
    default:
      throw new ExpressionBroken(`the function ${name} is not known`)
  }
}

function one(name: string, values: readonly Value[]): Value {
  const [value] = values
  if (value === undefined || values.length !== 1) throw new ExpressionBroken(`${name} takes one argument`)
  return value
}

const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const deviation = (values: readonly number[]) => {
  const middle = average(values)
  return Math.sqrt(average(values.map((value) => (value - middle) ** 2)))
}

/** Of one time series a number, of a list of them a time series. */
const OVER: Readonly<Record<string, (values: readonly number[]) => number>> = {
  AVG: average,
  MAX: (values) => values.reduce((a, b) => Math.max(a, b), -Infinity),
  MIN: (values) => values.reduce((a, b) => Math.min(a, b), Infinity),
  STDDEV: deviation,
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
  DATAPOINT_COUNT: (values) => values.length,
}

function folded(of: (values: readonly number[]) => number, value: Value): Value {
  if (value.kind === 'scalar') return scalar(of([value.value]))
  if (value.kind === 'series') return scalar(of([...value.points.values()]))
  if (value.kind !== 'list') throw new ExpressionBroken('a text is no time series')
  const byTime = new Map<number, number[]>()
  for (const { points } of value.of)
    for (const [at, each] of points) {
      const there = byTime.get(at)
      if (there) there.push(each)
      else byTime.set(at, [each])
    }
  const period = value.of.reduce((most, each) => Math.max(most, each.period), 1)
  return mapped(seriesOf(new Map([...byTime].map(([at, values]) => [at, of(values)])), period), (each) => each)
}

const atTime = (part: (time: Date) => number) => (_: number, at: number) => part(new Date(at * 1000))

/** Each point by itself. */
const EACH: Readonly<Record<string, (value: number, at: number) => number>> = {
  ABS: (value) => Math.abs(value),
  CEIL: (value) => Math.ceil(value),
  FLOOR: (value) => Math.floor(value),
  LOG: (value) => Math.log(value),
  LOG10: (value) => Math.log10(value),
  EPOCH: (_, at) => at,
  MINUTE: atTime((time) => time.getUTCMinutes()),
  HOUR: atTime((time) => time.getUTCHours()),
  DAY: atTime((time) => time.getUTCDay() || 7),
  DATE: atTime((time) => time.getUTCDate()),
  MONTH: atTime((time) => time.getUTCMonth() + 1),
  YEAR: atTime((time) => time.getUTCFullYear()),
}

function pointwise(of: (value: number, at: number) => number, value: Value): Value {
  if (value.kind === 'scalar') return scalar(of(value.value, 0))
  if (value.kind === 'series') return mapped(value, of)
  if (value.kind === 'list') return { kind: 'list', of: value.of.map((each) => mapped(each, of)) }
  throw new ExpressionBroken('a text is no time series')
}

/** A point with the one before it. */
function stepwise({ points, period }: SeriesValue, of: (value: number, before: number, seconds: number) => number) {
  const found = new Map<number, number>()
  let before: [number, number] | undefined
  for (const point of inOrder(points)) {
    if (before !== undefined) found.set(point[0], of(point[1], before[1], point[0] - before[0]))
    before = point
  }
  return seriesOf(found, period)
}

const WHOLE: Readonly<Record<string, (value: SeriesValue) => SeriesValue>> = {
  DIFF: (value) => stepwise(value, (now, before) => now - before),
  DIFF_TIME: (value) => stepwise(value, (_now, _before, seconds) => seconds),
  RATE: (value) => stepwise(value, (now, before, seconds) => (now - before) / seconds),
  RUNNING_SUM({ points, period }) {
    let sum = 0
    const found = inOrder(points).map(([at, value]) => {
      sum += value
      return [at, sum] as const
    })
    return seriesOf(new Map(found), period)
  },
}

function alongTime(of: (value: SeriesValue) => SeriesValue, value: Value): Value {
  if (value.kind === 'series') return of(value)
  if (value.kind === 'list') return { kind: 'list', of: value.of.map(of) }
  throw new ExpressionBroken('it takes a time series')
}

function slots({ from, to, period, effort }: Scope): number[] {
  spend(effort, Math.max(0, Math.min(MOST_POINTS, Math.ceil((to - from) / period))))
  const found: number[] = []
  for (let at = from; at < to && found.length < MOST_POINTS; at += period) found.push(at)
  return found
}

/** FILL(m1, 0), FILL(METRICS(), REPEAT), FILL(m1, LINEAR), FILL(m1, m2). */
function fill({ of }: Call, scope: Scope, evaluate: Evaluate): Value {
  const [what, how] = of
  if (what === undefined || how === undefined || of.length !== 2) throw new ExpressionBroken('FILL takes two arguments')
  const value = evaluate(what, scope)
  const mode = how.kind === 'name' && (how.name === 'REPEAT' || how.name === 'LINEAR') ? how.name : undefined
  const by = mode === undefined ? evaluate(how, scope) : undefined
  const filled = (each: SeriesValue) => {
    spend(scope.effort, each.points.size)
    return seriesOf(filledPoints(each.points, slots(scope), mode ?? by), each.period)
  }
  if (value.kind === 'series') return filled(value)
  if (value.kind === 'list') return { kind: 'list', of: value.of.map(filled) }
  throw new ExpressionBroken('FILL takes a time series')
}

function filledPoints(points: Points, times: readonly number[], by: 'REPEAT' | 'LINEAR' | Value | undefined): Points {
  const found = new Map(points)
  if (typeof by === 'object') {
    for (const at of times) {
      const value = by.kind === 'scalar' ? by.value : by.kind === 'series' ? by.points.get(at) : undefined
      if (!found.has(at) && value !== undefined) found.set(at, value)
    }
    return found
  }
  const known = inOrder(points)
  let next = 0
  for (const at of times) {
    while (next < known.length && (known[next] as [number, number])[0] <= at) next++
    if (points.has(at)) continue
    const before = known[next - 1]
    const after = known[next]
    if (by === 'REPEAT' && before !== undefined) found.set(at, before[1])
    if (by === 'LINEAR' && before !== undefined && after !== undefined)
      found.set(at, before[1] + ((after[1] - before[1]) * (at - before[0])) / (after[0] - before[0]))
  }
  return found
}

function metrics({ of }: Call, scope: Scope, evaluate: Evaluate): Value {
  const [part] = of
  const text = part === undefined ? undefined : evaluate(part, scope)
  if (of.length > 1 || (text !== undefined && text.kind !== 'text')) throw new ExpressionBroken('METRICS takes a text')
  const wanted = scope.metrics().filter(({ id }) => text === undefined || id.includes(text.value))
  return { kind: 'list', of: wanted.map(({ value }) => value) }
}

/** IF(condition, then, else): a value is true when it is not 0. */
function choice(values: readonly Value[]): Value {
  const [condition, yes, no] = values
  if (condition === undefined || yes === undefined || values.length > 3)
    throw new ExpressionBroken('IF takes two or three arguments')
  const at = (value: Value | undefined, time: number): number | undefined => {
    if (value === undefined) return undefined
    if (value.kind === 'scalar') return value.value
    if (value.kind === 'series') return value.points.get(time)
    throw new ExpressionBroken('IF takes numbers and single time series')
  }
  if (condition.kind === 'scalar') {
    const chosen = condition.value === 0 ? no : yes
    if (chosen === undefined) throw new ExpressionBroken('IF needs a third argument')
    return chosen
  }
  if (condition.kind !== 'series') throw new ExpressionBroken('IF takes numbers and single time series')
  const found = new Map<number, number>()
  for (const [time, value] of condition.points) {
    const chosen = at(value === 0 ? no : yes, time)
    if (chosen !== undefined) found.set(time, chosen)
  }
  return seriesOf(found, condition.period)
}
