import type { StoredRecord } from '#kernel/audit/reader'

/** Somewhere that records are exported to. */
export interface Sink {
  /** Settles when all of them are there; throws ExportFailed, and then they are given once more, or more of them. */
  send(records: readonly StoredRecord[]): Promise<void>
  close(): Promise<void>
}

/** Records could not be handed on. The message goes to logs and health: no paths, no addresses, nothing secret. */
export class ExportFailed extends Error {
  constructor(text: string, cause?: unknown) {
    super(text, cause === undefined ? undefined : { cause })
    this.name = 'ExportFailed'
  }
}
