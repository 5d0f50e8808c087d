import { invalidPattern } from '../refusals.ts'
import { type Operand, type Operator, textOperand, wordOperand } from './condition.ts'
import { type Regex, regex } from './regex.ts'

/** Terms or comparisons that one step is enough for: looking for a text in another is quicker than an expression. */
export const SEARCHES_PER_STEP = 3

/** How many comparisons stand in a pattern of fields. */
export const comparisonsIn = (text: string): number => text.match(/=|<|>|\bIS\b|\bEXISTS\b/g)?.length ?? 0

/** Expressions of one pattern. Source: CloudWatch Logs user guide: at most two. */
const MOST_REGEXES = 2
/** Parentheses in each other, and comparisons. Assumed. */
const MOST_DEPTH = 20

/** Reads a pattern character by character. Whatever is wrong is refused in one way. */
export class Reader {
  readonly text: string
  at = 0
  /** Of all expressions so far. */
  cost = 0
  #regexes = 0
  #depth = 0

  constructor(text: string) {
    this.text = text
  }

  get ended(): boolean {
    this.blanks()
    return this.at >= this.text.length
  }

  blanks(): void {
    while (/\s/.test(this.text.charAt(this.at))) this.at++
  }

  /** Whether this comes next; then it is passed. */
  takes(word: string): boolean {
    this.blanks()
    if (!this.text.startsWith(word, this.at)) return false
    this.at += word.length
    return true
  }

  /** Whether this word comes next, in capitals or not, and ends there; then it is passed. */
  takesWord(word: string): boolean {
    this.blanks()
    const found = this.text.slice(this.at, this.at + word.length)
    if (found.toUpperCase() !== word || /\w/.test(this.text.charAt(this.at + word.length))) return false
    this.at += word.length
    return true
  }

  needs(word: string): void {
    if (!this.takes(word)) throw invalidPattern()
  }

  /** What an expression matches from here on; it is passed. Undefined when it does not. `pattern`: sticky. */
  match(pattern: RegExp): string | undefined {
    this.blanks()
    pattern.lastIndex = this.at
    const [found] = pattern.exec(this.text) ?? []
    if (found !== undefined) this.at += found.length
    return found
  }

  peek(): string {
    this.blanks()
    return this.text.charAt(this.at)
  }

  /** A text in quotation marks; a mark in it has a backslash before it. */
  quoted(): string {
    this.needs('"')
    let out = ''
    for (; this.at < this.text.length; this.at++) {
      const char = this.text.charAt(this.at)
      if (char === '"') {
        this.at++
        return out
      }
      const next = this.text.charAt(this.at + 1)
      if (char === '\\' && (next === '"' || next === '\\')) {
        out += next
        this.at++
      } else out += char
    }
    throw invalidPattern()
  }

  /** An expression between percent signs. */
  regex(): Regex {
    const found = regex(this.#regexSource())
    this.cost += found.cost
    return found
  }

  #regexSource(): string {
    this.needs('%')
    let out = ''
    for (; this.at < this.text.length; this.at++) {
      const char = this.text.charAt(this.at)
      if (char === '%') {
        this.at++
        if (out === '' || ++this.#regexes > MOST_REGEXES) throw invalidPattern()
        return out
      }
      out += char
      if (char === '\\') out += this.text.charAt(++this.at)
    }
    throw invalidPattern()
  }

  operator(): Operator {
    const found = this.match(/(!=|<=|>=|=|<|>)/y)
    if (found === undefined) throw invalidPattern()
    return found as Operator
  }

  /** What a value is compared with. `ends`: characters that an unquoted one ends before. */
  operand(word: RegExp): Operand {
    const next = this.peek()
    if (next === '"') return textOperand(this.quoted(), true)
    if (next === '%') return { kind: 'regex', regex: this.regex() }
    const found = this.match(word)
    if (found === undefined) throw invalidPattern()
    return wordOperand(found)
  }

  /** Does something one level deeper. */
  deeper<T>(work: () => T): T {
    if (++this.#depth > MOST_DEPTH) throw invalidPattern()
    const out = work()
    this.#depth--
    return out
  }
}

/** `a || b && (c)`: `one` reads what stands between. */
export function expression<T>(
  reader: Reader,
  one: () => T,
  join: { readonly any: (parts: readonly T[]) => T; readonly all: (parts: readonly T[]) => T },
): T {
  const several = (operator: string, part: () => T, joined: (parts: readonly T[]) => T): T => {
    const parts = [part()]
    while (reader.takes(operator)) parts.push(part())
    return parts.length === 1 ? (parts[0] as T) : joined(parts)
  }
  const primary = (): T =>
    reader.takes('(')
      ? reader.deeper(() => {
          const inner = expression(reader, one, join)
          reader.needs(')')
          return inner
        })
      : one()
  return several('||', () => several('&&', primary, join.all), join.any)
}
