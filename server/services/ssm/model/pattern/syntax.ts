import { badPattern } from '../refusals.ts'
import {
  Characters,
  type Fold,
  foldAscii,
  folded,
  foldNothing,
  foldUnicode,
  type Holds,
  LINE_ENDS,
  not,
} from './characters.ts'
import { type Reading, readClass } from './classes.ts'
import { Cursor } from './cursor.ts'
import { escapedCharacter, escapedClass, unquoted } from './escapes.ts'
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
const DIGIT = /^[0-9]$/
/** Groups within each other. */
const MOST_DEPTH = 60
const EMPTY: Node = { kind: 'sequence', nodes: [] }

export function readPattern(text: string): Syntax {
  return new PatternReader(text).whole()
}

class PatternReader {
  readonly #cursor: Cursor
  readonly #names = new Map<string, number>()
  #flags = NO_FLAGS
  #groups = 0
  #again = false
  #depth = 0

  constructor(text: string) {
    this.#cursor = new Cursor(unquoted(text))
  }

  whole(): Syntax {
    const node = this.#choice()
    if (!this.#cursor.ended) throw badPattern()
    return { node, groups: this.#groups, again: this.#again }
  }

  /** With `(?x)` blanks and comments say nothing. */
  #skip(): void {
    if (!this.#flags.x) return
    const cursor = this.#cursor
    for (let c = cursor.next; c !== undefined; c = cursor.next) {
      if (c === '#') while (cursor.next !== undefined && cursor.next !== '\n') cursor.take()
      else if (!/^[ \t\n\v\f\r]$/.test(c)) return
      if (!cursor.ended) cursor.take()
    }
  }

  #choice(): Node {
    if (++this.#depth > MOST_DEPTH) throw badPattern()
    const nodes = [this.#sequence()]
    while (this.#cursor.accept('|')) nodes.push(this.#sequence())
    this.#depth--
    return nodes.length === 1 ? (nodes[0] as Node) : { kind: 'choice', nodes }
  }

  #sequence(): Node {
    const nodes: Node[] = []
    for (;;) {
      this.#skip()
      const next = this.#cursor.next
      if (next === undefined || next === '|' || next === ')') break
      nodes.push(this.#quantified(this.#atom()))
    }
    return nodes.length === 1 ? (nodes[0] as Node) : { kind: 'sequence', nodes }
  }

  #quantified(node: Node): Node {
    this.#skip()
    const bounds = this.#bounds()
    if (bounds === undefined) return node
    const mode = this.#cursor.accept('?') ? 'lazy' : this.#cursor.accept('+') ? 'possessive' : 'greedy'
    return { kind: 'repeat', node, least: bounds[0], most: bounds[1], mode }
  }

  #bounds(): readonly [number, number] | undefined {
    if (this.#cursor.accept('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.#cursor.accept('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.#cursor.accept('?')) return [0, 1]
    if (!this.#cursor.accept('{')) return undefined
    const least = this.#count()
    const most = this.#cursor.accept(',')
      ? this.#cursor.next === '}'
        ? Number.POSITIVE_INFINITY
        : this.#count()
      : least
    if (!this.#cursor.accept('}') || most < least) throw badPattern()
    return [least, most]
  }

  /** Java counts as far as 2^31 - 1. */
  #count(): number {
    const digits = this.#cursor.digits(DIGIT)
    const count = Number(digits)
    if (digits === '' || count > 0x7fffffff) throw badPattern()
    return count
  }

  #atom(): Node {
    const character = this.#cursor.take()
    switch (character) {
      case '(':
        return this.#group()
      case '[':
        return this.#characters(readClass(this.#cursor, this.#reading()))
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

  /** How classes are read here. */
  #reading(): Reading {
    return { fold: this.#fold(), skip: () => this.#skip() }
  }

  #literal(character: number): Node {
    return this.#characters((c) => c === character)
  }

  #characters(holds: Holds): Node {
    return { kind: 'characters', set: new Characters(folded(holds, this.#fold())) }
  }

  #group(): Node {
    const flags = this.#flags
    if (!this.#cursor.accept('?')) return this.#capture(flags)
    if (this.#cursor.accept(':')) return this.#closed(flags)
    if (this.#cursor.accept('>')) return { kind: 'atomic', node: this.#closed(flags) }
    for (const [sign, ahead, negative] of LOOKS) {
      if (this.#cursor.accept(sign)) return this.#look(ahead, negative, flags)
    }
    if (this.#cursor.accept('<')) {
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
    if (!this.#cursor.accept(')')) throw badPattern()
    this.#flags = flags
    return node
  }

  /** `(?i)` holds to the end of the group around it, `(?i:…)` for its own. */
  #flagged(before: Flags): Node {
    const flags: Record<keyof Flags, boolean> = { ...this.#flags }
    let on = true
    for (;;) {
      const c = this.#cursor.take()
      if (c === '-' && on) on = false
      else if (c === ')' || c === ':') {
        this.#flags = flags
        return c === ')' ? EMPTY : this.#closed(before)
      } else if (Object.hasOwn(NO_FLAGS, c)) flags[c as keyof Flags] = on
      else throw badPattern()
    }
  }

  #name(): string {
    const name = this.#cursor.until('>')
    if (!/^[A-Za-z][A-Za-z0-9]*$/.test(name)) throw badPattern()
    return name
  }

  #escape(): Node {
    const c = this.#cursor.take()
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
        if (!this.#cursor.accept('<')) throw badPattern()
        const group = this.#names.get(this.#name())
        if (group === undefined) throw badPattern()
        return this.#back(group)
      }
    }
    if (c !== '0' && DIGIT.test(c)) return this.#back(this.#groupNumber(Number(c)))
    const known = escapedClass(this.#cursor, c)
    return known === undefined ? this.#literal(escapedCharacter(this.#cursor, c)) : this.#characters(known)
  }

  /** As many digits belong to it as name a group that is there. */
  #groupNumber(first: number): number {
    let group = first
    while (DIGIT.test(this.#cursor.next ?? '') && group * 10 + Number(this.#cursor.next) <= this.#groups) {
      group = group * 10 + Number(this.#cursor.take())
    }
    return group
  }

  #back(group: number): Node {
    this.#again = true
    return { kind: 'again', group, fold: this.#fold() }
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
