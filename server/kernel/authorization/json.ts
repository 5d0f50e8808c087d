/** A JSON value whose objects are Maps: no key of a document can reach a prototype. */
export type Json = string | number | boolean | null | readonly Json[] | ReadonlyMap<string, Json>

/** Deepest nesting of a policy document that is read; real ones have six levels. */
const DEEPEST = 16
/** Most characters of a document that are read: the largest that a service lets in (KMS, 131,072). */
const LONGEST = 131_072

/** Thrown for text that is not JSON or more than the bounds allow. Carries nothing of the text. */
export class JsonFault extends Error {}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y

/**
 * Reads JSON strictly: a key that stands twice in one object is refused (parsers that let the last one win read another
 * policy than the one that was reviewed), so is half of a character; depth and size are bounded. Throws `JsonFault`. Source: access.md 7, 30 and 31.
 */
export function readJson(text: string): Json {
  if (text.length > LONGEST) throw new JsonFault('too long')
  if (!text.isWellFormed()) throw new JsonFault('half of a character')
  const reader = new Reader(text)
  const value = reader.value(0)
  reader.end()
  return value
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): Json {
    if (depth > DEEPEST) throw new JsonFault('too deep')
    const next = this.#skip()
    if (next === '{') return this.#object(depth)
    if (next === '[') return this.#list(depth)
    if (next === '"') return this.#string()
    if (next === 't') return this.#word('true', true)
    if (next === 'f') return this.#word('false', false)
    if (next === 'n') return this.#word('null', null)
    return this.#number()
  }

  end(): void {
    if (this.#skip() !== '') throw new JsonFault('text after the value')
  }

  /** The next character that is no white space; '' at the end. */
  #skip(): string {
    for (;;) {
      const next = this.#text.charAt(this.#at)
      if (next !== ' ' && next !== '\n' && next !== '\r' && next !== '\t') return next
      this.#at++
    }
  }

  #take(expected: string): void {
    if (this.#skip() !== expected) throw new JsonFault('unexpected character')
    this.#at++
  }

  #object(depth: number): Json {
    const members = new Map<string, Json>()
    this.#take('{')
    if (this.#skip() === '}') {
      this.#at++
      return members
    }
    for (;;) {
      if (this.#skip() !== '"') throw new JsonFault('unexpected character')
      const key = this.#string()
      if (members.has(key)) throw new JsonFault('duplicate key')
      this.#take(':')
      members.set(key, this.value(depth + 1))
      if (this.#skip() === '}') break
      this.#take(',')
    }
    this.#at++
    return members
  }

  #list(depth: number): Json {
    const items: Json[] = []
    this.#take('[')
    if (this.#skip() === ']') {
      this.#at++
      return items
    }
    for (;;) {
      items.push(this.value(depth + 1))
      if (this.#skip() === ']') break
      this.#take(',')
    }
    this.#at++
    return items
  }

  #string(): string {
    const start = this.#at++
    for (let escaped = false; ; this.#at++) {
      const code = this.#text.charCodeAt(this.#at)
      if (!(code >= 0x20)) throw new JsonFault('unfinished string')
      if (code === 0x5c) {
        escaped = true
        this.#at++
      } else if (code === 0x22) {
        const raw = this.#text.slice(start, ++this.#at)
        return escaped ? plainText(raw) : raw.slice(1, -1)
      }
    }
  }

  #word<T extends Json>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw new JsonFault('unexpected character')
    this.#at += word.length
    return value
  }

  #number(): number {
    NUMBER.lastIndex = this.#at
    const found = NUMBER.exec(this.#text)
    if (found === null) throw new JsonFault('unexpected character')
    this.#at = NUMBER.lastIndex
    return Number(found[0])
  }
}

function plainText(quoted: string): string {
  let text: string
  try {
    text = JSON.parse(quoted) as string
  } catch (cause) {
    throw new JsonFault('bad escape', { cause })
  }
  if (!text.isWellFormed()) throw new JsonFault('half of a character')
  return text
}
