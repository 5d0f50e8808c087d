import { invalidPattern } from '../refusals.ts'
import { compare } from './condition.ts'
import type { Pattern } from './pattern.ts'
import { comparisonsIn, expression, Reader, SEARCHES_PER_STEP } from './reader.ts'

type Test = (field: string) => boolean

interface Field {
  /** Undefined: any number of fields (`...`). */
  readonly name: string | undefined
  readonly test: Test
}

const always: Test = () => true

/**
 * `[ip, user, ..., status = 4*, bytes > 1000]`: the words of a message in their order, with conditions.
 * Source: CloudWatch Logs user guide, "space-delimited log events".
 */
export function fieldsPattern(text: string): Pattern {
  const reader = new Reader(text)
  reader.needs('[')
  const fields: Field[] = []
  do {
    fields.push(field(reader))
  } while (reader.takes(','))
  reader.needs(']')
  if (!reader.ended) throw invalidPattern()
  const gap = fields.findIndex(({ name }) => name === undefined)
  if (fields.filter(({ name }) => name === undefined).length > 1) throw invalidPattern()
  const head = gap < 0 ? fields : fields.slice(0, gap)
  const tail = gap < 0 ? [] : fields.slice(gap + 1)
  /** The fields with the words that they stand for; undefined when there are too few or too many. */
  const placed = (words: readonly string[]): (readonly [Field, string])[] | undefined => {
    if (gap < 0 ? words.length !== head.length : words.length < head.length + tail.length) return undefined
    return [
      ...head.map((one, at) => [one, words[at] as string] as const),
      ...tail.map((one, at) => [one, words[words.length - tail.length + at] as string] as const),
    ]
  }
  return {
    matches: ({ fields: words }) => placed(words)?.every(([one, word]) => one.test(word)) === true,
    extract: ({ fields: words }) =>
      Object.fromEntries(
        (placed(words) ?? []).flatMap(([{ name }, word]) =>
          name === undefined || name === '' ? [] : [[`$${name}`, word]],
        ),
      ),
    value: ({ fields: words }, wanted) =>
      placed(words)?.find(([{ name }]) => name !== '' && `$${name}` === wanted)?.[1],
    cost: reader.cost,
    work: reader.cost + comparisonsIn(text) / SEARCHES_PER_STEP,
  }
}

function field(reader: Reader): Field {
  if (reader.takes('...')) return { name: undefined, test: always }
  if (reader.peek() === ',' || reader.peek() === ']') return { name: '', test: always }
  let name: string | undefined
  const one = (): Test => {
    const found = reader.match(/[A-Za-z0-9_$-]+/y)
    if (found === undefined || (name !== undefined && found !== name)) throw invalidPattern()
    name = found
    if (!/[=!<>]/.test(reader.peek())) return always
    const operator = reader.operator()
    const operand = reader.operand(/[^\s"%,()[\]&|=<>!]+/y)
    return (word) => compare(word, operator, operand)
  }
  const test = expression<Test>(reader, one, {
    any: (parts) => (word) => parts.some((part) => part(word)),
    all: (parts) => (word) => parts.every((part) => part(word)),
  })
  return { name, test }
}
