import { insert, page, REMOVE_AT_ONCE, remove } from '#kernel/audit/outbox.sql'
import type { Storage, Unit } from '#kernel/storage/storage'

/** Where the records of changes wait, in the main store, until the journal has them. */
export interface Outbox {
  /** Puts down the lines of one unit, in that unit. */
  put(unit: Unit, id: string, nowMs: number, lines: string): Promise<void>
  /** Up to 200 rows with ids after `after` that were written no later than `untilMs`. */
  page(after: string, untilMs: number): Promise<readonly { readonly id: string; readonly lines: string }[]>
  /** Takes rows away that the journal has; ids that are not there are passed over. */
  remove(ids: readonly string[]): Promise<void>
}

export function outboxOf(storage: Storage): Outbox {
  return {
    async put(unit, id, now, lines) {
      await unit.run(insert, { id, now, lines })
    },
    page: (after, until) =>
      storage.unit('read', (unit) => unit.all<{ id: string; lines: string }>(page, { after, until })),
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
