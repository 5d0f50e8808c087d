import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Wanted } from '#kernel/audit/follower'
import type { Heads, Place } from '#kernel/audit/place'
import { openAuditDatabase } from '#kernel/audit/sqlite-chain'
import { sqlitePages } from '#kernel/audit/sqlite-pages'
import { take } from '#kernel/audit/taking'

/** What the thread is asked; null ends it. */
export type ReadOrder =
  | { readonly heads: { readonly known: number; readonly open: readonly number[] } }
  | { readonly take: { readonly from: Place; readonly heads: Heads; readonly wanted: Wanted } }

export type ReadAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string }

// The thread that reads the journal for its followers: the main thread gets the records that they want, and nothing else.
function serve(port: MessagePort, file: string): void {
  const db = openAuditDatabase(file, { readOnly: true })
  const pages = sqlitePages(db, () => db.close())
  const carryOut = (order: ReadOrder): Promise<unknown> =>
    'heads' in order
      ? pages.heads(order.heads.known, order.heads.open)
      : take(pages, order.take.from, order.take.heads, order.take.wanted)
  port.on('message', async (message: { readonly id: number; readonly order: ReadOrder } | null) => {
    if (message === null) {
      db.close()
      port.close()
      return
    }
    const { id, order } = message
    try {
      port.postMessage({ id, value: await carryOut(order) } satisfies ReadAnswer)
    } catch (error) {
      port.postMessage({ id, error: error instanceof Error ? error.message : String(error) } satisfies ReadAnswer)
    }
  })
}

if (parentPort !== null) serve(parentPort, workerData as string)
