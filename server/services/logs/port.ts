import type { Unit } from '#kernel/storage/storage'

/** Days that the events of groups stay which the server makes for functions; their account may say otherwise by PutRetentionPolicy. */
export const FUNCTION_RETENTION_DAYS = 30

/** An event as services write it. */
export interface WrittenEvent {
  /** Milliseconds. */
  readonly time: number
  readonly message: string
  /** The access key that what it tells of was done with, if known: circles of functions and logs end by it. */
  readonly accessKey?: string | undefined
}

/** Events for one stream of one group. */
export interface Written {
  readonly account: string
  readonly region: string
  readonly group: string
  readonly stream: string
  readonly events: readonly WrittenEvent[]
  /**
   * What becomes of a group that is missing: it is made, with `retentionDays` if given, or nothing is written (default: made). A
   * stream that is missing is made.
   */
  readonly missing?: 'make' | 'skip'
  readonly retentionDays?: number
}

/** By which services write logs, in a unit of their own; nobody's permission is asked for. */
export interface LogWriter {
  /** False: the group is missing, and nothing was written. Throws ApiError when the group's KMS key may not be used. */
  write(unit: Unit, written: Written): Promise<boolean>
  /** Whether there is such a group. */
  has(
    unit: Unit,
    group: { readonly account: string; readonly region: string; readonly group: string },
  ): Promise<boolean>
}

/** A group as it is listed for who runs the server. */
export interface ListedGroup {
  readonly account: string
  readonly region: string
  readonly group: string
  readonly streams: number
  readonly bytes: number
  /** Milliseconds: its newest event; 0 when there is none. */
  readonly lastAt: number
}

/** Where a reader is: behind an event, by time and order. */
export interface ReadPlace {
  readonly time: number
  readonly ordinal: number
}

export interface ReadEvent extends WrittenEvent, ReadPlace {
  readonly stream: string
}

/** By which who runs the server reads logs. */
export interface LogReader {
  /** Groups of all accounts whose names begin so. */
  groups(unit: Unit, prefix: string): Promise<readonly ListedGroup[]>
  /** The next events of a group behind a place, oldest first; `more`: there are some behind them. */
  read(
    unit: Unit,
    group: { readonly account: string; readonly region: string; readonly group: string },
    after: ReadPlace,
  ): Promise<{ readonly events: readonly ReadEvent[]; readonly place: ReadPlace; readonly more: boolean }>
  /** The number of the newest event of a group: what comes later has a greater one. */
  newest(
    unit: Unit,
    group: { readonly account: string; readonly region: string; readonly group: string },
  ): Promise<number>
  /** Events of a group that came behind one, whatever their time, in the order in which they came; some of them, when there are many. */
  since(
    unit: Unit,
    group: { readonly account: string; readonly region: string; readonly group: string },
    ordinal: number,
  ): Promise<readonly ReadEvent[]>
}
