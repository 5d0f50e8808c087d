import { insert, page, REMOVE_AT_ONCE, remove } from '#kernel/audit/outbox.sql'
import type { Storage, Unit } from '#kernel/storage/storage'

/** The records of one unit that waits for the journal. */
export interface OutboxRow {
  readonly id: string
  /** The writer whose task it is to append them, as long as it lives. */
  readonly writer: string
  readonly written_at: number
  readonly lines: string
}

/** Where the records of changes wait, in the main store, until the journal has them. */
export interface Outbox {
  /** Puts down the lines of one unit, in that unit. */
  put(unit: Unit, id: string, writer: string, nowMs: number, lines: string): Promise<void>
  /** Up to 200 rows with ids after `after`. */
  page(after: string): Promise<readonly OutboxRow[]>
  /** Takes rows away that the journal has; ids that are not there are passed over. */
  remove(ids: readonly string[]): Promise<void>
}

export function outboxOf(storage: Storage): Outbox {
  return {
    async put(unit, id, writer, now, lines) {
      await unit.run(insert, { id, writer, now, lines })
    },
    page: (after) => storage.unit('read', (unit) => unit.all<OutboxRow>(page, { after })),
    async remove(ids) {
      if (ids.length === 0) return
      await storage.unit('write', async (unit) => {
        for (let from = 0; from < ids.length; from += REMOVE_AT_ONCE) {
          const places: Record<string, string> = {}
          for (let i = 0; i < REMOVE_AT_ONCE; i++) places[`id${i}`] = ids[from + i] ?? ''
          await unit.run(remove, places)
        }
      })
    },
  }
}
