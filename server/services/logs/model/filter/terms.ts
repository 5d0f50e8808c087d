import { invalidPattern } from '../refusals.ts'
import type { Pattern } from './pattern.ts'
import { Reader, SEARCHES_PER_STEP } from './reader.ts'

type Test = (text: string) => boolean

/**
 * `ERROR "two words" -excluded ?any ?of %regex%`: all that is named, none of what is excluded; or, when nothing else stands there, at
 * least one of the optional ones. Capitals count. Source: CloudWatch Logs user guide, "Match terms in unstructured log events":
 * optional terms beside others are passed over.
 */
export function termsPattern(text: string): Pattern {
  const reader = new Reader(text)
  const wanted: Test[] = []
  const excluded: Test[] = []
  const optional: Test[] = []
  while (!reader.ended) {
    const into = reader.takes('-') ? excluded : reader.takes('?') ? optional : wanted
    into.push(term(reader))
  }
  const any = wanted.length + excluded.length === 0
  return {
    matches: ({ text: message }) =>
      any
        ? optional.length === 0 || optional.some((test) => test(message))
        : wanted.every((test) => test(message)) && !excluded.some((test) => test(message)),
    extract: () => ({}),
    value: () => undefined,
    cost: reader.cost,
    work: reader.cost + (wanted.length + excluded.length + optional.length) / SEARCHES_PER_STEP,
  }
}

function term(reader: Reader): Test {
  // Directly behind its sign.
  const next = reader.text.charAt(reader.at)
  if (next === '"') {
    const text = reader.quoted()
    if (text === '') throw invalidPattern()
    return (message) => message.includes(text)
  }
  if (next === '%') {
    const expression = reader.regex()
    return (message) => expression.test(message)
  }
  if (/\s|^$/.test(next)) throw invalidPattern()
  const word = reader.match(/[^\s"]+/y) as string
  return (message) => message.includes(word)
}
