/** One at a time, first come first served; free when nobody waits. */
export class Turns {
  #taken = false
  readonly #waiting: (() => void)[] = []

  /** Undefined when the turn is ours at once (the common case, and then nothing was allocated), else wait for it. */
  take(): Promise<void> | undefined {
    if (this.#taken) return new Promise((resolve) => this.#waiting.push(resolve))
    this.#taken = true
    return undefined
  }

  /** Passes the turn to who waits longest. */
  give(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#taken = false
    else next()
  }
}
