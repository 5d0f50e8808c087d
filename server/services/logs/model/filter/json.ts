import { invalidPattern } from '../refusals.ts'
import { compare } from './condition.ts'
import type { Message } from './message.ts'
import type { Pattern } from './pattern.ts'
import { comparisonsIn, expression, Reader, SEARCHES_PER_STEP } from './reader.ts'

/** `$.a.b[0]`: names, and places in lists. */
export type Path = readonly (string | number)[]

type Test = (message: Message) => boolean

const MEMBER = /\.([A-Za-z0-9_\-@:#]+)|\[(\d{1,9})\]|\[(['"])([^'"\]]{1,255})\3\]/y

/** Reads a selector. */
function selector(reader: Reader): Path {
  reader.needs('$')
  const path: (string | number)[] = []
  for (;;) {
    MEMBER.lastIndex = reader.at
    const [whole, name, place, , quoted] = MEMBER.exec(reader.text) ?? []
    if (whole === undefined) break
    reader.at += whole.length
    path.push(place === undefined ? ((name ?? quoted) as string) : Number(place))
  }
  if (path.length === 0) throw invalidPattern()
  return path
}

/** A selector as a whole text: the value of a metric. Undefined when it is none. */
function selectorIn(text: string): Path | undefined {
  const reader = new Reader(text)
  try {
    const path = selector(reader)
    return reader.ended ? path : undefined
  } catch {
    // it is another word
    return undefined
  }
}

/** What stands there in a message; undefined when nothing does. */
export function at(path: Path, value: unknown): unknown {
  let here = value
  for (const step of path) {
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, step)) return undefined
    here = (here as Readonly<Record<string | number, unknown>>)[step]
  }
  return here
}

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

/** `{ $.a = "x*" && ($.n >= 1 || $.c IS NULL) }`. Source: CloudWatch Logs user guide, "JSON log events". */
export function jsonPattern(text: string): Pattern {
  const reader = new Reader(text)
  reader.needs('{')
  const paths: Path[] = []
  const one = (): Test => {
    const path = selector(reader)
    paths.push(path)
    if (reader.takesWord('NOT')) {
      if (!reader.takesWord('EXISTS')) throw invalidPattern()
      return ({ json }) => at(path, json) === undefined
    }
    if (reader.takesWord('EXISTS')) return ({ json }) => at(path, json) !== undefined
    if (reader.takesWord('IS')) {
      const not = reader.takesWord('NOT')
      const values: readonly [string, unknown][] = [
        ['NULL', null],
        ['TRUE', true],
        ['FALSE', false],
      ]
      const found = values.find(([word]) => reader.takesWord(word))
      if (found === undefined) throw invalidPattern()
      const [, wanted] = found
      return ({ json }) => {
        const value = at(path, json)
        return value !== undefined && (value === wanted) !== not
      }
    }
    const operator = reader.operator()
    const operand = reader.operand(/[^\s"%(){}&|=<>!]+/y)
    return ({ json }) => {
      const value = at(path, json)
      return isPlain(value) && compare(value, operator, operand)
    }
  }
  const test = expression<Test>(reader, one, {
    any: (parts) => (message) => parts.some((part) => part(message)),
    all: (parts) => (message) => parts.every((part) => part(message)),
  })
  reader.needs('}')
  if (!reader.ended) throw invalidPattern()
  return {
    matches: (message) => message.json !== undefined && test(message),
    extract: (message) =>
      Object.fromEntries(
        paths.flatMap((path) => {
          const value = at(path, message.json)
          return value === undefined ? [] : [[nameOf(path), isPlain(value) ? String(value) : JSON.stringify(value)]]
        }),
      ),
    value: (message, word) => {
      const path = selectorIn(word)
      const value = path && at(path, message.json)
      return isPlain(value) ? String(value) : undefined
    },
    cost: reader.cost,
    work: reader.cost + comparisonsIn(text) / SEARCHES_PER_STEP,
  }
}

const nameOf = (path: Path) => `$${path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}`
