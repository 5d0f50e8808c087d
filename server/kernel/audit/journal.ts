import type { Register } from '#kernel/audit/chain'
import type { Pages } from '#kernel/audit/pages'

/**
 * Where records end up: an append-only, hash-chained journal. A line is what `lineOf` makes. Lines appended by one call
 * are written together, in their order, or not at all.
 */
export interface Journal {
  /** The id of the writer that this journal was opened for. */
  readonly writer: string
  /** The register of writers right after this one opened. */
  readonly register: Register
  /** Reads what is in a journal that nobody else can read: one in memory. */
  readonly pages?: Pages
  /** Settles when the lines would survive a power cut. */
  append(lines: readonly string[]): Promise<void>
  /** As `append`, but a line whose event the journal has already is left out. Looks for it, so it is slow. */
  complete(lines: readonly string[]): Promise<void>
  /**
   * Which of these other writers can append nothing any more: their process has ended, or has lost what it wrote
   * through. A writer of which that is not certain is not among them.
   */
  ended(writers: readonly string[]): Promise<readonly string[]>
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
  /** The register as somebody outside of the journal knows that it was: a journal that does not go back to it is refused. */
  readonly known?: Register
}
