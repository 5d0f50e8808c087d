import { isDeepStrictEqual } from 'node:util'
import { type Answer, type Made, makes, type Outcome, type Person } from './call.ts'
import { applied, holderOf, type Namesakes, type Results, stirring, withSecret } from './namesakes.ts'
import type { Seen, SeenName } from './observe.ts'
import { ANY, isSettled, type Moment, NOTHING, type Secret } from './secret.ts'
import { type Read, type Telling, Tellings } from './telling.ts'
import type { Expected } from './writing.ts'

/** Calls of one name that went on at the same time, what it was before, and what is seen of it afterwards. */
export interface Riddle {
  readonly before: Namesakes
  readonly calls: readonly Made[]
  readonly seen: SeenName
  /** What the history tells of it, by ARN. */
  readonly told: ReadonlyMap<string, Telling>
  /** Who makes calls. */
  readonly people: readonly Person[]
  /** ARNs that are new, and not told to who made them. */
  readonly arrivals: readonly string[]
  readonly now: Moment
  /** Most versions of a secret. */
  readonly most: number
  /** Whether names are used again. */
  readonly reuse: boolean
}

/** A serial order of the calls that explains all answers and what is seen, or how far one came. */
export type Explanation =
  | { readonly state: Namesakes; readonly order: readonly string[]; readonly made: ReadonlySet<Made> }
  | { readonly why: string }

/** More states than this are not looked at. */
const MOST_STATES = 200_000

/**
 * Finds an order in which the calls can have happened one after the other: one that answers each as it was answered, that keeps
 * what ended before the other began, and that ends with what is seen; the history tells of it in that order, with who made each change. A call without an answer has happened wholly, or not at all.
 * What secrets do by themselves may happen between any two. `fixed`: calls without an answer of which it is known.
 */
export function explain(riddle: Riddle, fixed: ReadonlyMap<Made, boolean> = new Map()): Explanation {
  const { calls, seen, now, most } = riddle
  const tellings = new Tellings(riddle.told, calls, riddle.people, now)
  const known = new Set<string>()
  let [depth, why] = [-1, 'nothing fits']
  const blame = (reached: number, text: string) => {
    if (reached > depth) [depth, why] = [reached, text]
  }
  const search = (
    state: Namesakes,
    read: Read,
    left: readonly Made[],
    order: readonly string[],
    made: ReadonlySet<Made>,
  ): Explanation | undefined => {
    const key = `${left.map((each) => calls.indexOf(each)).join()} ${JSON.stringify(read)} ${JSON.stringify(state)}`
    if (known.has(key)) return undefined
    known.add(key)
    if (known.size > MOST_STATES) return { why: 'too many states to look at' }
    if (left.every((each) => each.outcome.kind === 'lost' && fixed.get(each) !== true)) {
      const bound = matched(state, seen, now)
      const missing = tellings.missing(state, read)
      if (!('differs' in bound) && missing === undefined) return { state: bound.state, order, made }
      const differs = 'differs' in bound ? bound.differs : missing
      blame(calls.length + ('differs' in bound ? 1 : 2), `after ${order.join(', ') || 'nothing'}: ${differs}`)
    }
    for (const each of left) {
      if (left.some((other) => other.ended < each.began)) continue
      if (fixed.get(each) === false) continue
      const rest = left.filter((other) => other !== each)
      const result = tried(state, each, riddle)
      if ('unlike' in result) {
        blame(made.size, `after ${order.join(', ') || 'nothing'}: ${told(each)}: ${result.unlike}`)
        continue
      }
      for (const next of result.nexts) {
        const after = tellings.byCall(state, next, each, read)
        if ('unlike' in after) {
          blame(made.size + 0.5, `after ${order.join(', ') || 'nothing'}: ${told(each)}: ${after.unlike}`)
          continue
        }
        const found = search(after.state, after.read, rest, [...order, told(each)], new Set([...made, each]))
        if (found !== undefined) return found
      }
    }
    for (const next of stirring(state, most, now)) {
      const after = tellings.byItself(next, read)
      if ('unlike' in after) {
        blame(made.size + 0.2, `after ${order.join(', ') || 'nothing'}: by itself: ${after.unlike}`)
        continue
      }
      const found = search(after.state, after.read, left, [...order, 'by itself'], made)
      if (found !== undefined) return found
    }
    return undefined
  }
  return search(riddle.before, {}, calls, [], new Set()) ?? { why }
}

/** A call in few words. */
export function told({ call, outcome, by }: Made): string {
  const { op, ...members } = call
  const came =
    outcome.kind === 'refused' ? `${outcome.code} ${outcome.text}` : outcome.kind === 'answered' ? 'ok' : 'no answer'
  return `${op} ${JSON.stringify(members, (_, text) => (typeof text === 'string' && text.length > 200 ? `${text.slice(0, 40)}…` : text))} by ${by.arn.split(/[:/]/).at(-1)} → ${came}`
}

/** What a call may lead to if it was answered as it would be, or how it differs. */
function tried(
  state: Namesakes,
  made: Made,
  riddle: Riddle,
  passesOver = false,
): { readonly nexts: readonly Namesakes[] } | { readonly unlike: string } {
  const { call, outcome } = made
  const { now, most, reuse, arrivals, calls } = riddle
  const answer = outcome.kind === 'answered' ? outcome.answer : undefined
  const result = applied(state, call, { now, most, reuse, answer, passesOver })
  const unlike = outcome.kind === 'lost' ? undefined : difference(result, outcome)
  // Of what others make meanwhile.
  if (unlike !== undefined && call.op === 'goback' && !passesOver && calls.length > 1) {
    const other = tried(state, made, riddle, true)
    if ('nexts' in other) return other
  }
  if (unlike !== undefined) return { unlike }
  if (!('nexts' in result)) return { nexts: [state] }
  return { nexts: makes(call.op) ? result.nexts.flatMap((next) => named(next, arrivals)) : result.nexts }
}

/** A secret whose maker was not told its ARN has one of those that are new, or one that nobody has ever seen. */
function named(names: Namesakes, arrivals: readonly string[]): readonly Namesakes[] {
  const holder = holderOf(names)
  if (holder?.arn !== '') return [names]
  const taken = [...names.all, ...names.gone].map(({ arn }) => arn)
  const free = arrivals.filter((arn) => !taken.includes(arn))
  return ['', ...free].map((arn) => withSecret(names, names.holder, { ...holder, arn }))
}

function difference(result: Results, outcome: Exclude<Outcome, { kind: 'lost' }>): string | undefined {
  if ('refusal' in result) {
    const { code, text } = result.refusal
    if (outcome.kind !== 'refused' || outcome.code !== code || (text !== undefined && outcome.text !== text))
      return `should be refused: ${code} ${text ?? ''}`
    return undefined
  }
  if ('unsure' in result) return undefined
  if (outcome.kind === 'refused') return 'should not be refused'
  for (const [member, expected] of Object.entries(result.answer) as [keyof Expected, unknown][]) {
    const actual = outcome.answer[member as keyof Answer]
    // Counted over several names.
    if (member === 'Unchanged' && actual === undefined) continue
    if (!agrees(actual, expected)) return `answers ${member} ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`
  }
  return undefined
}

const isMoment = (value: unknown): value is Moment =>
  Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === 'number')

/** Whether what is shown can be what is expected. */
function agrees(actual: unknown, expected: unknown): boolean {
  if (expected === ANY) return typeof actual === 'string'
  if (isMoment(expected)) {
    const at = typeof actual === 'string' ? Date.parse(actual) : actual
    return typeof at === 'number' && at >= expected[0] && at <= expected[1]
  }
  if (Array.isArray(expected))
    return (
      Array.isArray(actual) && actual.length === expected.length && expected.every((each, i) => agrees(actual[i], each))
    )
  if (typeof expected !== 'object' || expected === null) return isDeepStrictEqual(actual, expected)
  if (typeof actual !== 'object' || actual === null) return false
  const [is, should] = [actual, expected] as Record<string, unknown>[]
  return [...Object.keys(is ?? {}), ...Object.keys(should ?? {})].every((key) => agrees(is?.[key], should?.[key]))
}

/** The state with all that is seen of it, or where they differ. */
function matched(
  state: Namesakes,
  seen: SeenName,
  now: Moment,
): { readonly state: Namesakes } | { readonly differs: string } {
  if (state.all.length !== seen.secrets.length)
    return { differs: `there are ${seen.secrets.length} secrets, not ${state.all.length}` }
  let differs = ''
  const pair = (all: readonly Secret[], left: readonly Seen[]): readonly Secret[] | undefined => {
    const [secret, ...others] = all
    if (secret === undefined) return []
    for (const one of left) {
      if (secret.arn !== '' && secret.arn !== one.arn) continue
      const bound = matchedSecret(secret, one, now)
      if ('differs' in bound) {
        differs = bound.differs
        continue
      }
      const rest = pair(
        others,
        left.filter((other) => other !== one),
      )
      if (rest !== undefined) return [bound.state, ...rest]
    }
    differs ||= `${secret.arn} is not there`
    return undefined
  }
  const all = pair(state.all, seen.secrets)
  if (all === undefined) return { differs }
  const bound = { ...state, all }
  const holder = holderOf(bound)?.arn
  return holder === seen.holder ? { state: bound } : { differs: `the name means ${seen.holder}, not ${holder}` }
}

/** The same of one secret. A range becomes the moment that is shown. */
function matchedSecret(
  state: Secret,
  seen: Seen,
  now: Moment,
): { readonly state: Secret } | { readonly differs: string } {
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
function known(state: Secret, seen: Seen): Secret {
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
