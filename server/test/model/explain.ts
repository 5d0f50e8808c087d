import { isDeepStrictEqual } from 'node:util'
import type { Answer, Made, Outcome } from './call.ts'
import type { Seen } from './observe.ts'
import { apply, type Expected, type Result } from './rules.ts'
import { ANY, isSettled, type Moment, NOTHING, type State, stirs } from './secret.ts'

/** Calls of one secret that went on at the same time, what it was before, and what is seen of it afterwards. */
export interface Riddle {
  readonly before: State
  readonly calls: readonly Made[]
  readonly seen: Seen | undefined
  readonly now: Moment
  /** Most versions of a secret. */
  readonly most: number
}

/** A serial order of the calls that explains all answers and what is seen, or how far one came. */
export type Explanation =
  | { readonly state: State; readonly order: readonly string[]; readonly made: ReadonlySet<Made> }
  | { readonly why: string }

/** More states than this are not looked at. */
const MOST_STATES = 200_000

/**
 * Finds an order in which the calls can have happened one after the other: one that answers each as it was answered, that keeps
 * what ended before the other began, and that ends with what is seen. A call without an answer has happened wholly, or not at all.
 * What secrets do by themselves may happen between any two. `fixed`: calls without an answer of which it is known.
 */
export function explain(riddle: Riddle, fixed: ReadonlyMap<Made, boolean> = new Map()): Explanation {
  const { calls, seen, now, most } = riddle
  const known = new Set<string>()
  let [depth, why] = [-1, 'nothing fits']
  const blame = (reached: number, text: string) => {
    if (reached > depth) [depth, why] = [reached, text]
  }
  const search = (
    state: State,
    left: readonly Made[],
    order: readonly string[],
    made: ReadonlySet<Made>,
  ): Explanation | undefined => {
    const key = `${left.map((each) => calls.indexOf(each)).join()} ${JSON.stringify(state)}`
    if (known.has(key)) return undefined
    known.add(key)
    if (known.size > MOST_STATES) return { why: 'too many states to look at' }
    if (left.every((each) => each.outcome.kind === 'lost' && fixed.get(each) !== true)) {
      const bound = matched(state, seen, now)
      if (!('differs' in bound)) return { state: bound.state, order, made }
      blame(calls.length + 1, `after ${order.join(', ') || 'nothing'}: ${bound.differs}`)
    }
    for (const each of left) {
      if (left.some((other) => other.ended < each.began)) continue
      if (fixed.get(each) === false) continue
      const rest = left.filter((other) => other !== each)
      const result = tried(state, each, riddle)
      if ('unlike' in result) {
        blame(order.length, `after ${order.join(', ') || 'nothing'}: ${told(each)}: ${result.unlike}`)
        continue
      }
      const found = search(result.next, rest, [...order, told(each)], new Set([...made, each]))
      if (found !== undefined) return found
    }
    if (state === undefined) return undefined
    for (const next of stirs(state, most, now)) {
      const found = search(next, left, [...order, 'by itself'], made)
      if (found !== undefined) return found
    }
    return undefined
  }
  return search(riddle.before, calls, [], new Set()) ?? { why }
}

/** A call in few words. */
export function told({ call, outcome }: Made): string {
  const { op, ...members } = call
  const came =
    outcome.kind === 'refused' ? `${outcome.code} ${outcome.text}` : outcome.kind === 'answered' ? 'ok' : 'no answer'
  return `${op} ${JSON.stringify(members, (_, text) => (typeof text === 'string' && text.length > 200 ? `${text.slice(0, 40)}…` : text))} → ${came}`
}

/** What a call leads to if it was answered as it would be, or how it differs. */
function tried(
  state: State,
  { call, outcome }: Made,
  { now, most }: Riddle,
): { readonly next: State } | { readonly unlike: string } {
  const answer = outcome.kind === 'answered' ? outcome.answer : undefined
  const result = apply(state, call, { now, most, answer })
  const unlike = outcome.kind === 'lost' ? undefined : difference(result, outcome)
  if (unlike !== undefined) return { unlike }
  if ('refusal' in result) return { next: state }
  const { next } = result
  // Whoever was told the ARN of a secret that somebody without an answer has made.
  const isUnknown = next !== undefined && next.arn === '' && answer?.ARN !== undefined && call.op !== 'delete'
  return { next: isUnknown ? { ...next, arn: answer.ARN } : next }
}

function difference(result: Result, outcome: Exclude<Outcome, { kind: 'lost' }>): string | undefined {
  if ('refusal' in result) {
    const { code, text } = result.refusal
    if (outcome.kind !== 'refused' || outcome.code !== code || (text !== undefined && outcome.text !== text))
      return `should be refused: ${code} ${text ?? ''}`
    return undefined
  }
  if (outcome.kind === 'refused') return 'should not be refused'
  for (const [member, expected] of Object.entries(result.answer) as [keyof Expected, unknown][]) {
    const actual = outcome.answer[member as keyof Answer]
    if (!agrees(actual, expected)) return `answers ${member} ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`
  }
  return undefined
}

const isMoment = (value: unknown): value is Moment =>
  Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === 'number')

/** Whether what is shown can be what is expected. */
function agrees(actual: unknown, expected: unknown): boolean {
  if (expected === ANY) return typeof actual === 'string'
  if (isMoment(expected)) return typeof actual === 'number' && actual >= expected[0] && actual <= expected[1]
  return isDeepStrictEqual(actual, expected)
}

/** The state with all that is seen of it, or where they differ. A range becomes the moment that is shown. */
function matched(
  state: State,
  seen: Seen | undefined,
  now: Moment,
): { readonly state: State } | { readonly differs: string } {
  if (state === undefined || seen === undefined)
    return state === seen ? { state } : { differs: seen === undefined ? 'it is not there' : 'it is there' }
  if (!isSettled(state, now)) return { differs: 'something that is due has not happened' }
  const { rotation } = state
  const expected: Record<string, unknown> = {
    ...(state.arn === '' ? {} : { arn: state.arn }),
    createdAt: state.createdAt,
    changedAt: state.changedAt,
    description: state.description,
    kmsKeyId: state.kmsKeyId,
    tags: state.tags,
    deletedAt: state.deletedAt,
    stages: sorted(state.stages),
    'rotation.enabled': rotation?.enabled,
    'rotation.functionArn': rotation?.functionArn,
    'rotation.days': rotation?.days,
    'rotation.lastAt': rotation?.lastAt,
    'rotation.hasNext': rotation?.enabled === true && rotation.days !== undefined,
    versions: Object.keys(state.versions).sort(),
  }
  const actual: Record<string, unknown> = {
    ...seen,
    stages: sorted(seen.stages),
    versions: Object.keys(seen.versions).sort(),
    ...Object.fromEntries(Object.entries(seen.rotation).map(([member, value]) => [`rotation.${member}`, value])),
  }
  if ('policy' in seen) {
    expected.policy = parsed(state.policy)
    actual.policy = parsed(seen.policy)
  }
  for (const [id, { content, createdAt, key }] of Object.entries(state.versions)) {
    const version = seen.versions[id]
    expected[`${id} createdAt`] = createdAt
    actual[`${id} createdAt`] = version?.createdAt
    if (content !== NOTHING) {
      expected[`${id} key`] = key
      actual[`${id} key`] = version?.key
    }
    if (version?.content === undefined) continue
    expected[`${id} content`] = content === ANY && version.content !== NOTHING ? version.content : content
    actual[`${id} content`] = version.content
  }
  for (const [what, value] of Object.entries(expected))
    if (!agrees(actual[what], value))
      return { differs: `${what} is ${cut(JSON.stringify(actual[what]))}, not ${cut(JSON.stringify(value))}` }
  return { state: known(state, seen) }
}

/** The same with what was seen in the place of what was not known; no function is left at work. */
function known(state: NonNullable<State>, seen: Seen): State {
  const versions = Object.fromEntries(
    Object.entries(state.versions).map(([id, version]) => {
      const { createdAt, content } = seen.versions[id] ?? {}
      return [
        id,
        {
          ...version,
          ...(createdAt === undefined ? {} : { createdAt: at(createdAt) }),
          content: content ?? version.content,
        },
      ]
    }),
  )
  const { deletedAt, purgeAt, rotation } = state
  const shift = deletedAt === undefined || purgeAt === undefined ? 0 : purgeAt[0] - deletedAt[0]
  return {
    ...state,
    arn: seen.arn,
    createdAt: at(seen.createdAt),
    changedAt: at(seen.changedAt),
    versions,
    left: [],
    ...(seen.deletedAt === undefined ? {} : { deletedAt: at(seen.deletedAt), purgeAt: at(seen.deletedAt + shift) }),
    ...(rotation === undefined || seen.rotation.lastAt === undefined
      ? {}
      : { rotation: { ...rotation, lastAt: at(seen.rotation.lastAt) } }),
  }
}

const at = (ms: number): Moment => [ms, ms]
const sorted = (record: Readonly<Record<string, string>>) => Object.fromEntries(Object.entries(record).sort())
const parsed = (document: string | undefined): unknown => (document === undefined ? undefined : JSON.parse(document))
const cut = (text: string | undefined): string => (text === undefined ? 'absent' : text.slice(0, 400))
