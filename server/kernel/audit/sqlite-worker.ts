import type { KeyObject } from 'node:crypto'
import type { StatementSync } from 'node:sqlite'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Register } from '#kernel/audit/chain'
import type { Writer } from '#kernel/audit/journal'
import { openAuditDatabase, SqliteChain } from '#kernel/audit/sqlite-chain'
import { isBusy } from '#kernel/storage/sqlite/unit'

/** What the thread is started with. */
export interface Start {
  readonly file: string
  readonly key: KeyObject
  readonly writer: Writer
  readonly reached: number
}

/** Lines to append, separated by line ends; or the rarer orders; null ends the thread. */
export type Order =
  | string
  | { readonly complete: string }
  | { readonly processes: readonly string[] }
  | { readonly probe: true }
  | null

/** The sequence where the chain stands after an order, the plain answer; or more; or why it was not carried out. */
export type Answer = number | Report | { readonly error: string }

export interface Report {
  readonly sequence: number
  /** Now and then. */
  readonly wal?: WalLength
  /** After the start. */
  readonly register?: Register
  /** Asked for: the process of each writer. */
  readonly processes?: readonly (number | undefined)[]
}

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
  const carryOut = (order: Exclude<Order, null>): Answer => {
    if (typeof order === 'string') chain.append(order.split('\n'))
    else if ('complete' in order) chain.complete(order.complete.split('\n'))
    else if ('probe' in order) chain.probe()
    const { sequence } = chain.head
    if (typeof order === 'object' && 'processes' in order)
      return { sequence, processes: order.processes.map((each) => chain.processOf(each)) }
    if (++orders % LOOK_EVERY !== 0) return sequence
    const wal = lengthOf(length)
    return wal === undefined ? sequence : { sequence, wal }
  }
  port.postMessage({ sequence: chain.head.sequence, register: chain.register } satisfies Answer)
  port.on('message', (order: Order) => {
    if (order === null) {
      db.close()
      port.close()
      return
    }
    let answer: Answer
    try {
      answer = carryOut(order)
    } catch (error) {
      answer = { error: error instanceof Error ? error.message : String(error) }
    }
    port.postMessage(answer)
  })
}

/** The length of the WAL, unless SQLite says busy: the next look will tell. */
function lengthOf(length: StatementSync): WalLength | undefined {
  try {
    return length.get() as unknown as WalLength
  } catch (error) {
    if (isBusy(error)) return undefined
    throw error
  }
}

if (parentPort !== null) serve(parentPort, workerData as Start)
