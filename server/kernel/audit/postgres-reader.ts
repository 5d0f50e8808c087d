import pg from 'pg'
import {
  type AuditReader,
  byTime,
  moved,
  type Position,
  type Snapshot,
  type StoredRecord,
  type StoredRegister,
  type StoredWriter,
} from '#kernel/audit/reader'
import { connectionOf } from '#kernel/storage/postgres/connection'
import { engineError } from '#kernel/storage/postgres/errors'

const COLUMNS = 'writer, sequence, event_id as "eventId", event_time as "eventTime", account, region, record, hash, mac'
const WRITERS = 'select writer, number, sequence, hash, mac from audit_writer order by number'
/** Records fetched at once. */
const PAGE = 2000

/** Opens the journal in the database of `url` to read it. */
export async function openPostgresReader(url: string): Promise<AuditReader> {
  const client = new pg.Client({ ...connectionOf(url), application_name: 'strongroom audit reader' })
  client.on('error', () => {
    // The query that needs the connection fails and tells.
  })
  try {
    await client.connect()
  } catch (error) {
    throw engineError('opening the audit journal', error)
  }
  const writers = async () => (await client.query<StoredWriter>(WRITERS)).rows
  return {
    async snapshot(work) {
      await client.query('begin isolation level repeatable read, read only')
      try {
        return await work(snapshotOf(client))
      } finally {
        await client.query('rollback')
      }
    },
    async last(count) {
      const position = new Map((await writers()).map(({ writer, sequence }) => [writer, sequence]))
      const { rows } = await client.query<StoredRecord>(
        `select ${COLUMNS} from audit_record where sequence > 0 order by event_id desc limit $1`,
        [count],
      )
      return { records: byTime(rows), position: moved(position, rows) }
    },
    async after(position: Position) {
      const found: StoredRecord[] = []
      for (const { writer, sequence } of await writers()) {
        const from = position.get(writer) ?? 0
        if (sequence <= from || found.length >= 1000) continue
        const { rows } = await client.query<StoredRecord>(
          `select ${COLUMNS} from audit_record where writer = $1 and sequence > $2 order by sequence limit 1000`,
          [writer, from],
        )
        found.push(...rows)
      }
      return { records: byTime(found), position: moved(position, found) }
    },
    close: () => client.end(),
  }
}

function snapshotOf(client: pg.Client): Snapshot {
  return {
    async register() {
      return (await client.query<StoredRegister>('select count, hash, mac from audit_register where id = 1')).rows[0]
    },
    async writers() {
      return (await client.query<StoredWriter>(WRITERS)).rows
    },
    async record(writer, sequence) {
      const sql = `select ${COLUMNS} from audit_record where writer = $1 and sequence = $2`
      return (await client.query<StoredRecord>(sql, [writer, sequence])).rows[0]
    },
    async *records() {
      const sql = `select ${COLUMNS} from audit_record where (writer, sequence) > ($1, $2::bigint)
        order by writer, sequence limit ${PAGE}`
      for (let last: [string, number] = ['', -1]; ; ) {
        const { rows } = await client.query<StoredRecord>({ name: 'audit-records', text: sql, values: last })
        yield* rows
        const end = rows.at(-1)
        if (end === undefined || rows.length < PAGE) return
        last = [end.writer, end.sequence]
      }
    },
  }
}
