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

/** Where the chain stands after an order (or the start), now and then with the WAL's length; or why it was not carried out. */
export type Answer = { readonly sequence: number; readonly wal?: WalLength } | { readonly error: string }

/** In pages: of the WAL, and those of them that the database file has already. */
export interface WalLength {
  readonly log: number
  readonly checkpointed: number
}

/** Orders between two looks at the length of the WAL. */
const LOOK_EVERY = 32

// The thread that writes the journal: the main thread pays for the handing over only, not for hashing and syncing.
function serve(port: MessagePort, { file, key, writer, reached }: Start): void {
  const db = openAuditDatabase(file)
  const chain = new SqliteChain(db, key, writer, reached)
  // The WAL is moved by a thread of its own: here its syncs would hold the next batch up.
  db.exec('pragma wal_autocheckpoint = 0')
  const length = db.prepare('pragma wal_checkpoint(noop)')
  let orders = 0
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
      const { sequence } = chain.head
      answer = ++orders % LOOK_EVERY === 0 ? { sequence, wal: length.get() as unknown as WalLength } : { sequence }
    } catch (error) {
      answer = { error: error instanceof Error ? error.message : String(error) }
    }
    port.postMessage(answer)
  })
}

if (parentPort !== null) serve(parentPort, workerData as Start)
