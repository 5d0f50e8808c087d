import type { Cell, CellLimits } from './cell.ts'
import { processes } from './proc.ts'

/** Why a sandbox is ended before its time. */
export type Excess = 'memory' | 'scratch'

interface Watched {
  readonly cell: Cell
  readonly limits: CellLimits
  readonly exceeds: (what: Excess) => void
}

const MEGABYTE = 1024 * 1024
/** Between two looks at the memory of the processes that are known, and, of these, how many until all processes are looked at. */
const LOOK_MS = 50
const LOOKS = 8

/** Looks after the memory and the scratch space of sandboxes in which something runs: one timer for all, none when nothing runs. */
export class Watch {
  readonly #watched = new Set<Watched>()
  #timer: NodeJS.Timeout | undefined
  #looks = 0
  #looking = false

  /** Watches until the answer is called. `exceeds` is called once. */
  add(cell: Cell, limits: CellLimits, exceeds: (what: Excess) => void): () => void {
    const watched: Watched = { cell, limits, exceeds }
    this.#watched.add(watched)
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref()
    return () => this.#drop(watched)
  }

  #drop(watched: Watched): void {
    this.#watched.delete(watched)
    if (this.#watched.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    for (const watched of [...this.#watched]) {
      const { cell, limits } = watched
      const most = limits.memoryMb * MEGABYTE
      if (cell.memory(most) > most) this.#exceeds(watched, 'memory')
    }
    if (++this.#looks % LOOKS === 0 && !this.#looking) {
      this.#looking = true
      const began = performance.now()
      this.#lookAround().finally(() => {
        // The fuller the machine, the longer a look takes, and the seldomer it is had.
        setTimeout(
          () => {
            this.#looking = false
          },
          (performance.now() - began) * 5,
        ).unref()
      })
    }
  }

  async #lookAround(): Promise<void> {
    const all = await processes()
    for (const watched of [...this.#watched]) {
      const { cell, limits } = watched
      cell.look(all)
      const most = limits.scratchMb * MEGABYTE
      if ((await cell.scratchBytes(most)) > most) this.#exceeds(watched, 'scratch')
    }
  }

  #exceeds(watched: Watched, what: Excess): void {
    if (!this.#watched.has(watched)) return
    this.#drop(watched)
    watched.exceeds(what)
  }
}
