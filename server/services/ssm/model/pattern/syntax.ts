import { badPattern } from '../refusals.ts'
import {
  Characters,
  ESCAPED,
  type Fold,
  foldAscii,
  folded,
  foldNothing,
  foldUnicode,
  type Holds,
  LINE_ENDS,
  not,
  property,
} from './characters.ts'
import { lengthOf, type Node } from './nodes.ts'
import { atLineEnd, atLineStart, atTextEnd, atTextStart, atVeryEnd, atWordEdge, not as elsewhere } from './places.ts'

/**
 * Reads regular expressions as `java.util.regex.Pattern` writes them. Not known: blocks (`\p{InGreek}`), `\X` and `\N{…}`.
 * Throws InvalidAllowedPatternException. Source: parameterstore.md 3.3; the javadoc of Pattern.
 */

/** A pattern that was read. `again`: it has references back to groups. */
export interface Syntax {
  readonly node: Node
  readonly groups: number
  readonly again: boolean
}

interface Flags {
  readonly i: boolean
  readonly d: boolean
  readonly m: boolean
  readonly s: boolean
  readonly u: boolean
  readonly x: boolean
}

const NO_FLAGS: Flags = { i: false, d: false, m: false, s: false, u: false, x: false }
/** Groups within each other. */
const MOST_DEPTH = 60
/** Classes within each other. */
const MOST_CLASSES = 10
const EMPTY: Node = { kind: 'sequence', nodes: [] }
const CONTROL: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27 }
const isLetter = (c: string | undefined) => c !== undefined && /^[A-Za-z]$/.test(c)

export function readPattern(text: string): Syntax {
  return new PatternReader(text).whole()
}

class PatternReader {
  readonly #text: readonly string[]
  readonly #names = new Map<string, number>()
  #at = 0
  #flags = NO_FLAGS
  #groups = 0
  #again = false
  #depth = 0
  #classes = 0

  constructor(text: string) {
    this.#text = Array.from(unquoted(text))
  }

  whole(): Syntax {
    const node = this.#choice()
    if (this.#at < this.#text.length) throw badPattern()
    return { node, groups: this.#groups, again: this.#again }
  }

  get #next(): string | undefined {
    return this.#text[this.#at]
  }

  #take(): string {
    const character = this.#text[this.#at++]
    if (character === undefined) throw badPattern()
    return character
  }

  #accept(text: string): boolean {
    for (let i = 0; i < text.length; i++) if (this.#text[this.#at + i] !== text[i]) return false
    this.#at += text.length
    return true
  }

  /** With `(?x)` blanks and comments say nothing. */
  #skip(): void {
    if (!this.#flags.x) return
    for (let c = this.#next; c !== undefined; c = this.#next) {
      if (c === '#') while (this.#next !== undefined && this.#next !== '\n') this.#at++
      else if (!/^[ \t\n\v\f\r]$/.test(c)) return
      this.#at++
    }
  }

  #choice(): Node {
    if (++this.#depth > MOST_DEPTH) throw badPattern()
    const nodes = [this.#sequence()]
    while (this.#accept('|')) nodes.push(this.#sequence())
    this.#depth--
    return nodes.length === 1 ? (nodes[0] as Node) : { kind: 'choice', nodes }
  }

  #sequence(): Node {
    const nodes: Node[] = []
    for (;;) {
      this.#skip()
      const next = this.#next
      if (next === undefined || next === '|' || next === ')') break
      nodes.push(this.#quantified(this.#atom()))
    }
    return nodes.length === 1 ? (nodes[0] as Node) : { kind: 'sequence', nodes }
  }

  #quantified(node: Node): Node {
    this.#skip()
    const bounds = this.#bounds()
    if (bounds === undefined) return node
    const mode = this.#accept('?') ? 'lazy' : this.#accept('+') ? 'possessive' : 'greedy'
    return { kind: 'repeat', node, least: bounds[0], most: bounds[1], mode }
  }

  #bounds(): readonly [number, number] | undefined {
    if (this.#accept('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.#accept('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.#accept('?')) return [0, 1]
    if (!this.#accept('{')) return undefined
    const least = this.#count()
    const most = this.#accept(',') ? (this.#next === '}' ? Number.POSITIVE_INFINITY : this.#count()) : least
    if (!this.#accept('}') || most < least) throw badPattern()
    return [least, most]
  }

  /** Java counts as far as 2^31 - 1. */
  #count(): number {
    let digits = ''
    while (/^[0-9]$/.test(this.#next ?? '')) digits += this.#take()
    const count = Number(digits)
    if (digits === '' || count > 0x7fffffff) throw badPattern()
    return count
  }

  #atom(): Node {
    const character = this.#take()
    switch (character) {
      case '(':
        return this.#group()
      case '[':
        return this.#characters(this.#class())
      case '.':
        return { kind: 'characters', set: new Characters(this.#flags.s ? () => true : not(this.#lineEnds())) }
      case '^':
        return { kind: 'place', holds: this.#flags.m ? atLineStart(this.#lineEnds()) : atTextStart }
      case '$':
        return { kind: 'place', holds: this.#flags.m ? atLineEnd(this.#lineEnds()) : atTextEnd(this.#lineEnds()) }
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
      case '{':
        throw badPattern()
      default:
        return this.#literal(character.codePointAt(0) as number)
    }
  }

  #lineEnds(): Holds {
    return this.#flags.d ? (c) => c === 10 : LINE_ENDS
  }

  #fold(): Fold {
    return this.#flags.i ? (this.#flags.u ? foldUnicode : foldAscii) : foldNothing
  }

  #literal(character: number): Node {
    return this.#characters((c) => c === character)
  }

  #characters(holds: Holds): Node {
    return { kind: 'characters', set: new Characters(folded(holds, this.#fold())) }
  }

  #group(): Node {
    const flags = this.#flags
    if (!this.#accept('?')) return this.#capture(flags)
    if (this.#accept(':')) return this.#closed(flags)
    if (this.#accept('>')) return { kind: 'atomic', node: this.#closed(flags) }
    for (const [sign, ahead, negative] of LOOKS) {
      if (this.#accept(sign)) return this.#look(ahead, negative, flags)
    }
    if (this.#accept('<')) {
      const name = this.#name()
      if (this.#names.has(name)) throw badPattern()
      this.#names.set(name, this.#groups + 1)
      return this.#capture(flags)
    }
    return this.#flagged(flags)
  }

  #capture(flags: Flags): Node {
    const group = ++this.#groups
    return { kind: 'capture', node: this.#closed(flags), group }
  }

  #look(ahead: boolean, negative: boolean, flags: Flags): Node {
    const node = this.#closed(flags)
    // As in Java: what is looked for behind must have a bound.
    if (!ahead && lengthOf(node)[1] === Number.POSITIVE_INFINITY) throw badPattern()
    return { kind: 'look', node, ahead, negative }
  }

  /** The rest of a group. What flags it sets end with it. */
  #closed(flags: Flags): Node {
    const node = this.#choice()
    if (!this.#accept(')')) throw badPattern()
    this.#flags = flags
    return node
  }

  /** `(?i)` holds to the end of the group around it, `(?i:…)` for its own. */
  #flagged(before: Flags): Node {
    const flags: Record<keyof Flags, boolean> = { ...this.#flags }
    let on = true
    for (;;) {
      const c = this.#take()
      if (c === '-' && on) on = false
      else if (c === ')' || c === ':') {
        this.#flags = flags
        return c === ')' ? EMPTY : this.#closed(before)
      } else if (Object.hasOwn(NO_FLAGS, c)) flags[c as keyof Flags] = on
      else throw badPattern()
    }
  }

  #name(): string {
    let name = ''
    while (this.#next !== '>') name += this.#take()
    this.#at++
    if (!/^[A-Za-z][A-Za-z0-9]*$/.test(name)) throw badPattern()
    return name
  }

  #escape(): Node {
    const c = this.#take()
    switch (c) {
      case 'A':
      case 'G':
        return { kind: 'place', holds: atTextStart }
      case 'Z':
        return { kind: 'place', holds: atTextEnd(this.#lineEnds()) }
      case 'z':
        return { kind: 'place', holds: atVeryEnd }
      case 'b':
        return { kind: 'place', holds: atWordEdge }
      case 'B':
        return { kind: 'place', holds: elsewhere(atWordEdge) }
      case 'R':
        return { kind: 'atomic', node: LINE_BREAK }
      case 'k': {
        if (!this.#accept('<')) throw badPattern()
        const group = this.#names.get(this.#name())
        if (group === undefined) throw badPattern()
        return this.#back(group)
      }
    }
    if (/^[1-9]$/.test(c)) return this.#back(this.#groupNumber(Number(c)))
    const known = this.#escapedClass(c)
    return known === undefined ? this.#literal(this.#escapedCharacter(c)) : this.#characters(known)
  }

  /** As many digits belong to it as name a group that is there. */
  #groupNumber(first: number): number {
    let group = first
    while (/^[0-9]$/.test(this.#next ?? '') && group * 10 + Number(this.#next) <= this.#groups) {
      group = group * 10 + Number(this.#take())
    }
    return group
  }

  #back(group: number): Node {
    this.#again = true
    return { kind: 'again', group, fold: this.#fold() }
  }

  #escapedClass(c: string): Holds | undefined {
    if (Object.hasOwn(ESCAPED, c)) return ESCAPED[c]
    const small = c.toLowerCase()
    if (c !== small && Object.hasOwn(ESCAPED, small)) return not(ESCAPED[small] as Holds)
    if (small !== 'p') return undefined
    let name = this.#take()
    if (name === '{') {
      name = ''
      while (this.#next !== '}') name += this.#take()
      this.#at++
    }
    const holds = property(name)
    if (holds === undefined) throw badPattern()
    return c === 'p' ? holds : not(holds)
  }

  #escapedCharacter(c: string): number {
    if (Object.hasOwn(CONTROL, c)) return CONTROL[c] as number
    if (c === '0') return this.#octal()
    if (c === 'c') return (this.#take().codePointAt(0) as number) ^ 64
    if (c === 'u') return this.#utf16()
    if (c === 'x') {
      if (!this.#accept('{')) return this.#hex(2)
      let digits = ''
      while (this.#next !== '}') digits += this.#take()
      this.#at++
      const character = /^[0-9a-fA-F]{1,8}$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN
      if (!(character <= 0x10ffff)) throw badPattern()
      return character
    }
    if (isLetter(c)) throw badPattern()
    return c.codePointAt(0) as number
  }

  #octal(): number {
    let digits = ''
    while (/^[0-7]$/.test(this.#next ?? '') && digits.length < (/^[0-3]/.test(digits) ? 3 : 2)) digits += this.#take()
    if (digits === '') throw badPattern()
    return Number.parseInt(digits, 8)
  }

  #hex(length: number): number {
    let digits = ''
    while (digits.length < length) digits += this.#take()
    if (!/^[0-9a-fA-F]+$/.test(digits)) throw badPattern()
    return Number.parseInt(digits, 16)
  }

  /** Two halves of one character may be written one after the other. */
  #utf16(): number {
    const high = this.#hex(4)
    if (high < 0xd800 || high > 0xdbff) return high
    const back = this.#at
    if (this.#accept('\\u')) {
      const low = this.#hex(4)
      if (low >= 0xdc00 && low <= 0xdfff) return (high - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000
      this.#at = back
    }
    return high
  }

  /** After `[`: parts between `&&`, each a union. */
  #class(): Holds {
    if (++this.#classes > MOST_CLASSES) throw badPattern()
    const negative = this.#accept('^')
    const parts: (readonly Holds[])[] = []
    let union: Holds[] = []
    for (;;) {
      this.#skip()
      if (this.#accept('&&')) {
        if (union.length === 0) throw badPattern()
        parts.push(union)
        union = []
      } else if (this.#next === ']' && (union.length > 0 || parts.length > 0)) break
      else union.push(this.#accept('[') ? this.#class() : this.#range())
    }
    this.#at++
    this.#classes--
    if (union.length === 0) throw badPattern()
    parts.push(union)
    const holds: Holds = (c) => parts.every((part) => part.some((each) => each(c)))
    // The complement is that of what counts as equal too. As a set of its own: what is asked of a class within classes is asked once.
    const set = new Characters(negative ? not(folded(holds, this.#fold())) : holds)
    return (c) => set.has(c)
  }

  #range(): Holds {
    const c = this.#take()
    if (c === '\\') {
      const escaped = this.#take()
      const known = this.#escapedClass(escaped)
      if (known !== undefined) return known
      return this.#upTo(this.#escapedCharacter(escaped))
    }
    return this.#upTo(c.codePointAt(0) as number)
  }

  #upTo(first: number): Holds {
    this.#skip()
    const after = this.#text[this.#at + 1]
    if (this.#next !== '-' || after === undefined || after === ']' || after === '[') return (c) => c === first
    if (after === '&' && this.#text[this.#at + 2] === '&') return (c) => c === first
    this.#at++
    this.#skip()
    const c = this.#take()
    const last = c === '\\' ? this.#escapedCharacter(this.#take()) : (c.codePointAt(0) as number)
    if (last < first) throw badPattern()
    return (character) => character >= first && character <= last
  }
}

const LOOKS = [
  ['=', true, false],
  ['!', true, true],
  ['<=', false, false],
  ['<!', false, true],
] as const

const of = (text: string): Node => ({
  kind: 'characters',
  set: new Characters((c) => text.includes(String.fromCodePoint(c))),
})
const LINE_BREAK: Node = {
  kind: 'choice',
  nodes: [{ kind: 'sequence', nodes: [of('\r'), of('\n')] }, of('\n\u000b\f\r\u0085\u2028\u2029')],
}

/** `\Q…\E` written out: every character that could mean something stands for itself. */
function unquoted(text: string): string {
  if (!text.includes('\\Q')) return text
  let out = ''
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '\\') out += text[at]
    else if (text[at + 1] !== 'Q') out += text.slice(at, ++at + 1)
    else {
      const end = text.indexOf('\\E', at + 2)
      out += text.slice(at + 2, end < 0 ? undefined : end).replace(/[^A-Za-z0-9\u0080-\uffff]/g, '\\$&')
      if (end < 0) return out
      at = end + 1
    }
  }
  return out
}
