import type { KeyObject } from 'node:crypto'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Writer } from '#kernel/audit/journal'
import { openAuditDatabase, SqliteChain } from '#kernel/audit/sqlite-chain'

/** What the thread is started with. */
export interface Start {
  readonly file: string
  readonly key: KeyObject
  readonly writer: Writer
  readonly reached: number
}

/** Lines to append, separated by line ends; the empty text is a probe; null ends the thread. */
export type Order = string | null

/** Where the chain stands after an order (or the start), or why it was not carried out. */
export type Answer = { readonly sequence: number } | { readonly error: string }

// The thread that writes the journal: the main thread pays for the handing over only, not for hashing and syncing.
function serve(port: MessagePort, { file, key, writer, reached }: Start): void {
  const db = openAuditDatabase(file)
  const chain = new SqliteChain(db, key, writer, reached)
  port.postMessage({ sequence: chain.head.sequence } satisfies Answer)
  port.on('message', (order: Order) => {
    if (order === null) {
      db.close()
      port.close()
      return
    }
    let answer: Answer
    try {
      if (order === '') chain.probe()
      else chain.append(order.split('\n'))
      answer = { sequence: chain.head.sequence }
    } catch (error) {
      answer = { error: error instanceof Error ? error.message : String(error) }
    }
    port.postMessage(answer)
  })
}

if (parentPort !== null) serve(parentPort, workerData as Start)
