import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isFull } from './unit.ts'

/** Below this a disk that was full still counts as full: one page more would fit, and the next secret would not. */
const ROOM_BYTES = 1_048_576

const FULL = 'the store cannot be written: its disk is full'

/** Whether a store takes writes. After one that failed only one that is kept shows that it does again. */
export class WriteHealth {
  readonly #file: string
  #failure: unknown

  /** @param file the database file; `:memory:` has no disk */
  constructor(file: string) {
    this.#file = file
  }

  failed(error: unknown): void {
    this.#failure = error
  }

  kept(): void {
    this.#failure = undefined
  }

  get inDoubt(): boolean {
    return this.#failure !== undefined
  }

  /** Why writing does not work, in words for anybody; undefined when it does. `attempt` writes something and throws. */
  async trouble(attempt: () => Promise<unknown>, report: (problem: unknown) => void): Promise<string | undefined> {
    const failure = this.#failure
    try {
      if (failure !== undefined && isFull(failure) && !(await this.#hasRoom())) {
        report(failure)
        return FULL
      }
      await attempt()
      return undefined
    } catch (error) {
      report(error)
      return isFull(error) ? FULL : 'the store cannot be read and written'
    }
  }

  async #hasRoom(): Promise<boolean> {
    if (this.#file === ':memory:') return true
    const { bavail, bsize } = await statfs(dirname(this.#file))
    return bavail * bsize >= ROOM_BYTES
  }
}
