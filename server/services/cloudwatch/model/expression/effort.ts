import { ExpressionBroken } from './parse.ts'
import type { Value } from './value.ts'

/** What may still be done for the formulas of one request or alarm: in points that are looked at or made. */
export interface Effort {
  left: number
}

/** Some tenths of a second. Formulas over formulas could ask for more than there is memory for. */
export const mostEffort = (): Effort => ({ left: 5_000_000 })

/** Time series in one list: twice as many as a request has queries. */
const MOST_LISTED = 1000

/** Throws ExpressionBroken when there is too much to do. */
export function spend(effort: Effort, points: number): void {
  effort.left -= points
  if (effort.left < 0) throw new ExpressionBroken('it takes too many points')
}

/** A list that is not too long. */
export function checkListed(length: number): void {
  if (length > MOST_LISTED) throw new ExpressionBroken(`it holds more than ${MOST_LISTED} time series`)
}

const sizeOf = (value: Value): number => (value.kind === 'series' ? value.points.size : 1)

/** Points that a function of these values looks at or makes. */
export function pointsIn(values: readonly Value[]): number {
  const most = values.reduce((found, value) => Math.max(found, sizeOf(value)), 1)
  const listed = (value: Value) =>
    value.kind === 'list' ? value.of.reduce((sum, each) => sum + 1 + Math.max(most, each.points.size), 0) : 0
  return values.reduce((sum, value) => sum + listed(value), most)
}
