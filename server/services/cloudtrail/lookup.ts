import type { StoredRecord } from '#kernel/audit/reader'

/** Where an answer ended; made by the index, and understood by nobody else. */
export type Mark = unknown

/** A question about the records of an account; both bounds (milliseconds) are inside. */
export interface Lookup {
  readonly account: string
  readonly region: string
  readonly attribute?: { readonly key: string; readonly value: string }
  readonly from: number
  readonly to: number
  readonly limit: number
  readonly after?: Mark
}

/** Finds records, newest first, exact up to this moment. */
export type LookUp = (asked: Lookup) => Promise<{ readonly records: readonly StoredRecord[]; readonly next?: Mark }>
