/**
 * Work that one decision may take. Whoever writes a policy and whoever sends a request could together make matching slow,
 * so it is counted: a step is about one unit of text looked at, a few nanoseconds. What is left is kept here and not
 * carried through every call, since decisions are made one at a time and without a pause; `evaluate` begins each.
 */

/** Steps of one decision: a few milliseconds. An ordinary decision takes a few hundred. */
export const MOST_STEPS = 1_000_000

let left = MOST_STEPS
let short = false
let exhausted = false

/** A new decision begins. `steps`: what it may take; tests give less. */
export function fill(steps = MOST_STEPS): void {
  left = steps
  short = false
  exhausted = false
}

/** Takes steps. False: they are not there, and what they were for has no result (see `ranShort`). */
export function spend(steps: number): boolean {
  if (steps <= left) {
    left -= steps
    return true
  }
  left = 0
  short = true
  exhausted = true
  return false
}

/**
 * A new statement begins. Once steps were refused nothing in the decision can be relied on, also where it costs nothing: what
 * was looked up before and kept may have been given up. So every statement from then on runs short.
 */
export function beginStatement(): void {
  short = exhausted
}

/** Whether steps were asked for that were not there: then an Allow must not apply, and a Deny must. */
export function ranShort(): boolean {
  return short
}

/**
 * Does work that is not one decision's own (what it makes is kept for all), with steps of its own, whatever is left of the
 * decision's. False: they were not enough.
 */
export function aside(work: () => void): boolean {
  const kept = left
  const [wasShort, wasExhausted] = [short, exhausted]
  fill()
  work()
  const enough = !exhausted
  left = kept
  short = wasShort
  exhausted = wasExhausted
  return enough
}

/** Steps that are left. */
export function stepsLeft(): number {
  return left
}
