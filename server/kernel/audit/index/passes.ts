import { Pace } from '#kernel/audit/index/pace'
import { between, type Heads, type Place } from '#kernel/audit/place'

/** An index as passes use it. */
interface Kept {
  readonly index: {
    /** How far it is. */
    readonly place: Place
    /** A bounded step; false: there is more. */
    step(): Promise<boolean>
  }
  /** False: another process keeps it. */
  readonly keeps?: boolean
}

/** What passes work with. */
interface Around {
  /** The index as it is open now. */
  opened(): Promise<Kept>
  /** The same, when it is time to ask whether this process may keep it now. */
  keeper(): Promise<Kept>
  heads(known: number, open: Iterable<number>): Promise<Heads>
  /** Milliseconds. */
  now(): number
  /** Settles after so many milliseconds, earlier when `signal` says so. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** A pass came to nothing. */
  failed(error: unknown): Promise<void>
  /** A step went well. */
  kept(): void
}

/** Between two passes when nobody asks; and how long a pass goes on before the index's keeper is asked for again. */
export const PASS_MS = 5000

/** Keeps the index in arrears, at the pace that the server's other work leaves. */
export class Passes {
  readonly #around: Around
  readonly #pace = new Pace()
  readonly #ended = new AbortController()
  #running = false

  constructor(around: Around) {
    this.#around = around
  }

  /** Takes in what there is, unless another pass does so or the server is busy. Never rejects. */
  async pass(): Promise<void> {
    if (this.#running) return
    this.#running = true
    try {
      await this.#steps()
    } catch (error) {
      await this.#around.failed(error)
    } finally {
      this.#running = false
    }
  }

  /** After it no step begins. */
  end(): void {
    this.#ended.abort()
  }

  async #steps(): Promise<void> {
    const { keeper, opened, now, sleep, kept } = this.#around
    let found = await keeper()
    let askedAt = now()
    for (let stepMs = 0; !this.#ended.signal.aborted; ) {
      const wait = await this.#next(found, stepMs)
      // What another process keeps is read anew when that goes on: while the server is busy that is for nothing.
      if (wait === undefined || (found.keeps === false && this.#pace.busy)) return
      // Whoever waits has his turn between two steps.
      await sleep(wait, this.#ended.signal)
      if (this.#ended.signal.aborted) return
      // Meanwhile it may have been opened anew, and its keeper may be gone.
      const ask = now() - askedAt >= PASS_MS
      found = await (ask ? keeper() : opened())
      if (ask) askedAt = now()
      const began = now()
      const done = await found.index.step()
      stepMs = now() - began
      kept()
      if (done) return
    }
  }

  async #next({ index: { place } }: Kept, stepMs: number): Promise<number | undefined> {
    const heads = await this.#around.heads(place.known, place.open.keys())
    const behind = between(place, heads)
    let total = behind
    for (const sequence of place.open.values()) total += sequence
    return this.#pace.next(total, behind, this.#around.now(), stepMs)
  }
}
