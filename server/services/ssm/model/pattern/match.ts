import { badPattern } from '../refusals.ts'
import type { Fold } from './characters.ts'
import type { Compiled, Program, Step } from './program.ts'

/**
 * Most steps that one value is looked at with: some 30 ms at the most. A program without references back visits a step at a place
 * once, so that this bounds large programs on large values only; with them the time would grow without bound.
 */
const MOST_STEPS = 2_000_000
/** A set of visits costs more than a table of bits. */
const INNER_COST = 4
const NO_SLOTS: readonly number[] = []

/**
 * Whether each text is, as a whole, what the pattern says. Throws InvalidAllowedPatternException when that takes too long to say of
 * all of them together.
 */
export function areWhole({ program, slots }: Compiled, values: Iterable<string>): boolean {
  const work = { left: MOST_STEPS }
  for (const value of values) {
    const text = Uint32Array.from(Array.from(value, (c) => c.codePointAt(0) as number))
    const nothing = new Array<number>(slots).fill(-1)
    if (new Machine(text, slots > 0, work).run(program, 0, text.length, nothing) === undefined) return false
  }
  return true
}

interface End {
  readonly at: number
  readonly slots: readonly number[]
}

/** Where a way that was not taken begins. */
interface Way {
  readonly step: number
  readonly at: number
  readonly slots: readonly number[]
}

interface Visits {
  /** True the first time. */
  first(visit: number): boolean
}

/** Goes the ways of a program in their order, and one way from each step at each place once; with slots the way there counts too. */
class Machine {
  readonly #text: Uint32Array
  readonly #noting: boolean
  readonly #work: { left: number }
  #inner = 0

  constructor(text: Uint32Array, noting: boolean, work: { left: number }) {
    this.#text = text
    this.#noting = noting
    this.#work = work
  }

  /** The first end that the program reaches from `start`: the one at `stop` when that is given. */
  run(program: Program, start: number, stop: number | undefined, slots: readonly number[]): End | undefined {
    const width = this.#text.length + 1
    const visits = this.#noting ? undefined : this.#inner > 0 ? new Seen() : new Bits(program.length * width)
    const ways: Way[] = [{ step: 0, at: start, slots: this.#noting ? slots : NO_SLOTS }]
    for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
      const end = this.#go(program, way, stop, ways, visits, width)
      if (end !== undefined) return end
    }
    return undefined
  }

  /** Goes one way to its end; undefined when it leads nowhere. */
  #go(
    program: Program,
    way: Way,
    stop: number | undefined,
    ways: Way[],
    visits: Visits | undefined,
    width: number,
  ): End | undefined {
    let { step, at, slots } = way
    for (;;) {
      this.#work.left -= this.#inner > 0 ? INNER_COST : 1
      if (this.#work.left < 0) throw badPattern()
      if (visits !== undefined && !visits.first(step * width + at)) return undefined
      const now = program[step] as Step
      switch (now.does) {
        case 'take':
          if (at === this.#text.length || !now.set.has(this.#text[at] as number)) return undefined
          at++
          step++
          continue
        case 'split':
          ways.push({ step: now.second, at, slots })
          step = now.first
          continue
        case 'go':
          step = now.to
          continue
        case 'place':
          if (!now.holds(this.#text, at)) return undefined
          step++
          continue
        case 'note':
          // All of them are copied, and kept as long as a way that was not taken has them.
          this.#work.left -= slots.length
          slots = slots.with(now.slot, at)
          step++
          continue
        case 'moved':
          step = slots[now.slot] === at ? now.rest : step + 1
          continue
        case 'again': {
          const length = this.#again(now.group, now.fold, at, slots)
          if (length === undefined) return undefined
          at += length
          step++
          continue
        }
        case 'atomic': {
          const end = this.#within(now.program, at, undefined, slots)
          if (end === undefined) return undefined
          at = end.at
          slots = end.slots
          step++
          continue
        }
        case 'look': {
          const end = this.#look(now, at, slots)
          if ((end === undefined) !== now.negative) return undefined
          if (end !== undefined) slots = end.slots
          step++
          continue
        }
        case 'end':
          if (stop !== undefined && at !== stop) return undefined
          return { at, slots }
      }
    }
  }

  #within(program: Program, start: number, stop: number | undefined, slots: readonly number[]): End | undefined {
    this.#inner++
    try {
      return this.run(program, start, stop, slots)
    } finally {
      this.#inner--
    }
  }

  #look(look: Extract<Step, { does: 'look' }>, at: number, slots: readonly number[]): End | undefined {
    const { program, ahead, reach } = look
    if (ahead) return this.#within(program, at, undefined, slots)
    for (let length = reach[0]; length <= Math.min(reach[1], at); length++) {
      const end = this.#within(program, at - length, at, slots)
      if (end !== undefined) return end
    }
    return undefined
  }

  /** How many characters stand here again; undefined: others do, or the group has none. */
  #again(group: number, fold: Fold, at: number, slots: readonly number[]): number | undefined {
    const [from = -1, to = -1] = [slots[2 * group], slots[2 * group + 1]]
    if (from < 0 || to < from) return undefined
    const length = to - from
    if (at + length > this.#text.length) return undefined
    this.#work.left -= length
    for (let i = 0; i < length; i++) {
      if (fold(this.#text[from + i] as number) !== fold(this.#text[at + i] as number)) return undefined
    }
    return length
  }
}

class Bits implements Visits {
  readonly #bits: Uint32Array

  constructor(size: number) {
    this.#bits = new Uint32Array((size >>> 5) + 1)
  }

  first(visit: number): boolean {
    const bit = 1 << (visit & 31)
    const word = this.#bits[visit >>> 5] as number
    if ((word & bit) !== 0) return false
    this.#bits[visit >>> 5] = word | bit
    return true
  }
}

class Seen implements Visits {
  readonly #seen = new Set<number>()

  first(visit: number): boolean {
    const { size } = this.#seen
    return this.#seen.add(visit).size > size
  }
}
