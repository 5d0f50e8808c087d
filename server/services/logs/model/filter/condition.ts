import type { Regex } from './regex.ts'

/** What a value is compared with. */
export type Operand =
  | { readonly kind: 'text'; readonly pieces: readonly string[]; readonly quoted: boolean }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'regex'; readonly regex: Regex }

export type Operator = '=' | '!=' | '<' | '>' | '<=' | '>='

/** Words of a pattern into what is compared with: `*` stands for anything. */
export const textOperand = (text: string, quoted: boolean): Operand => ({
  kind: 'text',
  pieces: text.split('*'),
  quoted,
})

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/

/** An unquoted word is a number when it looks like one. */
export const wordOperand = (word: string): Operand =>
  NUMBER.test(word) ? { kind: 'number', value: Number(word) } : textOperand(word, false)

/** A text as a number; undefined when it is none. */
export const numberIn = (text: string): number | undefined => (NUMBER.test(text) ? Number(text) : undefined)

/** Compares a value: a text, or what JSON has. What can't be compared matches no operator. */
export function compare(value: string | number | boolean, operator: Operator, operand: Operand): boolean {
  if (operator === '=' || operator === '!=') {
    const same = isSame(value, operand)
    return same === undefined ? false : same === (operator === '=')
  }
  const number = typeof value === 'string' ? numberIn(value) : typeof value === 'number' ? value : undefined
  if (operand.kind !== 'number' || number === undefined) return false
  switch (operator) {
    case '<':
      return number < operand.value
    case '>':
      return number > operand.value
    case '<=':
      return number <= operand.value
    default:
      return number >= operand.value
  }
}

function isSame(value: string | number | boolean, operand: Operand): boolean | undefined {
  if (operand.kind === 'number') {
    const number = typeof value === 'string' ? numberIn(value) : value
    return number === operand.value
  }
  if (typeof value !== 'string') {
    // What stands in quotation marks is a text, and no other value is one.
    if (operand.kind === 'text' && operand.quoted) return false
    return isSame(String(value), operand)
  }
  return operand.kind === 'regex' ? operand.regex.test(value) : fits(value, operand.pieces)
}

/** Whether a text consists of the pieces, in order, with anything between them. */
export function fits(text: string, pieces: readonly string[]): boolean {
  const [first = '', ...rest] = pieces
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false
  const end = text.length - last.length
  let at = first.length
  for (const piece of rest) {
    const found = text.indexOf(piece, at)
    if (found < 0 || found + piece.length > end) return false
    at = found + piece.length
  }
  return true
}
