import { rangeTest } from './addresses.ts'
import { badPattern, type Reader, type Token } from './reader.ts'
import { wildcardOf, wildcardTest } from './wildcard.ts'

/** A value of an event that is neither an object nor a list. */
export type Scalar = string | number | boolean | null

export type Test = (value: Scalar) => boolean

/** What a field must be like: one of all that a list in a pattern names. */
export interface Leaf {
  /** Exactly these. */
  readonly values: ReadonlySet<Scalar>
  readonly tests: readonly Test[]
  /** `{"exists": false}` is among them: it may also be missing. */
  readonly missing: boolean
}

export function takes({ values, tests }: Leaf, value: Scalar, effort: Effort): boolean {
  if (values.has(value)) return true
  spend(effort, tests.length * (typeof value === 'string' ? 1 + value.length / CHARACTERS : 1))
  for (const test of tests) if (test(value)) return true
  return false
}

/** How much may still be done to find out: in steps, of some ten nanoseconds each. */
export interface Effort {
  left: number
}

/** An event is so large, and a pattern asks so much of it, that it is not found out whether they are alike. */
export class TooCostly extends Error {}

export function spend(effort: Effort, steps: number): void {
  effort.left -= steps
  if (effort.left < 0) throw new TooCostly('it takes too much to find out whether the event is like the pattern')
}

/** Characters of a text that one test looks at in a step. */
const CHARACTERS = 8

/** Largest number that patterns compare with. Source: surroundings.md 4.3. */
const FARTHEST = 5e9

/** Reads what stands behind `[` up to its `]`. Throws InvalidEventPatternException. */
export function leafOf(reader: Reader): Leaf {
  const values = new Set<Scalar>()
  const tests: Test[] = []
  let missing = false
  let token = reader.next()
  for (; token.kind !== ']'; token = reader.next()) {
    if (token.kind === '{') {
      const test = operator(reader)
      if (test === 'missing') missing = true
      else tests.push(test)
    } else if (token.kind === 'string') values.add(token.text)
    else if (token.kind === 'number') values.add(Number(token.text))
    else if (token.kind === 'null') values.add(null)
    else if (token.kind === 'true' || token.kind === 'false') values.add(token.kind === 'true')
    else throw reader.fault('Match value must be String, number, true, false, or null', token.at)
  }
  if (values.size === 0 && tests.length === 0 && !missing) throw reader.fault('Empty arrays are not allowed', token.at)
  return { values, tests, missing }
}

/** One `{"operator": …}`, behind its `{`. */
function operator(reader: Reader): Test | 'missing' {
  const name = reader.next()
  if (name.kind !== 'name') throw reader.fault('Match expression name not found', name.at)
  const read = OPERATORS.get(name.text)
  if (read === undefined) throw reader.fault(`Unrecognized match type ${name.text}`, name.at)
  const test = read(reader, reader.next(), name.text)
  closed(reader)
  return test
}

function closed(reader: Reader): void {
  const end = reader.next()
  if (end.kind !== '}') throw reader.fault('Only one key allowed in match expression', end.at)
}

const string = (reader: Reader, token: Token, name: string): string => {
  if (token.kind !== 'string') throw reader.fault(`${name} match pattern must be a string`, token.at)
  return token.text
}

type Read = (reader: Reader, token: Token, name: string) => Test | 'missing'

const OPERATORS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['exactly', (reader, token) => equal(string(reader, token, 'exact'))],
  ['prefix', (reader, token, name) => affix(reader, token, name)],
  ['suffix', (reader, token, name) => affix(reader, token, name)],
  ['equals-ignore-case', (reader, token, name) => alike(string(reader, token, name))],
  ['wildcard', (reader, token) => wildcard(reader, token)],
  ['anything-but', anythingBut],
  ['numeric', numeric],
  ['cidr', cidr],
  ['exists', exists],
])

/** Names that mean an operator, and no field inside `$or`. */
export const RESERVED: ReadonlySet<string> = new Set(OPERATORS.keys())

const equal =
  (text: string): Test =>
  (value) =>
    value === text

const folded = (text: string) => text.toUpperCase().toLowerCase()

function alike(text: string): Test {
  const sought = folded(text)
  return (value) => typeof value === 'string' && folded(value) === sought
}

function ends(name: string, text: string): Test {
  if (name === 'prefix') return (value) => typeof value === 'string' && value.startsWith(text)
  return (value) => typeof value === 'string' && value.endsWith(text)
}

function endsAlike(name: string, text: string): Test {
  const sought = folded(text)
  // What is folded may be longer or shorter than before, but no more than three times.
  const cut = (value: string) => (name === 'prefix' ? value.slice(0, text.length * 3) : value.slice(-text.length * 3))
  const has = ends(name, sought)
  return text === ''
    ? (value) => typeof value === 'string'
    : (value) => typeof value === 'string' && has(folded(cut(value)))
}

/** `"x"` or `{"equals-ignore-case": "x"}`. */
function affix(reader: Reader, token: Token, name: string): Test {
  if (token.kind !== '{') return ends(name, string(reader, token, name))
  const inner = reader.next()
  if (inner.kind !== 'name' || inner.text !== 'equals-ignore-case')
    throw reader.fault(`${name} match pattern must be a string`, inner.at)
  const test = endsAlike(name, string(reader, reader.next(), 'equals-ignore-case'))
  closed(reader)
  return test
}

function wildcard(reader: Reader, token: Token, twice?: 'twice'): Test {
  if (token.kind !== 'string') throw reader.fault('wildcard match pattern must be a string', token.at, twice)
  const parsed = wildcardOf(token.text)
  if ('segments' in parsed) {
    const test = wildcardTest(parsed)
    return (value) => typeof value === 'string' && test(value)
  }
  if (parsed.fault === 'complex') throw tooComplex()
  const reason =
    parsed.fault === 'consecutive'
      ? `Consecutive wildcard characters at pos ${parsed.at}`
      : `Invalid escape character at pos ${parsed.at}`
  throw reader.fault(reason, token.behind, twice)
}

export const tooComplex = () =>
  badPattern(
    'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
  )

/** The texts that `anything-but` names by an operator: what each must be, and in which words it is refused. */
const WITHOUT: ReadonlyMap<string, (reader: Reader, token: Token, twice?: 'twice') => Test> = new Map([
  ['prefix', (reader: Reader, token: Token, twice?: 'twice') => ends('prefix', nonempty(reader, token, twice))],
  ['suffix', (reader: Reader, token: Token, twice?: 'twice') => ends('suffix', nonempty(reader, token, twice))],
  ['wildcard', wildcard],
  [
    'equals-ignore-case',
    (reader: Reader, token: Token, twice?: 'twice') => {
      if (token.kind === 'string') return alike(token.text)
      throw reader.fault(
        'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
        token.at,
        twice,
      )
    },
  ],
])

function nonempty(reader: Reader, token: Token, twice?: 'twice'): string {
  if (token.kind !== 'string') throw reader.fault('prefix/suffix match pattern must be a string', token.at, twice)
  if (token.text === '') throw reader.fault('Null prefix/suffix not allowed', token.behind, twice)
  return token.text
}

const noValue = (reader: Reader, at: number) =>
  reader.fault('Value of anything-but must be an array or single string/number value.', at)

/** Everything but: the field must be there. */
function anythingBut(reader: Reader, token: Token): Test {
  if (token.kind === '{') return anythingButLike(reader)
  if (token.kind !== '[') {
    if (token.kind !== 'string' && token.kind !== 'number') throw noValue(reader, token.at)
    const value = token.kind === 'number' ? comparable(reader, token) : token.text
    return (given) => given !== value
  }
  const values = new Set<Scalar>()
  const kinds = new Set<string>()
  let item = reader.next()
  for (; item.kind !== ']'; item = reader.next()) {
    if (item.kind !== 'string' && item.kind !== 'number')
      throw reader.fault('Inside anything but list, start|null|boolean is not supported.', item.at, 'twice')
    kinds.add(item.kind)
    values.add(item.kind === 'number' ? comparable(reader, item) : item.text)
  }
  if (kinds.size !== 1)
    throw reader.fault(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
      item.at,
    )
  return (given) => !values.has(given)
}

/** `{"prefix": …}` and the like behind `anything-but`, with a text or a list of them. */
function anythingButLike(reader: Reader): Test {
  const name = reader.next()
  if (name.kind !== 'name') throw reader.fault('Anything-But expression name not found', name.at)
  const read = WITHOUT.get(name.text)
  if (read === undefined) throw reader.fault(`Unsupported anything-but pattern: ${name.text}`, name.at)
  const token = reader.next()
  if (token.kind === '{') throw noValue(reader, token.at)
  const tests: Test[] = []
  if (token.kind === '[') {
    let item = reader.next()
    for (; item.kind !== ']'; item = reader.next()) tests.push(read(reader, item, 'twice'))
    if (tests.length === 0) throw reader.fault('Empty arrays are not allowed', item.at)
  } else tests.push(read(reader, token))
  closed(reader)
  return (value) => !tests.some((test) => test(value))
}

/** A number that patterns can compare with. */
function comparable(reader: Reader, token: Token): number {
  const value = Number(token.text)
  if (Math.abs(value) <= FARTHEST) return value
  throw reader.fault(`Value must be between -${FARTHEST_TEXT} and ${FARTHEST_TEXT}, inclusive`, token.behind)
}

const FARTHEST_TEXT = '5.0E9'

const COMPARE: ReadonlyMap<string, (value: number, bound: number) => boolean> = new Map([
  ['=', (value: number, bound: number) => value === bound],
  ['<', (value: number, bound: number) => value < bound],
  ['<=', (value: number, bound: number) => value <= bound],
  ['>', (value: number, bound: number) => value > bound],
  ['>=', (value: number, bound: number) => value >= bound],
])

/** `[">", 0, "<=", 5]`. */
function numeric(reader: Reader, token: Token): Test {
  if (token.kind !== '[') throw reader.fault('Value of numeric must be an array.', token.at)
  const sign = reader.next()
  if (sign.kind !== 'string') throw reader.fault(`Invalid member in numeric match: ${sign.text}`, sign.behind)
  const value = reader.next()
  const compare = COMPARE.get(sign.text)
  if (compare === undefined) throw reader.fault(`Unrecognized numeric range operator: ${sign.text}`, value.at)
  if (value.kind !== 'number')
    throw reader.fault(`Value of ${sign.text === '=' ? 'equals' : sign.text} must be numeric`, value.at)
  const bound = comparable(reader, value)
  const next = reader.next()
  if (next.kind === ']') return (given) => inReach(given) && compare(given, bound)
  if (!sign.text.startsWith('>')) throw reader.fault('Too many elements in numeric expression', next.at)
  if (next.kind !== 'string') throw reader.fault(`Bad value in numeric range: ${next.text}`, next.behind)
  if (!next.text.startsWith('<') || !COMPARE.has(next.text))
    throw reader.fault(`Bad numeric range operator: ${next.text}`, next.behind)
  const top = upper(reader, next.text, bound)
  return (given) => inReach(given) && compare(given, bound) && top(given)
}

function upper(reader: Reader, sign: string, bottom: number): (value: number) => boolean {
  const value = reader.next()
  if (value.kind !== 'number') throw reader.fault(`Value of ${sign} must be numeric`, value.at)
  const bound = comparable(reader, value)
  const end = reader.next()
  if (end.kind !== ']') throw reader.fault('Too many terms in numeric range expression', end.at)
  // Source: event-ruler's own refusal of an empty range.
  if (bound <= bottom) throw reader.fault('Bottom must be less than top', end.at)
  return sign === '<' ? (given) => given < bound : (given) => given <= bound
}

/** Numbers beyond the reach of patterns are compared with none. */
const inReach = (value: Scalar): value is number => typeof value === 'number' && Math.abs(value) <= FARTHEST

function cidr(reader: Reader, token: Token): Test {
  const test = rangeTest(string(reader, token, 'prefix'))
  if (typeof test !== 'function') throw badPattern(test.fault)
  return (value) => typeof value === 'string' && test(value)
}

function exists(reader: Reader, token: Token): Test | 'missing' {
  if (token.kind === 'true') return () => true
  if (token.kind === 'false') return 'missing'
  throw reader.fault('exists match pattern must be either true or false.', token.at)
}
