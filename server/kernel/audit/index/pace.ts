/** Records a second from which on the server has better things to do on its processors than to keep the index. */
const BUSY = 1000
/** Records a second from which on somebody may wait for an answer: what the index writes is in the way of what is written for him. */
const IDLE = 10
/** How long such a rate is looked at, at least. */
const LOOK_MS = 1000
/** Records that may wait while the server is busy: what is not in the index is taken in when somebody asks. */
const MOST_BEHIND = 400_000
/** So few may be left when they are taken in: then others who read the index find it as it is for a while. */
const FEW_BEHIND = MOST_BEHIND / 8
/** Of a processor, while the server is busy and more than those wait; and while it has a little to do. */
const SHARE = 0.25
const SHARE_OF_LITTLE = 0.5
/** The longest pause, however long a step took. */
const MOST_PAUSE_MS = 1000

/**
 * How fast the index is kept: at once while the server has nothing to do, half of the time while it has a little; while it is busy not
 * at all, until many records wait, then with a share of a processor until few are left, and with all of it when twice as many wait. So
 * requests come first in a burst, and in a load without an end lookups have a bounded way to go.
 */
export class Pace {
  #total: number | undefined
  #lookedAt = 0
  #rate = 0
  #taking = false

  /** Whether the server had better things to do when it was looked at last. */
  get busy(): boolean {
    return this.#rate > BUSY
  }

  /**
   * `total`: records of the journal; `behind`: those that are not in the index; `now`: milliseconds; `stepMs`: how long the last step
   * took. Answers how long to wait before the next one, milliseconds; undefined: until the next pass.
   */
  next(total: number, behind: number, now: number, stepMs: number): number | undefined {
    // of the first look nothing is known: what came while nobody ran is taken in
    this.#total ??= total
    const passed = now - this.#lookedAt
    if (passed >= LOOK_MS) {
      this.#rate = ((total - this.#total) / passed) * 1000
      this.#total = total
      this.#lookedAt = now
    }
    this.#taking = behind >= MOST_BEHIND || (this.#taking && behind >= FEW_BEHIND)
    if (this.#rate <= IDLE) return 0
    if (!this.busy) return pauseFor(SHARE_OF_LITTLE, stepMs)
    if (behind >= 2 * MOST_BEHIND) return 0
    return this.#taking ? pauseFor(SHARE, stepMs) : undefined
  }
}

const pauseFor = (share: number, stepMs: number): number => Math.min(stepMs * (1 / share - 1), MOST_PAUSE_MS)
