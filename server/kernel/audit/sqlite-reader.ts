import type { DatabaseSync } from 'node:sqlite'
import type { Block } from '#kernel/audit/block'
import { PRUNED_COLUMNS } from '#kernel/audit/pruned'
import {
  AT_ONCE,
  type AuditReader,
  behind,
  byTime,
  moved,
  newest,
  type Position,
  type Snapshot,
  type StoredRecord,
} from '#kernel/audit/reader'
import { openAuditDatabase } from '#kernel/audit/sqlite-chain'

const COLUMNS = 'writer, sequence, count, first_time as "firstTime", last_time as "lastTime", hash, mac, lines'
const WRITERS = 'select writer, number, sequence, hash, mac from audit_writer order by number'
const NEWEST = `select ${COLUMNS} from audit_block order by last_time desc`
/** The block in which the position is, if it is not at a block's end, and those after it. */
const AFTER = `select ${COLUMNS} from audit_block where writer = :writer and sequence + count > :next and sequence >=
  coalesce((select max(sequence) from audit_block where writer = :writer and sequence <= :next), 0) order by sequence`

/** Opens the journal in `file` to read it, while a server writes it or when none does. */
export function openFileReader(file: string): AuditReader {
  const db = openAuditDatabase(file, { readOnly: true })
  const writers = () => db.prepare(WRITERS).all() as unknown as { writer: string; sequence: number }[]
  const snapshot = async <T>(work: (snapshot: Snapshot) => Promise<T>) => {
    db.exec('begin')
    try {
      return await work(snapshotOf(db))
    } finally {
      db.exec('rollback')
    }
  }
  return {
    snapshot,
    last: (count) =>
      snapshot(async () => {
        const position = new Map(writers().map(({ writer, sequence }) => [writer, sequence]))
        const records = await newest(db.prepare(NEWEST).iterate() as unknown as Iterable<Block>, count)
        return { records, position }
      }),
    async after(position: Position) {
      const found: StoredRecord[] = []
      const following = db.prepare(AFTER)
      for (const { writer, sequence } of writers()) {
        const from = position.get(writer) ?? 0
        if (sequence <= from || found.length >= AT_ONCE) continue
        for (const block of following.iterate({ writer, next: from + 1 }) as unknown as Iterable<Block>) {
          found.push(...behind([block], from))
          if (found.length >= AT_ONCE) break
        }
      }
      return { records: byTime(found), position: moved(position, found) }
    },
    async close() {
      db.close()
    },
  }
}

function snapshotOf(db: DatabaseSync): Snapshot {
  return {
    register: async () => db.prepare('select count, hash, mac from audit_register where id = 1').get() as never,
    writers: async () => db.prepare(WRITERS).all() as never,
    opening: async (writer) =>
      db.prepare(`select ${COLUMNS} from audit_block where writer = ? and sequence = 0`).get(writer) as never,
    pruned: async () => db.prepare(`select ${PRUNED_COLUMNS} from audit_pruned order by writer`).all() as never,
    async *blocks() {
      const statement = db.prepare(`select ${COLUMNS} from audit_block order by writer, sequence`)
      yield* statement.iterate() as unknown as Iterable<Block>
    },
  }
}
