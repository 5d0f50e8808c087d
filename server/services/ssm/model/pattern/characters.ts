export type Holds = (character: number) => boolean

/** The one character that stands for all that count as equal to it. */
export type Fold = (character: number) => number

const TABLE = 256
/** Characters beyond the table that a set remembers: as many as a value may have. */
const MOST_KNOWN = 8192

const YES = 1
const NO = 2

/** A set of characters. What it says of one is worked out when it is asked, and remembered. */
export class Characters {
  readonly #table = new Uint8Array(TABLE)
  readonly #holds: Holds
  readonly #known = new Map<number, boolean>()

  constructor(holds: Holds) {
    this.#holds = holds
  }

  has(character: number): boolean {
    if (character < TABLE) {
      if (this.#table[character] === 0) this.#table[character] = this.#holds(character) ? YES : NO
      return this.#table[character] === YES
    }
    let known = this.#known.get(character)
    if (known === undefined) {
      known = this.#holds(character)
      if (this.#known.size >= MOST_KNOWN) this.#known.clear()
      this.#known.set(character, known)
    }
    return known
  }
}

const between =
  (first: number, last: number): Holds =>
  (c) =>
    c >= first && c <= last
const oneOf = (text: string): Holds => {
  const all = new Set(Array.from(text, (c) => c.codePointAt(0) as number))
  return (c) => all.has(c)
}
const either =
  (...sets: readonly Holds[]): Holds =>
  (c) =>
    sets.some((holds) => holds(c))
export const not =
  (holds: Holds): Holds =>
  (c) =>
    !holds(c)

const digit = between(48, 57)
const lower = between(97, 122)
const upper = between(65, 90)
const alpha = either(lower, upper)
const alnum = either(alpha, digit)
const graph = between(33, 126)
const word = either(alnum, oneOf('_'))
const space = oneOf(' \t\n\u000b\f\r')
const blank = oneOf(
  '\u0020\t\u00a0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000',
)
const vertical = oneOf('\n\u000b\f\r\u0085\u2028\u2029')

/** What ends a line; with `(?d)` only the line feed does. */
export const LINE_ENDS: Holds = oneOf('\n\r\u0085\u2028\u2029')

/** Classes by the letter of their escape: small as here, capital for all others. */
export const ESCAPED: Readonly<Record<string, Holds>> = { d: digit, w: word, s: space, h: blank, v: vertical }

/** Java's names of ASCII classes. Source: java.util.regex.Pattern. */
const POSIX: Readonly<Record<string, Holds>> = {
  Lower: lower,
  Upper: upper,
  ASCII: between(0, 127),
  Alpha: alpha,
  Digit: digit,
  Alnum: alnum,
  Punct: (c) => graph(c) && !alnum(c),
  Graph: graph,
  Print: between(32, 126),
  Blank: oneOf(' \t'),
  Cntrl: (c) => c < 32 || c === 127,
  XDigit: either(digit, between(97, 102), between(65, 70)),
  Space: space,
  L1: between(0, 255),
  all: () => true,
}

/** Methods of java.lang.Character by their names as properties. */
const JAVA: Readonly<Record<string, string>> = {
  javaLowerCase: 'Lowercase',
  javaUpperCase: 'Uppercase',
  javaAlphabetic: 'Alphabetic',
  javaLetter: 'L',
  javaDigit: 'Nd',
  javaWhitespace: 'White_Space',
}

const PROPERTY = /^[A-Za-z_]{1,40}(?:=[A-Za-z_]{1,40})?$/

/** What `\p{name}` holds; undefined: there is no such class. Blocks (`InGreek`) are not known. */
export function property(name: string): Holds | undefined {
  if (Object.hasOwn(POSIX, name)) return POSIX[name]
  if (!PROPERTY.test(name)) return undefined
  const java = Object.hasOwn(JAVA, name) ? JAVA[name] : undefined
  if (java !== undefined) return unicode(java)
  if (name.includes('=')) {
    const [key = '', value = ''] = name.split('=')
    if (/^(?:script|sc)$/i.test(key)) return unicode(`Script=${value}`)
    return /^(?:general_category|gc)$/i.test(key) ? unicode(value) : undefined
  }
  if (name.startsWith('Is')) {
    const rest = name.slice(2)
    return unicode(rest) ?? unicode(`Script=${rest}`)
  }
  return name.length <= 2 ? unicode(name) : undefined
}

/** Properties of Unicode that were asked for, as sets: a pattern may name one a hundred times. */
const PROPERTIES = new Map<string, Characters>()
const MOST_PROPERTIES = 100

function unicode(expression: string): Holds | undefined {
  let set = PROPERTIES.get(expression)
  if (set === undefined) {
    const holds = propertyOf(expression)
    if (holds === undefined) return undefined
    if (PROPERTIES.size >= MOST_PROPERTIES) PROPERTIES.clear()
    set = new Characters(holds)
    PROPERTIES.set(expression, set)
  }
  const known = set
  return (c) => known.has(c)
}

function propertyOf(expression: string): Holds | undefined {
  let known: RegExp
  try {
    known = new RegExp(`^\\p{${expression}}$`, 'u')
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  return (c) => known.test(String.fromCodePoint(c))
}

/** ASCII letters count as their small ones. */
export const foldAscii: Fold = (c) => (c >= 65 && c <= 90 ? c + 32 : c)
/** With `(?u)` all letters do that have one. */
export const foldUnicode: Fold = (c) =>
  c < 128 ? foldAscii(c) : (String.fromCodePoint(c).toUpperCase().toLowerCase().codePointAt(0) ?? c)
export const foldNothing: Fold = (c) => c

/** All characters that count as one of the set. */
export function folded(holds: Holds, fold: Fold): Holds {
  if (fold === foldNothing) return holds
  if (fold === foldAscii) {
    return (c) => holds(c) || (alpha(c) && holds(c ^ 32))
  }
  return (c) => {
    if (holds(c)) return true
    const text = String.fromCodePoint(c)
    const [small, big] = [text.toLowerCase().codePointAt(0) ?? c, text.toUpperCase().codePointAt(0) ?? c]
    return holds(small) || holds(big)
  }
}

const LETTER = /^[\p{L}\p{M}\p{Nd}_]$/u
/** What words consist of, for `\b`. */
export function isWord(character: number): boolean {
  return character < 128 ? word(character) : LETTER.test(String.fromCodePoint(character))
}
