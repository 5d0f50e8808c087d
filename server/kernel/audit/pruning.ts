import type { KeyObject } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type pg from 'pg'
import { headMac, same } from '#kernel/audit/chain'
import { type Place, placeOf } from '#kernel/audit/place'
import { PRUNED_COLUMNS, prunedMac, type StoredPruned } from '#kernel/audit/pruned'

/** What may go. */
export interface PruneOrder {
  /** Blocks whose newest record is older. */
  readonly before: number
  /** Places (as text) of all who follow: what one of them has not taken stays. */
  readonly places: readonly string[]
  readonly now: number
  /** Only says how much may go. */
  readonly dry?: boolean
}

/** A block, without its records. */
interface Frame {
  readonly sequence: number
  readonly count: number
  readonly lastTime: number
  readonly hash: string
  readonly mac: string
}

/** The tables of a journal, as far as pruning needs them. */
export interface PruneTables {
  writers(): Promise<readonly { readonly number: number; readonly writer: string }[]>
  note(writer: string): Promise<StoredPruned | undefined>
  /** The next blocks behind `sequence`, ascending. */
  frames(writer: string, sequence: number, limit: number): Promise<readonly Frame[]>
  /** Takes the blocks out and puts the note down, in one transaction. */
  remove(note: StoredPruned): Promise<void>
}

/** Blocks that are taken out in one transaction. */
const AT_ONCE = 64

/**
 * Takes old blocks out, from the front of each chain, a bounded step; answers how many records, 0 when nothing may go. The last one
 * that goes must carry the MAC that its writer gave it: what was altered before is not covered up by pruning it.
 */
export async function prune(tables: PruneTables, key: KeyObject, order: PruneOrder): Promise<number> {
  const places = order.places.map(placeOf)
  let records = 0
  for (const { number, writer } of await tables.writers()) {
    const to = Math.min(...places.map((place) => takenOf(place, number)))
    const note = await tables.note(writer)
    if (note !== undefined && !same(note.mac, prunedMac(key, note)))
      throw new Error(
        `what the audit journal says was pruned of writer ${writer} is not as it was written: see strongroom audit verify`,
      )
    const from = note?.through ?? 0
    let next = from + 1
    let last: Frame | undefined
    let lastTime = note?.lastTime ?? 0
    for (const frame of await tables.frames(writer, from, AT_ONCE)) {
      const end = frame.sequence + frame.count - 1
      if (frame.sequence !== next || frame.lastTime >= order.before || end > to) break
      last = frame
      next = end + 1
      lastTime = Math.max(lastTime, frame.lastTime)
    }
    if (last === undefined) continue
    const through = next - 1
    if (!same(last.mac, headMac(key, { writer, sequence: through, hash: last.hash })))
      throw new Error(
        `the block up to record ${through} of writer ${writer} is not as it was written, so nothing is pruned: see strongroom audit verify`,
      )
    const made = { writer, through, hash: last.hash, lastTime, prunedAt: order.now }
    if (order.dry !== true) await tables.remove({ ...made, mac: prunedMac(key, made) })
    records += through - from
  }
  return records
}

/** The last record of a writer that somebody has taken. */
const takenOf = ({ known, open }: Place, number: number): number =>
  open.get(number) ?? (number <= known ? Number.MAX_SAFE_INTEGER : 0)

const WRITERS = 'select number, writer from audit_writer order by number'
const FRAME = 'sequence, count, last_time as "lastTime", hash, mac'

/** In a SQLite database that may be written. */
export function sqlitePruneTables(db: DatabaseSync): PruneTables {
  return {
    writers: async () => db.prepare(WRITERS).all() as unknown as { number: number; writer: string }[],
    note: async (writer) =>
      db.prepare(`select ${PRUNED_COLUMNS} from audit_pruned where writer = ?`).get(writer) as unknown as
        | StoredPruned
        | undefined,
    frames: async (writer, sequence, limit) =>
      db
        .prepare(`select ${FRAME} from audit_block where writer = ? and sequence > ? order by sequence limit ?`)
        .all(writer, sequence, limit) as unknown as Frame[],
    async remove({ writer, through, hash, lastTime, prunedAt, mac }) {
      db.exec('begin immediate')
      try {
        db.prepare('delete from audit_block where writer = ? and sequence > 0 and sequence <= ?').run(writer, through)
        db.prepare(
          `insert into audit_pruned (writer, through, hash, last_time, pruned_at, mac) values (?, ?, ?, ?, ?, ?)
           on conflict (writer) do update set through = excluded.through, hash = excluded.hash,
             last_time = excluded.last_time, pruned_at = excluded.pruned_at, mac = excluded.mac`,
        ).run(writer, through, hash, lastTime, prunedAt, mac)
        db.exec('commit')
      } catch (error) {
        if (db.isTransaction) db.exec('rollback')
        throw error
      }
    },
  }
}

/** In the main database. Delete and note are one statement. */
export function postgresPruneTables(client: Pick<pg.ClientBase, 'query'>): PruneTables {
  return {
    writers: async () => (await client.query<{ number: number; writer: string }>(WRITERS)).rows,
    note: async (writer) =>
      (await client.query<StoredPruned>(`select ${PRUNED_COLUMNS} from audit_pruned where writer = $1`, [writer]))
        .rows[0],
    frames: async (writer, sequence, limit) =>
      (
        await client.query<Frame>(
          `select ${FRAME} from audit_block where writer = $1 and sequence > $2 order by sequence limit $3`,
          [writer, sequence, limit],
        )
      ).rows,
    async remove({ writer, through, hash, lastTime, prunedAt, mac }) {
      await client.query(
        `with gone as (
           delete from audit_block where writer = $1 and sequence > 0 and sequence <= $2::bigint
         )
         insert into audit_pruned (writer, through, hash, last_time, pruned_at, mac) values ($1, $2, $3, $4, $5, $6)
         on conflict (writer) do update set through = excluded.through, hash = excluded.hash,
           last_time = excluded.last_time, pruned_at = excluded.pruned_at, mac = excluded.mac`,
        [writer, through, hash, lastTime, prunedAt, mac],
      )
    },
  }
}
