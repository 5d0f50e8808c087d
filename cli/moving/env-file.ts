import { TextProblem } from './json-text.ts'

/** One variable of a .env file. */
export interface Variable {
  readonly key: string
  readonly value: string
  /** Counted from 1. */
  readonly line: number
  /** What programs that read such files do not agree on, in words without the value. */
  readonly note: string | undefined
}

const KEY = /[A-Za-z_][A-Za-z0-9_.-]*/y
const BLANK = /[ \t]*/y
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' }

/**
 * Reads a .env file: `KEY=value`, `export KEY=value`, comments from `#`. In single quotes and backquotes a value stands as it is, over
 * several lines too; in double quotes \n \r \t \" \\ \$ are escapes. Without quotes it ends at the line's end or before ` #`, and
 * white space around it goes. Nothing is expanded: `${OTHER}` stays. Throws TextProblem; a key that is there twice is one.
 */
export function readEnvFile(text: string): Variable[] {
  const reader = new EnvReader(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  const found = new Map<string, Variable>()
  for (let variable = reader.next(); variable !== undefined; variable = reader.next()) {
    const before = found.get(variable.key)
    if (before !== undefined)
      throw new TextProblem(`${variable.key} is there already, in line ${before.line}`, variable.line)
    found.set(variable.key, variable)
  }
  return [...found.values()]
}

class EnvReader {
  readonly #text: string
  #at = 0
  #line = 1

  constructor(text: string) {
    this.#text = text
  }

  next(): Variable | undefined {
    for (;;) {
      if (this.#at >= this.#text.length) return undefined
      this.#take(BLANK)
      const first = this.#text[this.#at]
      if (first === undefined || first === '\n' || first === '\r' || first === '#') this.#skipLine()
      else return this.#variable()
    }
  }

  #variable(): Variable {
    const line = this.#line
    const key = this.#key()
    const quote = this.#text[this.#at]
    if (quote === '"' || quote === "'" || quote === '`') {
      const value = quote === '"' ? this.#escaped(line) : this.#raw(quote, line)
      this.#nothingMore(line)
      return { key, value, line, note: undefined }
    }
    const { value, note } = this.#unquoted()
    return { key, value, line, note }
  }

  #key(): string {
    const start = this.#at
    let key = this.#take(KEY)
    if (key === 'export' && this.#take(BLANK) !== '') key = this.#take(KEY)
    this.#take(BLANK)
    if (key === '' || this.#text[this.#at] !== '=') {
      this.#at = start
      throw new TextProblem('this is neither KEY=value nor a comment', this.#line)
    }
    this.#at++
    this.#take(BLANK)
    return key
  }

  #raw(quote: string, line: number): string {
    const end = this.#text.indexOf(quote, this.#at + 1)
    if (end < 0) throw new TextProblem('the quote is not closed', line)
    return this.#through(this.#at + 1, end)
  }

  #escaped(line: number): string {
    const parts: string[] = []
    const text = this.#text
    let from = this.#at + 1
    for (let at = from; at < text.length; at++) {
      const character = text[at]
      if (character === '"') {
        parts.push(this.#through(from, at))
        return parts.join('')
      }
      if (character !== '\\') continue
      const meant = ESCAPES[text[at + 1] ?? '']
      if (meant !== undefined) {
        parts.push(text.slice(from, at), meant)
        from = at + 2
      }
      at++
    }
    throw new TextProblem('the quote is not closed', line)
  }

  /** The text up to the closing quote, which is passed. */
  #through(from: number, end: number): string {
    for (let at = this.#text.indexOf('\n', this.#at); at >= 0 && at < end; at = this.#text.indexOf('\n', at + 1))
      this.#line++
    this.#at = end + 1
    return this.#text.slice(from, end)
  }

  #unquoted(): { value: string; note: string | undefined } {
    const end = this.#lineEnd()
    const line = this.#text.slice(this.#at, end)
    this.#skipLine()
    const comment = line.startsWith('#') ? 0 : line.search(/[ \t]#/)
    const value = (comment < 0 ? line : line.slice(0, comment)).trim()
    const note = value.includes('#')
      ? 'has a # without quotes: it is kept as part of the value, where some programs see a comment'
      : undefined
    return { value, note }
  }

  #nothingMore(line: number): void {
    this.#take(BLANK)
    const next = this.#text[this.#at]
    if (next !== undefined && next !== '\n' && next !== '\r' && next !== '#')
      throw new TextProblem('there is something behind the closing quote', line)
    this.#skipLine()
  }

  #lineEnd(): number {
    const end = this.#text.indexOf('\n', this.#at)
    return end < 0 ? this.#text.length : end
  }

  #skipLine(): void {
    this.#at = this.#lineEnd() + 1
    this.#line++
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }
}
