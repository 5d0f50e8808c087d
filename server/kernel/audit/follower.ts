import type { StoredRecord } from '#kernel/audit/reader'
import type { Unit } from '#kernel/storage/storage'

/** Which records a follower wants; a set that is absent means all. */
export interface Wanted {
  readonly accounts?: ReadonlySet<string>
  readonly regions?: ReadonlySet<string>
  /** `secretsmanager.amazonaws.com` */
  readonly sources?: ReadonlySet<string>
  /** Only records that are not read-only. */
  readonly changesOnly?: true
}

/**
 * Somebody who is given every record of the journal that he wants, in the order in which each writer wrote them, with a position of
 * his own in the store. One who fails is asked again later and holds nobody else up; he skips nothing, and the journal keeps what
 * he has not taken.
 */
export interface Follower {
  /** Stays the same from version to version: his position is kept by it. */
  readonly name: string
  /** Where a new one begins. */
  readonly from: 'now' | 'start'
  /** Asked before each step. Undefined: he wants nothing now, and what is written meanwhile passes him by. */
  wanted(): Wanted | undefined | Promise<Wanted | undefined>
  /** Takes records in the unit that moves his position too: what he does with them in the store is done exactly once. */
  take?(unit: Unit, records: readonly StoredRecord[]): Promise<void>
  /** Does something outside of the store with records; his position moves when that is done, so it is done at least once. */
  send?(records: readonly StoredRecord[]): Promise<void>
}

/** How far a follower is. */
export interface FollowerState {
  readonly name: string
  /** Records of the journal that he has not been past yet. */
  readonly behind: number
  /** When the oldest of them was written, milliseconds; undefined when there is none. */
  readonly since: number | undefined
  /** Why his last try failed, without anything secret. */
  readonly trouble: string | undefined
}

/** The followers of a process. */
export interface Following {
  start(): void
  stop(): Promise<void>
  /** Settles when every follower has been past all that is in the journal now, or has failed. */
  settle(): Promise<void>
  /**
   * Settles when this one, in whatever process, has been past all that is in the journal now, however slow the others are. Throws when
   * he was not within a minute: what he has not taken is still to come.
   */
  passed(name: string): Promise<void>
  state(): readonly FollowerState[]
}
