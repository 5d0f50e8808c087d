import type { Secret } from '#kernel/values/bytes'

/** What stands in a log where a secret value was. Source: rotation.md 15.4. */
const STARS = '****'
/** Shorter values are no secrets, and would take every other word of a log with them: bytes. */
const LEAST = 4
/** Values of base64 are looked for inside of longer ones from this length on. */
const LEAST_INSIDE = 8
/** Values that are looked for in one invocation. */
export const MOST_VALUES = 200

/** Members of a database's secret that are no secrets: their words are ordinary ones of a log. Source: rotation.md 8.1. */
const PLAIN = new Set([
  'engine',
  'host',
  'port',
  'username',
  'dbname',
  'ssl',
  'masterarn',
  'dbinstanceidentifier',
  'dbclusteridentifier',
])

/** The value of a secret, and when it is JSON, the texts in it that may be secrets of their own. */
export function valuesIn(text: string): string[] {
  const values = [text]
  if (text.length > 1_000_000 || !/^\s*[[{"]/.test(text)) return values
  try {
    collect(JSON.parse(text), '', values, 0)
  } catch {
    // no JSON: it is one value
  }
  return values
}

function collect(value: unknown, key: string, into: string[], depth: number): void {
  if (depth > 8 || into.length > MOST_VALUES) return
  if (typeof value === 'string') {
    if (!PLAIN.has(key.toLowerCase())) into.push(value)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value))
      collect(inner, Array.isArray(value) ? key : name, into, depth + 1)
  }
}

/**
 * Finds values in what a function printed, in the forms in which programs print them: as they are, escaped for JSON (also
 * twice) and as Python and Node show texts, percent-encoded, in hexadecimal, and in base64, also inside of a longer text.
 */
export class Hidden {
  readonly #forms: readonly Buffer[]
  /** There are so many that looking for all would take too long: nothing of what was printed may be kept then. */
  readonly tooMany: boolean
  /** Of the longest form: what is cut off must be cut off by this much more. */
  readonly longest: number

  constructor(values: Iterable<Secret | string>) {
    const forms = new Set<string>()
    const all = new Set<string>()
    for (const value of values) {
      for (const one of valuesIn(typeof value === 'string' ? value : value.reveal())) all.add(one)
      if (all.size > MOST_VALUES) break
    }
    this.tooMany = all.size > MOST_VALUES
    if (!this.tooMany) for (const value of all) formsOf(value, forms)
    this.#forms = [...forms].map((form) => Buffer.from(form, 'latin1'))
    this.longest = this.#forms.reduce((most, form) => Math.max(most, form.length), 0)
  }

  /** Where values stand in `bytes`: from, to; in order, not overlapping. */
  spans(bytes: Buffer): [from: number, to: number][] {
    const found: [number, number][] = []
    for (const form of this.#forms) {
      for (let at = bytes.indexOf(form); at >= 0; at = bytes.indexOf(form, at + 1)) found.push([at, at + form.length])
    }
    found.sort(([one], [other]) => one - other)
    const spans: [number, number][] = []
    for (const span of found) {
      const last = spans.at(-1)
      if (last !== undefined && span[0] <= last[1]) last[1] = Math.max(last[1], span[1])
      else spans.push([span[0], span[1]])
    }
    return spans
  }

  /** The same text with stars instead of values; nothing of it when there are too many. */
  hide(text: string): string {
    return this.tooMany ? STARS : this.scrub(Buffer.from(text)).toString()
  }

  /** The same bytes with stars instead of values. */
  scrub(bytes: Buffer): Buffer {
    const spans = this.spans(bytes)
    if (spans.length === 0) return bytes
    const parts: Buffer[] = []
    let at = 0
    for (const [from, to] of spans) {
      parts.push(bytes.subarray(at, from), Buffer.from(STARS))
      at = to
    }
    return Buffer.concat([...parts, bytes.subarray(at)])
  }
}

/** Adds the forms of a value, as the bytes that are printed, one character for a byte. */
function formsOf(value: string, forms: Set<string>): void {
  const bytes = Buffer.from(value)
  if (bytes.length < LEAST) return
  const add = (form: string) => forms.add(Buffer.from(form).toString('latin1'))
  add(value)
  // Each line end may come as another one.
  if (value.includes('\n')) {
    add(value.replaceAll('\n', '\r'))
    add(value.replaceAll('\n', '\r\n'))
    // A log has lines: a value of several is found line by line, too.
    for (const line of value.split('\n')) if (line.trim().length >= LEAST_INSIDE) add(line.trim())
  }
  const json = JSON.stringify(value).slice(1, -1)
  for (const once of [json, pure(json), json.replaceAll('/', '\\/'), json.replaceAll('\\"', '"')]) {
    add(once)
    add(once.replaceAll("'", "\\'"))
    add(JSON.stringify(once).slice(1, -1))
  }
  for (const form of percent(value)) {
    add(form)
    add(form.replace(/%[0-9A-F]{2}/g, (at) => at.toLowerCase()))
  }
  add(bytes.toString('hex'))
  add(bytes.toString('hex').toUpperCase())
  for (const form of inBase64(bytes)) {
    forms.add(form)
    forms.add(form.replaceAll('+', '-').replaceAll('/', '_'))
  }
}

/** Python's json escapes everything that is not ASCII. */
const pure = (json: string) =>
  json.replace(/[^\x20-\x7e]/g, (at) => `\\u${at.charCodeAt(0).toString(16).padStart(4, '0')}`)

function percent(value: string): string[] {
  // A lone surrogate has no such form.
  const component = encodeURIComponent(value.toWellFormed())
  const strict = component.replace(/[!'()*]/g, (at) => `%${at.charCodeAt(0).toString(16).toUpperCase()}`)
  return [component, strict].flatMap((form) => [
    form,
    form.replaceAll('%20', '+'),
    form.replaceAll('%2F', '/'),
    form.replaceAll('%2F', '/').replaceAll('%20', '+'),
  ])
}

/** Base64 of the bytes alone; and the characters that stay the same wherever they stand in something longer. */
function inBase64(bytes: Buffer): string[] {
  const whole = bytes.toString('base64').replace(/=+$/, '')
  if (bytes.length < LEAST_INSIDE) return [whole]
  const forms = [whole]
  for (const before of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const first = Math.ceil((before * 8) / 6)
    const last = Math.floor(((before + bytes.length) * 8) / 6)
    forms.push(text.slice(first, last))
  }
  return forms
}
