import type { DatabaseSync } from 'node:sqlite'
import { type AuditReader, byTime, moved, type Position, type Snapshot, type StoredRecord } from '#kernel/audit/reader'
import { openAuditDatabase } from '#kernel/audit/sqlite-chain'

const COLUMNS = 'writer, sequence, event_id as "eventId", event_time as "eventTime", account, region, record, hash, mac'
const WRITERS = 'select writer, number, sequence, hash, mac from audit_writer order by number'

/** Opens the journal in `file` to read it, while a server writes it or when none does. */
export function openFileReader(file: string): AuditReader {
  const db = openAuditDatabase(file, { readOnly: true })
  const rows = (sql: string, ...values: (string | number)[]) =>
    db.prepare(sql).all(...values) as unknown as StoredRecord[]
  const writers = () => db.prepare(WRITERS).all() as unknown as { writer: string; sequence: number }[]
  return {
    async snapshot(work) {
      db.exec('begin')
      try {
        return await work(snapshotOf(db))
      } finally {
        db.exec('rollback')
      }
    },
    async last(count) {
      const position = new Map(writers().map(({ writer, sequence }) => [writer, sequence]))
      const newest = rows(
        `select ${COLUMNS} from audit_record where sequence > 0 order by event_id desc limit ?`,
        count,
      )
      return { records: byTime(newest), position: moved(position, newest) }
    },
    async after(position: Position) {
      const found: StoredRecord[] = []
      for (const { writer, sequence } of writers()) {
        const from = position.get(writer) ?? 0
        if (sequence <= from || found.length >= 1000) continue
        const sql = `select ${COLUMNS} from audit_record where writer = ? and sequence > ? order by sequence limit 1000`
        found.push(...rows(sql, writer, from))
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
    record: async (writer, sequence) =>
      db
        .prepare(`select ${COLUMNS} from audit_record where writer = ? and sequence = ?`)
        .get(writer, sequence) as never,
    async *records() {
      const statement = db.prepare(`select ${COLUMNS} from audit_record order by writer, sequence`)
      yield* statement.iterate() as unknown as Iterable<StoredRecord>
    },
  }
}
