import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json } from './match.ts'
import { patternOf } from './pattern.ts'

/** The matcher against one that takes an event apart into all of its fields and looks at each of them, as the books describe it. */

type Scalar = string | number | boolean | null

/** A field of an event: its name, its value, and of each list that it stands in the place. */
interface Field {
  readonly name: string
  readonly value: Scalar
  readonly places: ReadonlyMap<number, number>
}

function fieldsOf(event: Json): Field[] {
  const fields: Field[] = []
  let lists = 0
  const visit = (value: Json, name: string, places: ReadonlyMap<number, number>) => {
    if (Array.isArray(value)) {
      const list = lists++
      for (const [i, element] of (value as readonly Json[]).entries())
        visit(element, name, new Map(places).set(list, i))
    } else if (typeof value === 'object' && value !== null)
      for (const [key, member] of Object.entries(value))
        visit(member as Json, name === '' ? key : `${name}.${key}`, places)
    else fields.push({ name, value, places })
  }
  visit(event, '', new Map())
  return fields
}

const together = (a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): boolean =>
  [...a].every(([list, place]) => (b.get(list) ?? place) === place)

type Condition = Scalar | Readonly<Record<string, unknown>>

function takesOne(condition: Condition, value: Scalar): boolean {
  if (typeof condition !== 'object' || condition === null) return value === condition
  const [operator, operand] = Object.entries(condition)[0] as [string, unknown]
  switch (operator) {
    case 'prefix':
      return typeof value === 'string' && value.startsWith(operand as string)
    case 'suffix':
      return typeof value === 'string' && value.endsWith(operand as string)
    case 'equals-ignore-case':
      return typeof value === 'string' && value.toLowerCase() === (operand as string).toLowerCase()
    case 'anything-but':
      return !(operand as readonly Scalar[]).includes(value)
    case 'numeric':
      return typeof value === 'number' && value > (operand as [string, number])[1]
    case 'wildcard': {
      const text = (operand as string).replaceAll(/[^*\w]/g, '').replaceAll('*', '.*')
      return typeof value === 'string' && new RegExp(`^${text}$`, 's').test(value)
    }
    default:
      return operand === true
  }
}

const absent = (condition: Condition) =>
  typeof condition === 'object' && condition !== null && condition.exists === false

/** One choice of a field for each name of the pattern, all from the same elements of lists. */
function matchesNaively(pattern: Readonly<Record<string, readonly Condition[]>>, event: Json): boolean {
  const fields = fieldsOf(event)
  const names = Object.entries(pattern)
  const choose = (at: number, places: ReadonlyMap<number, number>): boolean => {
    const next = names[at]
    if (next === undefined) return true
    const [name, conditions] = next
    if (conditions.some(absent) && !fields.some((field) => field.name === name) && choose(at + 1, places)) return true
    return fields.some(
      (field) =>
        field.name === name &&
        conditions.some((condition) => !absent(condition) && takesOne(condition, field.value)) &&
        together(field.places, places) &&
        choose(at + 1, new Map([...places, ...field.places])),
    )
  }
  return choose(0, new Map())
}

const word = fc.constantFrom('', 'a', 'b', 'ab', 'ba', 'aba', 'A')
const scalar: fc.Arbitrary<Scalar> = fc.oneof(word, fc.constantFrom(0, 1, 2.5, -1), fc.boolean(), fc.constant(null))
const key = fc.constantFrom('x', 'y', 'z')
const event = fc.letrec<{ object: Json; value: Json }>((tie) => ({
  object: fc.dictionary(key, tie('value'), { minKeys: 2, maxKeys: 3 }) as fc.Arbitrary<Json>,
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar as fc.Arbitrary<Json>,
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }) as fc.Arbitrary<Json>,
  ),
})).object

const condition: fc.Arbitrary<Condition> = fc.oneof(
  scalar,
  word.map((text) => ({ prefix: text })),
  word.map((text) => ({ suffix: text })),
  word.map((text) => ({ 'equals-ignore-case': text })),
  fc.array(word, { minLength: 1, maxLength: 2 }).map((texts) => ({ 'anything-but': texts })),
  fc.constantFrom(0, 1).map((least) => ({ numeric: ['>', least] })),
  fc.constantFrom('a*', '*a', 'a*a', '*', 'b*a', '*b*').map((text) => ({ wildcard: text })),
  fc.boolean().map((there) => ({ exists: there })),
)

/** No name is the beginning of another: a field cannot be both a value and an object. */
const NAMES = ['x.x', 'x.y', 'y.x', 'y.z.x', 'y.z.y', 'z']
const pattern = fc
  .uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .chain((names) =>
    fc.record(Object.fromEntries(names.map((name) => [name, fc.array(condition, { minLength: 1, maxLength: 5 })]))),
  )

test('a pattern matches exactly the events of which it can take one field for each of its names (surroundings.md 4.3)', () => {
  fc.assert(
    fc.property(pattern, event, (asked, given) => {
      assert.equal(patternOf(JSON.stringify(asked)).matches(given), matchesNaively(asked, given))
    }),
    { numRuns: 3000 },
  )
})

test('nested and dotted patterns, in whatever order, say the same', () => {
  const nested = (asked: Readonly<Record<string, unknown>>): string => {
    const root: Record<string, unknown> = {}
    for (const [name, conditions] of Object.entries(asked).toReversed()) {
      const steps = name.split('.')
      const last = steps.pop() as string
      let at = root
      for (const step of steps) {
        at[step] ??= {}
        at = at[step] as Record<string, unknown>
      }
      at[last] = conditions
    }
    return JSON.stringify(root)
  }
  fc.assert(
    fc.property(pattern, event, (asked, given) => {
      assert.equal(patternOf(nested(asked)).matches(given), patternOf(JSON.stringify(asked)).matches(given))
    }),
    { numRuns: 300 },
  )
})

test('$or is what one of its branches says, and the cheap look never says no to what matches', () => {
  fc.assert(
    fc.property(pattern, pattern, event, word, (one, two, given, source) => {
      const whole = { source: ['a'], $or: [one, two] }
      const envelope = { ...(given as object), source, 'detail-type': 't' } as Json
      const read = patternOf(JSON.stringify(whole))
      const either = [one, two].some((branch) =>
        patternOf(JSON.stringify({ source: ['a'], ...branch })).matches(envelope),
      )
      assert.equal(read.matches(envelope), either)
      if (either) assert.equal(read.mayMatch(source, 't'), true)
    }),
    { numRuns: 500 },
  )
})

test('whatever text a pattern is, it is read or refused as a pattern', () => {
  const piece = fc.constantFrom(
    ...'{}[]:,"ab*\\ 1-.e$'.split(''),
    '"a"',
    '{"prefix":',
    'null',
    '"$or"',
    'numeric',
    '\n',
  )
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => `{"a":[${pieces.join('')}`)
  fc.assert(
    fc.property(text, (asked) => {
      try {
        patternOf(asked)
      } catch (error) {
        assert.equal((error as { readonly code?: string }).code, 'InvalidEventPatternException', String(error))
      }
    }),
    { numRuns: 3000 },
  )
})
