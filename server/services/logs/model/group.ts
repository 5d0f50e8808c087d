import type { GroupId } from './names.ts'

export type LogClass = 'STANDARD' | 'INFREQUENT_ACCESS' | 'DELIVERY'

/** A log group. Times are milliseconds. */
export interface LogGroup extends GroupId {
  /** Never used again: what is left of a deleted group does not come to its namesake. */
  readonly id: string
  readonly createdAt: number
  /** Days; undefined: events stay. */
  readonly retentionDays: number | undefined
  readonly logClass: LogClass
  /** Deletion protection. */
  readonly guarded: boolean
  readonly tags: ReadonlyMap<string, string>
  /** ARN of the KMS key of what is written now. */
  readonly kmsKey: string | undefined
  /** Which of the group's data keys what is written now is sealed under; 0: that of the vault. */
  readonly keyNumber: number
}

/** A log stream. Times are milliseconds, undefined before the first event. */
export interface LogStream {
  readonly name: string
  readonly id: string
  readonly createdAt: number
  readonly firstAt: number | undefined
  readonly lastAt: number | undefined
  readonly ingestedAt: number | undefined
}

/** An event that is to be written. */
export interface NewEvent {
  /** Milliseconds. */
  readonly time: number
  readonly message: string
  /** The access key that what it tells of was done with, where that is known: see `kernel/events/causes`. Not kept. */
  readonly accessKey?: string | undefined
}

/** Where an event stands in its group: by its time, and among those of one time in the order in which they came. */
export interface Key {
  readonly time: number
  readonly ordinal: number
}

/** An event as it is kept. */
export interface LogEvent extends NewEvent, Key {
  readonly ingestedAt: number
}

/** Below zero when `one` stands before `other`. */
export const byKey = (one: Key, other: Key): number => one.time - other.time || one.ordinal - other.ordinal

/** Events older than this are not shown any more, milliseconds; 0 when the group keeps everything. */
export const oldestShown = (group: Pick<LogGroup, 'retentionDays'>, now: number): number =>
  group.retentionDays === undefined ? 0 : Math.max(0, now - group.retentionDays * 86_400_000)

/** Days that a retention may be. Source: API_PutRetentionPolicy; surroundings.md 3. */
export const RETENTIONS: readonly number[] = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
]
