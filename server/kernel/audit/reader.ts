import type { Line } from '#kernel/audit/record'
import type { Head, Register } from '#kernel/audit/chain'

/** A record as it stands in the journal. */
export interface StoredRecord extends Line {
  readonly writer: string
  /** 0 for the opening of a writer. */
  readonly sequence: number
  readonly hash: string
  /** On the last record of each batch. */
  readonly mac: string | null
}

/** A writer as it stands in the journal. */
export interface StoredWriter extends Head {
  readonly number: number
  readonly mac: string
}

export interface StoredRegister extends Register {
  readonly mac: string
}

/** The journal as one moment shows it: nothing that is appended meanwhile is seen. */
export interface Snapshot {
  register(): Promise<StoredRegister | undefined>
  /** In the order in which they opened. */
  writers(): Promise<readonly StoredWriter[]>
  record(writer: string, sequence: number): Promise<StoredRecord | undefined>
  /** All records, by writer and sequence. */
  records(): AsyncIterable<StoredRecord>
}

/** Reads a journal beside the one who writes it; never writes. */
export interface AuditReader {
  snapshot<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T>
  /** The newest `count` records of calls, oldest first, and where each writer stands, to go on from with `after`. */
  last(count: number): Promise<{ readonly records: readonly StoredRecord[]; readonly position: Position }>
  /** Up to 1,000 records that were written after `position`, and the position after them. */
  after(position: Position): Promise<{ readonly records: readonly StoredRecord[]; readonly position: Position }>
  close(): Promise<void>
}

/** The last sequence read, by writer. */
export type Position = ReadonlyMap<string, number>

/** `position` moved past `records`. */
export function moved(position: Position, records: readonly StoredRecord[]): Position {
  const next = new Map(position)
  for (const { writer, sequence } of records) next.set(writer, Math.max(sequence, next.get(writer) ?? 0))
  return next
}

/** Records of several writers as a person reads them: by time, then by id. */
export function byTime(records: readonly StoredRecord[]): StoredRecord[] {
  return [...records].sort((a, b) => a.eventTime - b.eventTime || (a.eventId < b.eventId ? -1 : 1))
}
