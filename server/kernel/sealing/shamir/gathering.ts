import { createSecretKey, hash, timingSafeEqual } from 'node:crypto'
import { type Clock, systemClock } from '#kernel/clock'
import type { Random } from '#kernel/random'
import { SealError } from '#kernel/sealing/error'
import type { OpenedSeal, Seal, StoredSeal } from '#kernel/sealing/seal'
import { combine } from '#kernel/sealing/shamir/field'
import { NoShare, readShare, type Share } from '#kernel/sealing/shamir/share'

/** A set of shares as the store knows it: what each of them is known by, and nothing of what they give together. */
export interface ShareSet {
  readonly set: string
  readonly threshold: number
  readonly shares: number
  /** SHA-256 of each share, base64, by index. A share is 32 random bytes, of which a hash tells nothing. */
  readonly hashes: readonly string[]
}

/** How far an attempt to unseal is. Nothing of it is secret. */
export interface Progress {
  readonly sealed: boolean
  /** How many shares it takes; undefined while the store is not opened yet. */
  readonly threshold?: number
  readonly shares?: number
  /** The indexes of those that were given. */
  readonly given: readonly number[]
  /** The attempt; another one begins when nobody gave a share for half an hour. */
  readonly nonce?: string
}

/** What came of one share: taken, or why not. */
export type Given = { readonly taken: true } | { readonly taken: false; readonly reason: string }

/** Nobody waits for the shares any more. */
export class Cancelled extends SealError {}

const cancelled = () =>
  new Cancelled('the server was stopped before it was unsealed', 'strongroom unseal, while it runs')

/** An attempt ends, and its shares are forgotten, so long after the last share. */
export const ATTEMPT_MS = 30 * 60_000

/** What a set's hash is of. */
export const shareHash = ({ set, index, value }: Pick<Share, 'set' | 'index' | 'value'>): Buffer =>
  hash('sha256', Buffer.concat([Buffer.from(`strongroom/share/v1/${set}/${index}\0`), value]), 'buffer')

/**
 * Gathers the shares of a store: `seal().open` settles when there are enough of one set. Each share is checked by itself when
 * it comes, so a wrong one is named at once, and nobody who has none can spoil an attempt.
 */
export class Gathering {
  readonly #random: Random
  readonly #clock: Clock
  #sets = new Map<string, ShareSet & { readonly id: string }>()
  #attempt: { readonly nonce: string; readonly shares: Map<string, Map<number, Uint8Array>>; last: number } | undefined
  #opened: ((keys: readonly OpenedSeal[]) => void) | undefined
  #failed: ((error: Error) => void) | undefined
  #cancelled = false
  #used: readonly number[] = []
  #done = false
  #timer: NodeJS.Timeout | undefined

  constructor(random: Random, clock: Clock = systemClock) {
    this.#random = random
    this.#clock = clock
  }

  /** The seal that waits for the shares. It makes none: see `newShares`. */
  seal(): Seal {
    return {
      kind: 'shamir',
      hint: 'the rows of the seal were altered in the store: restore it from a backup',
      make: () =>
        Promise.reject(
          new SealError(
            'this store has no keys yet, and their shares are made by a command of their own',
            'strongroom seal init --shares 5 --threshold 3',
          ),
        ),
      open: (rows) => this.#wait(rows),
    }
  }

  #wait(rows: readonly StoredSeal[]): Promise<readonly OpenedSeal[]> {
    this.#sets = new Map()
    let broken: unknown
    for (const { id, parameters } of rows)
      try {
        const set = readShareSet(parameters)
        this.#sets.set(set.set, { ...set, id })
      } catch (error) {
        broken ??= error
      }
    // a row that was altered is no reason not to take the shares of another set
    if (this.#sets.size === 0 && broken !== undefined) throw broken
    if (this.#cancelled) return Promise.reject(cancelled())
    const { promise, resolve, reject } = Promise.withResolvers<readonly OpenedSeal[]>()
    this.#opened = resolve
    this.#failed = reject
    return promise
  }

  progress(): Progress {
    this.#expire()
    if (this.#done) return { sealed: false, given: [] }
    const sets = [...this.#sets.values()]
    const [started] = this.#attempt?.shares.keys() ?? []
    const set = sets.find((one) => one.set === started) ?? sets[0]
    const given =
      this.#attempt === undefined || set === undefined ? [] : [...(this.#attempt.shares.get(set.set)?.keys() ?? [])]
    return {
      sealed: true,
      ...(set === undefined ? {} : { threshold: set.threshold, shares: set.shares }),
      given: given.sort((a, b) => a - b),
      ...(this.#attempt === undefined ? {} : { nonce: this.#attempt.nonce }),
    }
  }

  /** Gives a share. `nonce`: the attempt that it is meant for; refused when that one is over. */
  give(text: string, nonce?: string): Given {
    this.#expire()
    if (this.#done) return { taken: false, reason: 'the store is unsealed already' }
    if (this.#opened === undefined) return { taken: false, reason: 'the store is not opened yet: try again' }
    if (nonce !== undefined && nonce !== this.#attempt?.nonce)
      return { taken: false, reason: 'the attempt that it was given for is over: begin another one' }
    let share: Share
    try {
      share = readShare(text)
    } catch (error) {
      if (!(error instanceof NoShare)) throw error
      return { taken: false, reason: `this is no share: ${error.message}` }
    }
    const reason = this.#take(share)
    if (reason === undefined) return { taken: true }
    share.value.fill(0)
    return { taken: false, reason }
  }

  #take(share: Share): string | undefined {
    const { index } = share
    const set = this.#sets.get(share.set)
    if (set === undefined) return `share ${index} is of another set of shares (${share.set}), not of this store's`
    const right = Buffer.from(set.hashes[index - 1] ?? '', 'base64')
    const found = shareHash(share)
    if (right.length !== found.length || !timingSafeEqual(right, found) || share.threshold !== set.threshold)
      return `share ${index} is not the one that was made: something in it was changed`
    this.#attempt ??= { nonce: this.#random.uuid(), shares: new Map(), last: 0 }
    const attempt = this.#attempt
    const given = attempt.shares.get(share.set) ?? new Map<number, Uint8Array>()
    if (given.has(index)) return `share ${index} was given already`
    attempt.shares.set(share.set, given.set(index, share.value))
    attempt.last = this.#clock.now()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#expire(), ATTEMPT_MS + 1000).unref()
    if (given.size < set.threshold) return undefined
    this.#used = [...given.keys()].sort((a, b) => a - b)
    const secret = combine([...given].map(([at, value]) => ({ index: at, value })))
    this.forget()
    const key = createSecretKey(secret)
    secret.fill(0)
    this.#done = true
    this.#opened?.([{ id: set.id, key }])
    return undefined
  }

  #expire(): void {
    if (this.#attempt !== undefined && this.#clock.now() - this.#attempt.last > ATTEMPT_MS) this.forget()
  }

  /** The indexes of the shares that unsealed the store, for the record; empty until then. */
  used(): readonly number[] {
    return this.#used
  }

  /** Nobody waits any more: `seal().open` rejects. */
  cancel(): void {
    this.forget()
    this.#cancelled = true
    this.#failed?.(cancelled())
  }

  /** Ends the attempt and overwrites what it has gathered. */
  forget(): void {
    clearTimeout(this.#timer)
    for (const shares of this.#attempt?.shares.values() ?? []) for (const value of shares.values()) value.fill(0)
    this.#attempt = undefined
  }
}

function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = text.length > 65_536 ? undefined : JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Reads stored parameters, bounded: they come from the store. */
export function readShareSet(text: string): ShareSet {
  const { set, threshold, shares, hashes } = readObject(text) ?? {}
  const whole = (value: unknown, least: number): value is number =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= 255
  if (
    typeof set !== 'string' ||
    !/^[0-9a-f]{16}$/.test(set) ||
    !whole(threshold, 2) ||
    !whole(shares, threshold) ||
    !Array.isArray(hashes) ||
    hashes.length !== shares ||
    !hashes.every((one) => typeof one === 'string' && one.length === 44)
  )
    throw new SealError(
      'the parameters of the shamir seal in the store are not ones that this program writes',
      'restore the store from a backup',
    )
  return { set, threshold, shares, hashes: hashes as string[] }
}
