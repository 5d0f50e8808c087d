import type { Lookup } from './model/name.ts'
import type { Reading } from './model/parameter.ts'

/** One thing that a read asks for, with what the store has for it. */
export interface Asked {
  /** As it was sent. */
  readonly text: string
  readonly lookup: Lookup
  readonly reading: Reading | undefined
}

/** What `target` has looked up already, for `run` to go on with: within one unit of work that only reads. */
export interface Remembered {
  asked: Asked | undefined
}
