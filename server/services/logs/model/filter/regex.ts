import { invalidPattern } from '../refusals.ts'

/**
 * The regular expressions of filter patterns: no groups, so that each branch is a row of classes with a number of repetitions, which
 * is matched in time linear in the text, whatever the expression. Source: CloudWatch Logs user guide, "Supported regular expression
 * syntax".
 */
export interface Regex {
  test(text: string): boolean
  /** Steps that one character of a text takes at the most. */
  readonly cost: number
}

/** Repetitions, and places of all branches. Assumed. */
const MOST_TIMES = 100
const MOST_PLACES = 64

type Accepts = (code: number) => boolean

interface Item {
  readonly accepts: Accepts
  readonly least: number
  readonly most: number
}

interface Branch {
  readonly fromStart: boolean
  readonly toEnd: boolean
  /** One for each character that may stand there; `optional`: it may be left out; `again`: it may stand there several times. */
  readonly places: readonly Place[]
}

interface Place {
  readonly accepts: Accepts
  /** What `accepts` says of the first 128 characters. */
  readonly ascii: Uint8Array
  readonly optional: boolean
  readonly again: boolean
}

/** Throws InvalidParameterException for what is no such expression. */
export function regex(source: string): Regex {
  const branches = split(source).map(branch)
  const cost = branches.reduce((sum, { places }) => sum + places.length + 1, 0)
  if (cost > MOST_PLACES) throw invalidPattern()
  return { cost, test: (text) => branches.some((one) => matches(one, text)) }
}

function split(source: string): string[] {
  const parts: string[] = []
  let from = 0
  let inClass = false
  for (let at = 0; at < source.length; at++) {
    const char = source[at]
    if (char === '\\') at++
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (char === '|' && !inClass) {
      parts.push(source.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, source.slice(from)]
}

function branch(source: string): Branch {
  const fromStart = source.startsWith('^')
  let at = fromStart ? 1 : 0
  let toEnd = false
  const items: Item[] = []
  while (at < source.length) {
    if (source[at] === '$' && at === source.length - 1) {
      toEnd = true
      break
    }
    const [accepts, behind] = atom(source, at)
    const [least, most, next] = times(source, behind)
    items.push({ accepts, least, most })
    at = next
  }
  const places = items.flatMap(placesOf)
  return { fromStart, toEnd, places }
}

function placesOf({ accepts, least, most }: Item): Place[] {
  const ascii = Uint8Array.from({ length: 128 }, (_, code) => (accepts(code) ? 1 : 0))
  const endless = most === Number.POSITIVE_INFINITY
  const count = endless ? Math.max(least, 1) : most
  return Array.from({ length: count }, (_, n) => ({
    ...{ accepts, ascii },
    optional: n >= least,
    again: endless && n === count - 1,
  }))
}

const range =
  (from: number, to: number): Accepts =>
  (code) =>
    code >= from && code <= to
const digit = range(48, 57)
const word: Accepts = (code) => digit(code) || range(65, 90)(code) || range(97, 122)(code) || code === 95
const space: Accepts = (code) => code === 32 || (code >= 9 && code <= 13) || code === 0xa0
const not =
  (accepts: Accepts): Accepts =>
  (code) =>
    !accepts(code)

/** One character or class, and where the next thing begins. */
function atom(source: string, at: number): [Accepts, number] {
  const char = source[at] as string
  if (char === '[') return characterClass(source, at)
  if (char === '\\') return escaped(source, at)
  if (char === '.') return [() => true, at + 1]
  if ('(){}*+?^$'.includes(char)) throw invalidPattern()
  const code = source.codePointAt(at) as number
  return [(other) => other === code, at + (code > 0xffff ? 2 : 1)]
}

function escaped(source: string, at: number): [Accepts, number] {
  const char = source[at + 1]
  if (char === undefined) throw invalidPattern()
  const [, hex] = /^x([0-9A-Fa-f]{2})/.exec(source.slice(at + 1, at + 4)) ?? []
  if (hex !== undefined) return [range(Number.parseInt(hex, 16), Number.parseInt(hex, 16)), at + 4]
  const classes: Readonly<Record<string, Accepts>> = {
    ...{ d: digit, D: not(digit), w: word, W: not(word), s: space, S: not(space) },
    ...{ t: range(9, 9), n: range(10, 10), r: range(13, 13) },
  }
  const known = Object.hasOwn(classes, char) ? classes[char] : undefined
  if (known !== undefined) return [known, at + 2]
  if (/[A-Za-z0-9]/.test(char)) throw invalidPattern()
  const code = source.codePointAt(at + 1) as number
  return [range(code, code), at + (code > 0xffff ? 3 : 2)]
}

function characterClass(source: string, at: number): [Accepts, number] {
  const parts: Accepts[] = []
  let behind = at + 1
  const negated = source[behind] === '^'
  if (negated) behind++
  while (source[behind] !== ']') {
    if (behind >= source.length) throw invalidPattern()
    if (source[behind] === '\\') {
      const [accepts, next] = escaped(source, behind)
      parts.push(accepts)
      behind = next
      continue
    }
    const from = source.codePointAt(behind) as number
    behind += from > 0xffff ? 2 : 1
    if (source[behind] !== '-' || source[behind + 1] === ']' || source[behind + 1] === undefined) {
      parts.push(range(from, from))
      continue
    }
    const to = source.codePointAt(behind + 1) as number
    if (to < from) throw invalidPattern()
    parts.push(range(from, to))
    behind += to > 0xffff ? 3 : 2
  }
  if (parts.length === 0) throw invalidPattern()
  const any: Accepts = (code) => parts.some((accepts) => accepts(code))
  return [negated ? not(any) : any, behind + 1]
}

/** How often the thing before may stand, and where the next one begins. */
function times(source: string, at: number): [least: number, most: number, next: number] {
  switch (source[at]) {
    case '*':
      return [0, Number.POSITIVE_INFINITY, at + 1]
    case '+':
      return [1, Number.POSITIVE_INFINITY, at + 1]
    case '?':
      return [0, 1, at + 1]
    case '{': {
      const [whole, from, comma, to] = /^\{(\d{1,3})(?:(,)(\d{0,3}))?\}/.exec(source.slice(at)) ?? []
      if (whole === undefined) throw invalidPattern()
      const least = Number(from)
      const most = comma === undefined ? least : to === '' ? Number.POSITIVE_INFINITY : Number(to)
      if (least > MOST_TIMES || most < least || (most !== Number.POSITIVE_INFINITY && most > MOST_TIMES))
        throw invalidPattern()
      return [least, most, at + whole.length]
    }
    default:
      return [1, 1, at]
  }
}

/** All places at once that the branch may have come to, character by character. */
function matches({ fromStart, toEnd, places }: Branch, text: string): boolean {
  const end = places.length
  let here = new Uint8Array(end + 1)
  let next = new Uint8Array(end + 1)
  const enter = (states: Uint8Array, from: number) => {
    for (let at = from; ; at++) {
      states[at] = 1
      if (at === end || !(places[at] as Place).optional) return
    }
  }
  enter(here, 0)
  if (here[end] === 1 && !toEnd) return true
  for (let i = 0; i < text.length; ) {
    const code = text.codePointAt(i) as number
    i += code > 0xffff ? 2 : 1
    next.fill(0)
    for (let at = 0; at < end; at++) {
      if (here[at] === 0) continue
      const place = places[at] as Place
      if (code < 128 ? place.ascii[code] === 0 : !place.accepts(code)) continue
      enter(next, at + 1)
      if (place.again) next[at] = 1
    }
    if (!fromStart) enter(next, 0)
    const swapped = here
    here = next
    next = swapped
    if (here[end] === 1 && !toEnd) return true
  }
  return here[end] === 1
}
