import type { KeyObject } from 'node:crypto'
import type { IndexDamaged } from '#kernel/audit/index/segment'
import type { IndexStore } from '#kernel/audit/index/store'
import type { Pages } from '#kernel/audit/pages'
import type { Tally } from '#kernel/audit/usage/tally'
import type { Random } from '#kernel/random'

/** Counts what passes the index, in the transaction of the pass. */
export interface Counting {
  begin(): Promise<Tally>
  write(tally: Tally): Promise<void>
}

export interface IndexParts {
  readonly pages: Pages
  readonly store: IndexStore
  /** The vault's `macKey('audit/index')`. */
  readonly key: KeyObject
  /** The vault's `macKey('audit/head')`, by which what is answered is checked; a journal in memory needs none. */
  readonly chainKey?: KeyObject
  readonly random: Random
  /** This one keeps the index; others read what it has kept, and look through the rest by themselves. */
  readonly writes: boolean
  readonly counting?: Counting
  /** Tests: records in a segment, and in a step. */
  readonly sizes?: { readonly segment: number; readonly step: number }
  /** Told of damage that was found; the answer is right all the same. */
  readonly onDamage?: (damage: IndexDamaged) => void
}
