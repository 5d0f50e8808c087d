import { badPattern } from '../refusals.ts'
import type { Characters, Fold } from './characters.ts'
import { lengthOf, type Node, type Place } from './nodes.ts'
import type { Syntax } from './syntax.ts'

/** One step of a program. Numbers are places in it. */
export type Step =
  | { readonly does: 'take'; readonly set: Characters }
  /** Goes on at the first; if that fails, at the second. */
  | { readonly does: 'split'; first: number; second: number }
  | { readonly does: 'go'; to: number }
  | { readonly does: 'place'; readonly holds: Place }
  | { readonly does: 'atomic'; readonly program: Program }
  | {
      readonly does: 'look'
      readonly program: Program
      readonly ahead: boolean
      readonly negative: boolean
      /** Characters behind: least and most. */
      readonly reach: readonly [number, number]
    }
  /** Notes the place in a slot: two for each group, then one for each loop. */
  | { readonly does: 'note'; readonly slot: number }
  /** Leaves a loop whose body has taken nothing. */
  | { readonly does: 'moved'; readonly slot: number; rest: number }
  | { readonly does: 'again'; readonly group: number; readonly fold: Fold }
  | { readonly does: 'end' }

export type Program = readonly Step[]

/** A pattern made ready. `slots` 0: nothing has to be noted, so a step at a place always leads to the same. */
export interface Compiled {
  readonly program: Program
  readonly slots: number
}

/** Steps of one pattern, repetitions written out: `.{1,8192}` has room. */
const MOST_STEPS = 20_000

/** Makes a program of what was read. Refuses one that is too long. Throws InvalidAllowedPatternException. */
export function compileSyntax({ node, groups, again }: Syntax): Compiled {
  const writer = new Writer(again ? 2 * (groups + 1) : 0)
  const program = writer.program(node)
  return { program, slots: writer.slots }
}

class Writer {
  slots: number
  #left = MOST_STEPS

  constructor(slots: number) {
    this.slots = slots
  }

  program(node: Node): Program {
    const steps: Step[] = []
    this.#write(node, steps)
    this.#add(steps, { does: 'end' })
    return steps
  }

  #add<S extends Step>(steps: Step[], step: S): S {
    if (--this.#left < 0) throw badPattern()
    steps.push(step)
    return step
  }

  #write(node: Node, steps: Step[]): void {
    switch (node.kind) {
      case 'characters':
        this.#add(steps, { does: 'take', set: node.set })
        return
      case 'sequence':
        for (const each of node.nodes) this.#write(each, steps)
        return
      case 'choice':
        this.#choice(node.nodes, steps)
        return
      case 'repeat':
        if (node.mode === 'possessive') {
          this.#write({ kind: 'atomic', node: { ...node, mode: 'greedy' } }, steps)
          return
        }
        this.#repeat(node, steps)
        return
      case 'capture':
        this.#capture(node.node, node.group, steps)
        return
      case 'atomic':
        this.#add(steps, { does: 'atomic', program: this.program(node.node) })
        return
      case 'look': {
        const { ahead, negative } = node
        const program = this.program(node.node)
        this.#add(steps, { does: 'look', program, ahead, negative, reach: lengthOf(node.node) })
        return
      }
      case 'place':
        this.#add(steps, { does: 'place', holds: node.holds })
        return
      case 'again':
        this.#add(steps, { does: 'again', group: node.group, fold: node.fold })
        return
    }
  }

  #choice(nodes: readonly Node[], steps: Step[]): void {
    const ends: { to: number }[] = []
    nodes.forEach((node, i) => {
      if (i === nodes.length - 1) {
        this.#write(node, steps)
        return
      }
      const split = this.#add(steps, { does: 'split', first: steps.length + 1, second: 0 })
      this.#write(node, steps)
      ends.push(this.#add(steps, { does: 'go', to: 0 }))
      split.second = steps.length
    })
    for (const end of ends) end.to = steps.length
  }

  #capture(node: Node, group: number, steps: Step[]): void {
    if (this.slots === 0) {
      this.#write(node, steps)
      return
    }
    this.#add(steps, { does: 'note', slot: 2 * group })
    this.#write(node, steps)
    this.#add(steps, { does: 'note', slot: 2 * group + 1 })
  }

  #repeat({ node, least, most, mode }: Extract<Node, { kind: 'repeat' }>, steps: Step[]): void {
    for (let i = 0; i < least; i++) {
      const before = steps.length
      this.#write(node, steps)
      // What is nothing is nothing however often.
      if (steps.length === before) break
    }
    if (most === Number.POSITIVE_INFINITY) {
      this.#loop(node, mode === 'lazy', steps)
      return
    }
    const splits: Extract<Step, { does: 'split' }>[] = []
    for (let i = least; i < most; i++) {
      const split = this.#add(steps, { does: 'split', first: 0, second: 0 })
      splits.push(split)
      const before = steps.length
      this.#write(node, steps)
      if (steps.length === before) break
      split.first = before
    }
    for (const split of splits) {
      const body = split.first === 0 ? steps.length : split.first
      this.#prefer(split, mode === 'lazy', body, steps.length)
    }
  }

  #loop(node: Node, lazy: boolean, steps: Step[]): void {
    const split = this.#add(steps, { does: 'split', first: 0, second: 0 })
    const start = steps.length - 1
    // Only where the way matters can a loop that takes nothing go round for ever.
    const slot = this.slots > 0 && lengthOf(node)[0] === 0 ? this.slots++ : undefined
    if (slot !== undefined) this.#add(steps, { does: 'note', slot })
    this.#write(node, steps)
    const moved = slot === undefined ? undefined : this.#add(steps, { does: 'moved', slot, rest: 0 })
    this.#add(steps, { does: 'go', to: start })
    if (moved !== undefined) moved.rest = steps.length
    this.#prefer(split, lazy, start + 1, steps.length)
  }

  #prefer(split: Extract<Step, { does: 'split' }>, lazy: boolean, body: number, rest: number): void {
    split.first = lazy ? rest : body
    split.second = lazy ? body : rest
  }
}
