import { checkListed, type Effort, pointsIn, spend } from './effort.ts'
import { call } from './functions.ts'
import { ExpressionBroken, type Node } from './parse.ts'
import { mapped, type SeriesValue, scalar, seriesOf, type Value } from './value.ts'

/** What expressions are evaluated over. */
export interface Scope {
  /** What a query id stands for; undefined: nothing. */
  value(id: string): Value | undefined
  /** All metrics of the request that are no expressions, of `METRICS()`. */
  metrics(): readonly { readonly id: string; readonly value: SeriesValue }[]
  /** Slots of the request: where they begin (seconds), and the period. */
  readonly from: number
  readonly to: number
  readonly period: number
  /** Shared by all that is evaluated together. */
  readonly effort: Effort
}

/** What an expression comes to. Throws ExpressionBroken. */
export function evaluate(node: Node, scope: Scope): Value {
  spend(scope.effort, 1)
  switch (node.kind) {
    case 'number':
      return scalar(node.value)
    case 'text':
      return { kind: 'text', value: node.value }
    case 'name': {
      const value = scope.value(node.name)
      if (value === undefined) throw new ExpressionBroken(`the id ${node.name} is not there`)
      return value
    }
    case 'minus':
      return combined('*', scalar(-1), evaluate(node.of, scope), scope)
    case 'list': {
      const of: SeriesValue[] = []
      for (const each of node.of) {
        const value = evaluate(each, scope)
        if (value.kind === 'list') of.push(...value.of)
        else if (value.kind === 'series') of.push(value)
        else throw new ExpressionBroken('a list holds what is no time series')
        checkListed(of.length)
      }
      return { kind: 'list', of }
    }
    case 'both':
      return combined(node.operator, evaluate(node.left, scope), evaluate(node.right, scope), scope)
    case 'call':
      return call(node, scope, evaluate)
  }
}

const truth = (value: boolean) => (value ? 1 : 0)

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '==': (a, b) => truth(a === b),
  '!=': (a, b) => truth(a !== b),
  '<': (a, b) => truth(a < b),
  '>': (a, b) => truth(a > b),
  '<=': (a, b) => truth(a <= b),
  '>=': (a, b) => truth(a >= b),
  '&&': (a, b) => truth(a !== 0 && b !== 0),
  AND: (a, b) => truth(a !== 0 && b !== 0),
  '||': (a, b) => truth(a !== 0 || b !== 0),
  OR: (a, b) => truth(a !== 0 || b !== 0),
}

function combined(operator: string, left: Value, right: Value, { effort }: Scope): Value {
  spend(effort, pointsIn([left, right]))
  return both(operator, left, right)
}

/** Two values together: of two series the times that both have; a scalar counts for all times. */
function both(operator: string, left: Value, right: Value): Value {
  const of = OPERATORS[operator] as (a: number, b: number) => number
  if (left.kind === 'text' || right.kind === 'text') throw new ExpressionBroken(`'${operator}' takes no text`)
  if (left.kind === 'list' || right.kind === 'list') return bothLists(operator, left, right)
  if (left.kind === 'scalar') {
    if (right.kind === 'scalar') return scalar(of(left.value, right.value))
    return mapped(right, (value) => of(left.value, value))
  }
  if (right.kind === 'scalar') return mapped(left, (value) => of(value, right.value))
  const found = new Map<number, number>()
  for (const [at, value] of left.points) {
    const other = right.points.get(at)
    const result = other === undefined ? Number.NaN : of(value, other)
    if (Number.isFinite(result)) found.set(at, result)
  }
  return seriesOf(found, Math.max(left.period, right.period))
}

function bothLists(operator: string, left: Value, right: Value): Value {
  if (left.kind === 'list' && right.kind === 'list')
    throw new ExpressionBroken(`'${operator}' takes one list of time series, not two`)
  const of =
    left.kind === 'list'
      ? left.of.map((each) => both(operator, each, right))
      : (right as Value & { kind: 'list' }).of.map((each) => both(operator, left, each))
  return { kind: 'list', of: of as SeriesValue[] }
}
