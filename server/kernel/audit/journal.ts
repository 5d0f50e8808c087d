/**
 * Where records end up: an append-only, hash-chained journal. A line is what `lineOf` makes. Lines appended by one call
 * are written together, in their order, or not at all.
 */
export interface Journal {
  /** Settles when the lines would survive a power cut. A line whose event the journal has already is left out. */
  append(lines: readonly string[]): Promise<void>
  /**
   * Brings a journal that failed back to work: opens it anew, reads where its chain stands, writes. Rejects when that is
   * still not possible.
   */
  probe(): Promise<void>
  close(): Promise<void>
}

/** What a journal needs to know to open its chain. */
export interface Writer {
  /** Fresh for each start of a process: a UUID. */
  readonly id: string
  readonly startedAtMs: number
}
