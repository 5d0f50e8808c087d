import pg from 'pg'
import type { Block } from '#kernel/audit/block'
import { PRUNED_COLUMNS, type StoredPruned } from '#kernel/audit/pruned'
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
  type StoredRegister,
  type StoredWriter,
} from '#kernel/audit/reader'
import { connectionOf } from '#kernel/storage/postgres/connection'
import { engineError } from '#kernel/storage/postgres/errors'

const COLUMNS = 'writer, sequence, count, first_time as "firstTime", last_time as "lastTime", hash, mac, lines'
const WRITERS = 'select writer, number, sequence, hash, mac from audit_writer order by number'
/** Blocks fetched at once. */
const PAGE = 50
/** The block in which the position is, if it is not at a block's end, and those after it. */
const AFTER = `select ${COLUMNS} from audit_block where writer = $1 and sequence + count > $2::bigint and sequence >=
  coalesce((select max(sequence) from audit_block where writer = $1 and sequence <= $2::bigint), 0)
  order by sequence limit ${PAGE}`

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
  const snapshot = async <T>(work: (snapshot: Snapshot) => Promise<T>) => {
    await client.query('begin isolation level repeatable read, read only')
    try {
      return await work(snapshotOf(client))
    } finally {
      await client.query('rollback')
    }
  }
  return {
    snapshot,
    last: (count) =>
      snapshot(async () => {
        const position = new Map((await writers()).map(({ writer, sequence }) => [writer, sequence]))
        const order = 'order by last_time desc, writer, sequence desc'
        return {
          records: await newest(fetched(client, `select ${COLUMNS} from audit_block ${order}`), count),
          position,
        }
      }),
    async after(position: Position) {
      const found: StoredRecord[] = []
      for (const { writer, sequence } of await writers()) {
        const from = position.get(writer) ?? 0
        if (sequence <= from || found.length >= AT_ONCE) continue
        const { rows } = await client.query<Block>({ name: 'audit-after', text: AFTER, values: [writer, from + 1] })
        found.push(...behind(rows, from))
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
    async opening(writer) {
      const sql = `select ${COLUMNS} from audit_block where writer = $1 and sequence = 0`
      return (await client.query<Block>(sql, [writer])).rows[0]
    },
    async pruned() {
      return (await client.query<StoredPruned>(`select ${PRUNED_COLUMNS} from audit_pruned order by writer`)).rows
    },
    blocks: () => fetched(client, `select ${COLUMNS} from audit_block order by writer, sequence`),
  }
}

/** The rows of a query, through a cursor, so that they need not be in memory at once. Inside a transaction. */
async function* fetched(client: pg.Client, sql: string): AsyncGenerator<Block> {
  await client.query(`declare audit_blocks no scroll cursor for ${sql}`)
  try {
    for (;;) {
      const { rows } = await client.query<Block>(`fetch ${PAGE} from audit_blocks`)
      yield* rows
      if (rows.length < PAGE) return
    }
  } finally {
    // After a failed query the transaction takes nothing more; its end closes the cursor.
    await client.query('close audit_blocks').catch(() => undefined)
  }
}
