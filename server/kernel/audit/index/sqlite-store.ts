import type { DatabaseSync } from 'node:sqlite'
import type { PieceRow, SegmentRow, StateRow } from '#kernel/audit/index/segment'
import { INDEX_SCHEMA, type IndexStore } from '#kernel/audit/index/store'
import { schemaStatements } from '#kernel/storage/dialect'

/** Makes the tables where they are not yet. */
export function makeIndexTables(db: DatabaseSync): void {
  if (db.prepare("select 1 from sqlite_master where name = 'audit_segment_piece'").get() !== undefined) return
  db.exec('begin immediate')
  try {
    for (const text of schemaStatements(INDEX_SCHEMA, 'sqlite')) db.exec(text)
    db.exec('commit')
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}

/** An index in a SQLite database whose tables are there. */
export function sqliteIndexStore(db: DatabaseSync, close: () => void = () => db.close()): IndexStore {
  const state = db.prepare('select place, segments, mac from audit_index_state where id = 1')
  const segments = db.prepare('select id, build, about, mac from audit_segment order by id')
  const piece = db.prepare('select content, mac from audit_segment_piece where segment = ? and piece = ?')
  const transaction = async (work: () => Promise<void>) => {
    db.exec('begin immediate')
    try {
      await work()
      db.exec('commit')
    } catch (error) {
      if (db.isTransaction) db.exec('rollback')
      throw error
    }
  }
  const drop = (id: number) => {
    db.prepare('delete from audit_segment_piece where segment = ?').run(id)
    db.prepare('delete from audit_segment where id = ?').run(id)
  }
  return {
    state: async () => state.get() as unknown as StateRow | undefined,
    segments: async () => segments.all() as unknown as SegmentRow[],
    piece: async (segment, number) => piece.get(segment, number) as unknown as PieceRow | undefined,
    change: (change, more) =>
      transaction(async () => {
        if (change !== undefined) {
          const { state: now, segment, dropped = [] } = change
          for (const id of dropped) drop(id)
          if (segment !== undefined) {
            const { id, build, about, mac } = segment.row
            drop(id)
            db.prepare('insert into audit_segment (id, build, about, mac) values (?, ?, ?, ?)').run(
              id,
              build,
              about,
              mac,
            )
            const put = db.prepare('insert into audit_segment_piece (segment, piece, content, mac) values (?, ?, ?, ?)')
            for (const [number, each] of segment.pieces) put.run(id, number, each.content, each.mac)
          }
          db.prepare(
            `insert into audit_index_state (id, place, segments, mac) values (1, ?, ?, ?)
             on conflict (id) do update set place = excluded.place, segments = excluded.segments, mac = excluded.mac`,
          ).run(now.place, now.segments, now.mac)
        }
        await more?.()
      }),
    clear: () =>
      transaction(async () => {
        db.exec('delete from audit_index_state; delete from audit_segment; delete from audit_segment_piece')
      }),
    close: async () => close(),
  }
}
