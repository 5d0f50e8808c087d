import { spend } from '#kernel/authorization/budget'

/** A pattern of literal characters, `*` (any run, also none) and `?` (one character), made ready for matching. */
export interface Glob {
  readonly kind: 'any' | 'literal' | 'prefix' | 'general'
  /** The literal, or what stands before the one `*` at the end. */
  readonly text: string
  /** What stands between the `*`: the first at the start of the text, the last at its end. Empty unless `general`. */
  readonly segments: readonly Segment[]
}

/** A part of a glob without `*`. */
interface Segment {
  readonly text: string
  /** Its UTF-16 units with `ANY_ONE` for `?`, only when there is a `?`. */
  readonly codes: Int32Array | undefined
  /** For `search`, made when it is first needed. */
  borders: Int32Array | undefined
}

export const ANY_RUN = -1
export const ANY_ONE = -2

/** Longer literals are not left to `indexOf`, whose worst case is literal × text. */
const LONG = 16

const NONE: readonly Segment[] = []
export const ANYTHING: Glob = { kind: 'any', text: '', segments: NONE }

/** Units of a text with `*` and `?` as wildcards, or as themselves. */
export function codesOf(text: string, wildcards: boolean): number[] {
  const codes: number[] = []
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    codes.push(wildcards && code === 0x2a ? ANY_RUN : wildcards && code === 0x3f ? ANY_ONE : code)
  }
  return codes
}

/** Makes a glob from units. Runs of `*` count as one. */
export function globOf(units: readonly number[]): Glob {
  const codes = units.filter((code, i) => code !== ANY_RUN || units[i - 1] !== ANY_RUN)
  const wild = codes.findIndex((code) => code < 0)
  if (wild < 0) return { kind: 'literal', text: textOf(codes), segments: NONE }
  if (codes.length === 1 && codes[0] === ANY_RUN) return ANYTHING
  if (wild === codes.length - 1 && codes[wild] === ANY_RUN) {
    return { kind: 'prefix', text: textOf(codes.slice(0, -1)), segments: NONE }
  }
  const segments: Segment[] = []
  for (let from = 0; from <= codes.length; ) {
    const star = codes.indexOf(ANY_RUN, from)
    const to = star < 0 ? codes.length : star
    segments.push(segmentOf(codes.slice(from, to)))
    from = to + 1
  }
  return { kind: 'general', text: '', segments }
}

function segmentOf(codes: readonly number[]): Segment {
  if (codes.includes(ANY_ONE)) return { text: '', codes: Int32Array.from(codes), borders: undefined }
  return { text: textOf(codes), codes: undefined, borders: undefined }
}

/** The text of units without wildcards. */
export function textOf(codes: readonly number[]): string {
  let text = ''
  for (const code of codes) text += String.fromCharCode(code)
  return text
}

/**
 * Whether the glob covers the whole of `text` from `from` up to `to`. Takes steps of the decision's budget; when they run
 * out the answer means nothing.
 */
export function covers(glob: Glob, text: string, from = 0, to = text.length): boolean {
  switch (glob.kind) {
    case 'any':
      return true
    case 'literal':
      // The comparison of whole strings is several times faster than that of a part.
      if (from === 0 && to === text.length) return text === glob.text
      return to - from === glob.text.length && text.startsWith(glob.text, from)
    case 'prefix':
      return to - from >= glob.text.length && text.startsWith(glob.text, from)
    case 'general':
      return joins(glob.segments, text, from, to)
  }
}

/**
 * The first and the last segment have one place each, those between take the first place they find: if there is any way,
 * that is one. No regular expression: those can be made to hang by whoever writes the policy (access.md 7, 32).
 */
function joins(segments: readonly Segment[], text: string, from: number, to: number): boolean {
  const last = segments.length - 1
  if (!spend(1 + last)) return false
  let at = head(segments[0] as Segment, text, from, to)
  if (last === 0 || at < 0) return at === to
  const end = tail(segments[last] as Segment, text, at, to)
  if (end < 0) return false
  for (let i = 1; i < last; i++) {
    at = find(segments[i] as Segment, text, at, end)
    if (at < 0) return false
  }
  return true
}

/** Where the text goes on after the segment that stands at `at`; -1: it does not stand there. */
function head({ text: literal, codes }: Segment, text: string, at: number, to: number): number {
  if (codes !== undefined) return compare(codes, text, at, to)
  return literal.length <= to - at && text.startsWith(literal, at) ? at + literal.length : -1
}

/** Where the segment begins that ends at `to`; -1: there is none, or it would begin before `from`. */
function tail({ text: literal, codes }: Segment, text: string, from: number, to: number): number {
  if (codes === undefined) {
    const at = to - literal.length
    return at >= from && text.startsWith(literal, at) ? at : -1
  }
  let at = to
  for (let step = codes.length - 1; step >= 0; step--) {
    if (at <= from || !spend(1)) return -1
    const code = codes[step] as number
    if (code === ANY_ONE) at -= widthBefore(text, at, from)
    else if (text.charCodeAt(--at) !== code) return -1
  }
  return at
}

/** Where the text goes on after the first such segment between `from` and `to`; -1: there is none. */
function find(segment: Segment, text: string, from: number, to: number): number {
  const { text: literal, codes } = segment
  if (codes !== undefined) return findOpen(codes, text, from, to)
  if (literal.length > LONG) return search(segment, text, from, to)
  const at = text.indexOf(literal, from)
  if (!spend((at < 0 ? text.length : at) - from)) return -1
  return at >= 0 && at + literal.length <= to ? at + literal.length : -1
}

/** The same with `?`: tried character by character. */
function findOpen(codes: Int32Array, text: string, from: number, to: number): number {
  for (let at = from; at < to && spend(1); at += widthAt(text, at, to)) {
    const end = compare(codes, text, at, to)
    if (end >= 0) return end
  }
  return -1
}

function compare(codes: Int32Array, text: string, from: number, to: number): number {
  let at = from
  for (let step = 0; step < codes.length; step++) {
    if (at >= to || !spend(1)) return -1
    const code = codes[step] as number
    if (code === ANY_ONE) at += widthAt(text, at, to)
    else if (text.charCodeAt(at++) !== code) return -1
  }
  return at
}

/** Knuth, Morris and Pratt: looks at each unit of text and literal twice at the most, whatever they are. */
function search(segment: Segment, text: string, from: number, to: number): number {
  const { text: literal } = segment
  if (literal.length > to - from) return -1
  if (segment.borders === undefined) {
    if (!spend(literal.length)) return -1
    segment.borders = bordersOf(literal)
  }
  const borders = segment.borders
  if (!spend(to - from)) return -1
  let same = 0
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    while (same > 0 && literal.charCodeAt(same) !== code) same = borders[same - 1] as number
    if (literal.charCodeAt(same) === code && ++same === literal.length) return at + 1
  }
  return -1
}

/** For each start of the literal: how long the longest part is that is its beginning and, further on, its end. */
function bordersOf(literal: string): Int32Array {
  const borders = new Int32Array(literal.length)
  for (let at = 1, same = 0; at < literal.length; at++) {
    const code = literal.charCodeAt(at)
    while (same > 0 && literal.charCodeAt(same) !== code) same = borders[same - 1] as number
    if (literal.charCodeAt(same) === code) same++
    borders[at] = same
  }
  return borders
}

/** UTF-16 units of the character at `at`: `?` stands for a character, not for half of one. */
function widthAt(text: string, at: number, to: number): 1 | 2 {
  return at + 1 < to && isPair(text.charCodeAt(at), text.charCodeAt(at + 1)) ? 2 : 1
}

/** The same of the character before `at`. */
function widthBefore(text: string, at: number, from: number): 1 | 2 {
  return at - 2 >= from && isPair(text.charCodeAt(at - 2), text.charCodeAt(at - 1)) ? 2 : 1
}

function isPair(high: number, low: number): boolean {
  return high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff
}
