/**
 * JSON whose texts are kept: a number stays as it was written (1.10, 12345678901234567890), since what is read here becomes the
 * value of a secret, byte for byte.
 */
export type JsonNode =
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, JsonNode])[] }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly value: string; readonly text: string }
  /** `text`: a number, true, false or null. */
  | { readonly kind: 'literal'; readonly text: string }
  /** YAML alone has them; in JSON they are base64. */
  | { readonly kind: 'bytes'; readonly value: Uint8Array }

/** What is wrong with a text, and where; never what stands there. */
export class TextProblem extends Error {
  /** Counted from 1; undefined: it is the whole that is wrong. */
  readonly line: number | undefined

  constructor(what: string, line?: number) {
    super(what)
    this.name = 'TextProblem'
    this.line = line
  }
}

/** Levels of nesting. */
export const MOST_DEPTH = 100

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const WORD = /true|false|null/y
const SPACE = /[ \t\r\n]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/** Reads one JSON text. Throws TextProblem. */
export function readJsonText(text: string): JsonNode {
  const reader = new JsonReader(text)
  const node = reader.value(0)
  reader.end()
  return node
}

/** Reads JSON texts that stand one behind the other, as `vault` and `jq` print them. Throws TextProblem. */
export function readJsonTexts(text: string): JsonNode[] {
  const reader = new JsonReader(text)
  const nodes: JsonNode[] = []
  while (!reader.ended) nodes.push(reader.value(0))
  return nodes
}

class JsonReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
    // a byte order mark is no part of JSON, and editors write it
    if (text.charCodeAt(0) === 0xfeff) this.#at = 1
  }

  get ended(): boolean {
    this.#take(SPACE)
    return this.#at >= this.#text.length
  }

  end(): void {
    if (!this.ended) throw this.#wrong('there is something behind the end of the JSON text')
  }

  value(depth: number): JsonNode {
    if (depth > MOST_DEPTH) throw this.#wrong(`it is nested deeper than ${MOST_DEPTH} levels`)
    this.#take(SPACE)
    const first = this.#text[this.#at]
    if (first === '{') return this.#object(depth)
    if (first === '[') return this.#array(depth)
    if (first === '"') return this.#string()
    const text = this.#take(NUMBER) || this.#take(WORD)
    if (text === '') throw this.#wrong('this is no JSON')
    return { kind: 'literal', text }
  }

  #object(depth: number): JsonNode {
    const members: [string, JsonNode][] = []
    this.#at++
    for (let more = !this.#closes('}'); more; more = this.#goesOn('}')) {
      this.#take(SPACE)
      if (this.#text[this.#at] !== '"') throw this.#wrong('the key of an object is missing')
      const key = this.#string()
      this.#take(SPACE)
      if (this.#text[this.#at] !== ':') throw this.#wrong('there is no colon behind a key')
      this.#at++
      members.push([key.value, this.value(depth + 1)])
    }
    return { kind: 'object', members }
  }

  #array(depth: number): JsonNode {
    const items: JsonNode[] = []
    this.#at++
    for (let more = !this.#closes(']'); more; more = this.#goesOn(']')) items.push(this.value(depth + 1))
    return { kind: 'array', items }
  }

  #string(): JsonNode & { readonly kind: 'string' } {
    const text = this.#text
    const start = this.#at++
    // by hand: an expression over a text of many megabytes may run out of stack
    for (;;) {
      const code = text.charCodeAt(this.#at)
      if (code === 0x22) break
      if (Number.isNaN(code) || code < 0x20) throw this.#wrong('a text is not closed, or has a line end in it')
      if (code !== 0x5c) this.#at++
      else if (this.#take(ESCAPE) === '') throw this.#wrong('there is no such escape in JSON')
    }
    const token = text.slice(start, ++this.#at)
    return { kind: 'string', value: JSON.parse(token) as string, text: token }
  }

  #closes(bracket: string): boolean {
    this.#take(SPACE)
    if (this.#text[this.#at] !== bracket) return false
    this.#at++
    return true
  }

  #goesOn(bracket: string): boolean {
    if (this.#closes(bracket)) return false
    if (this.#text[this.#at] !== ',') throw this.#wrong(`there is neither a comma nor ${bracket}`)
    this.#at++
    return true
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  #wrong(what: string): TextProblem {
    return new TextProblem(what, lineAt(this.#text, this.#at))
  }
}

/** The line of a place in a text, from 1. */
export function lineAt(text: string, at: number): number {
  let line = 1
  for (let end = text.indexOf('\n'); end >= 0 && end < at; end = text.indexOf('\n', end + 1)) line++
  return line
}

/** The same JSON without white space between its parts; texts and numbers as they were written. */
export function compactJson(node: JsonNode): string {
  const parts: string[] = []
  write(node, parts)
  return parts.join('')
}

function write(node: JsonNode, parts: string[]): void {
  if (node.kind === 'string' || node.kind === 'literal') {
    parts.push(node.text)
  } else if (node.kind === 'bytes') {
    parts.push('"', Buffer.from(node.value).toString('base64'), '"')
  } else if (node.kind === 'array') {
    parts.push('[')
    node.items.forEach((item, at) => {
      if (at > 0) parts.push(',')
      write(item, parts)
    })
    parts.push(']')
  } else {
    parts.push('{')
    node.members.forEach(([key, member], at) => {
      parts.push(at > 0 ? ',' : '', JSON.stringify(key), ':')
      write(member, parts)
    })
    parts.push('}')
  }
}

/** The member of an object; undefined: it has none of that name, or is no object. Of two the last, as JSON.parse has it. */
export function memberOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.members.findLast(([key]) => key === name)?.[1] : undefined
}

/** The text of a string node. */
export const textOf = (node: JsonNode | undefined): string | undefined =>
  node?.kind === 'string' ? node.value : undefined

/** The name that an object has twice; undefined: none. */
export function repeatedKey(members: readonly (readonly [string, JsonNode])[]): string | undefined {
  const seen = new Set<string>()
  for (const [key] of members) {
    if (seen.has(key)) return key
    seen.add(key)
  }
  return undefined
}
