import { ApiError } from '#kernel/error'

/** What a JSON text consists of, one after the other. `at` is where a fault in it is said to be. */
export interface Token {
  readonly kind: '{' | '}' | '[' | ']' | 'name' | 'string' | 'number' | 'true' | 'false' | 'null' | 'end'
  /** Of a name or string its text, of a number as it is written. */
  readonly text: string
  /** Characters of the source before the place that AWS names when the token is refused as such. */
  readonly at: number
  /** The same when its text is refused: behind the closing quotation mark. */
  readonly behind: number
}

/** Characters of a source that a refusal repeats. Source: what the parser behind EventBridge does. */
const SHOWN = 500
const VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const WORD = /[\p{L}\p{N}_$]+/uy
// biome-ignore lint/suspicious/noControlCharactersInRegex: those that JSON has no place for in a string
const PLAIN = /[^"\\\u0000-\u001f]+/y

/** A refusal of a pattern, in AWS's words. Source: surroundings.md 4.3, recorded. */
export const badPattern = (reason: string) =>
  new ApiError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`)

/**
 * Reads JSON token by token and knows where it is, as AWS's refusals name line and column. Unlike JSON.parse it shows all members of
 * an object, also those of the same name. Throws InvalidEventPatternException.
 */
export class Reader {
  readonly #text: string
  #at = 0
  /** Whether each open thing is an object. */
  readonly #open: boolean[] = []
  /** The value behind a name, which is read with it. */
  #ahead: Token | undefined
  /** Something stands before in the thing that is open. */
  #second = false

  constructor(text: string) {
    this.#text = text
  }

  next(): Token {
    const ahead = this.#ahead
    if (ahead !== undefined) {
      this.#ahead = undefined
      return ahead
    }
    const inside = this.#open.at(-1)
    const first = this.#skip()
    if (inside !== undefined && first === (inside ? '}' : ']')) return this.#close(first)
    if (first === '') return this.#ending()
    if (this.#open.length === 0 && this.#second) throw this.#unrecognized()
    if (inside !== undefined && this.#second) {
      if (first !== ',')
        throw this.#unexpected(first, `was expecting comma to separate ${inside ? 'Object' : 'Array'} entries`)
      this.#at++
      this.#skip()
    }
    this.#second = true
    return inside ? this.#name() : this.#value()
  }

  /** A refusal that names the place of a token; `twice`: AWS says it two times for what stands in a list. */
  fault(reason: string, at: number, twice?: 'twice'): ApiError {
    const place = this.#place(at)
    return badPattern(`${reason}${place}${twice ? place : ''}`)
  }

  /** The next character that is no white space; '' at the end. */
  #skip(): string {
    for (;;) {
      const next = this.#text.charAt(this.#at)
      if (next !== ' ' && next !== '\n' && next !== '\r' && next !== '\t') return next
      this.#at++
    }
  }

  #close(kind: '}' | ']'): Token {
    this.#open.pop()
    this.#second = true
    this.#at++
    return { kind, text: kind, at: this.#at, behind: this.#at }
  }

  #ending(): Token {
    const inside = this.#open.at(-1)
    if (inside === undefined) return { kind: 'end', text: '', at: this.#at, behind: this.#at }
    throw this.fault(`Unexpected end-of-input: expected close marker for ${inside ? 'Object' : 'Array'}`, this.#at)
  }

  #name(): Token {
    const first = this.#text.charAt(this.#at)
    if (first !== '"') throw this.#unexpected(first, 'was expecting double-quote to start field name')
    const { text } = this.#string()
    const colon = this.#skip()
    if (colon !== ':') throw this.#unexpected(colon, 'was expecting a colon to separate field name and value')
    this.#at++
    this.#skip()
    const value = this.#value()
    this.#ahead = value
    return { kind: 'name', text, at: value.at, behind: value.at }
  }

  #value(): Token {
    const first = this.#text.charAt(this.#at)
    if (first === '{' || first === '[') {
      this.#open.push(first === '{')
      this.#second = false
      this.#at++
      return { kind: first, text: first, at: this.#at, behind: this.#at }
    }
    if (first === '"') return this.#string()
    if (first === '-' || (first >= '0' && first <= '9')) return this.#number(first)
    for (const word of ['true', 'false', 'null'] as const)
      if (this.#text.startsWith(word, this.#at)) {
        const behind = this.#at + word.length
        WORD.lastIndex = behind
        if (WORD.test(this.#text)) break
        this.#at = behind
        return { kind: word, text: word, at: behind, behind }
      }
    if (first === '') return this.#ending()
    if (/[\p{L}_$]/u.test(first)) throw this.#unrecognized()
    throw this.#unexpected(first, `expected a valid value ${VALUES}`)
  }

  #number(first: string): Token {
    NUMBER.lastIndex = this.#at
    const [text] = NUMBER.exec(this.#text) ?? []
    if (text === undefined) throw this.#unexpected(first, `expected a valid value ${VALUES}`)
    this.#at += text.length
    return { kind: 'number', text, at: this.#at, behind: this.#at }
  }

  #string(): Token {
    const start = this.#at + 1
    let end = start
    let escaped = false
    for (;;) {
      PLAIN.lastIndex = end
      if (PLAIN.test(this.#text)) end = PLAIN.lastIndex
      const next = this.#text.charAt(end)
      if (next === '"') break
      if (next === '') throw this.fault('Unexpected end-of-input: was expecting closing quote for a string value', end)
      if (next !== '\\')
        throw this.fault(
          `Illegal unquoted character ((CTRL-CHAR, code ${next.charCodeAt(0)})): has to be escaped using backslash to be included in string value`,
          end + 1,
        )
      escaped = true
      end += 2
    }
    this.#at = end + 1
    const raw = this.#text.slice(start - 1, end + 1)
    return { kind: 'string', text: escaped ? this.#unescaped(raw) : raw.slice(1, -1), at: start, behind: end + 1 }
  }

  #unescaped(raw: string): string {
    try {
      return JSON.parse(raw) as string
    } catch {
      throw this.fault('Unrecognized character escape', this.#at)
    }
  }

  #unrecognized(): ApiError {
    WORD.lastIndex = this.#at
    const [word] = WORD.exec(this.#text) ?? [this.#text.charAt(this.#at)]
    return this.fault(`Unrecognized token '${word}': was expecting ${VALUES}`, this.#at + word.length)
  }

  #unexpected(character: string, expected: string): ApiError {
    if (character === '') return this.fault('Unexpected end-of-input', this.#at)
    return this.fault(`Unexpected character ('${character}' (code ${character.codePointAt(0)})): ${expected}`, this.#at)
  }

  #place(at: number): string {
    const before = this.#text.slice(0, at)
    const line = before.split('\n').length
    const column = at - (before.lastIndexOf('\n') + 1) + 1
    const more = this.#text.length - SHOWN
    const source = more > 0 ? `"${this.#text.slice(0, SHOWN)}"[truncated ${more} chars]` : `"${this.#text}"`
    return `\n at [Source: (String)${source}; line: ${line}, column: ${column}]`
  }
}
