import type pg from 'pg'
import type { PieceRow, SegmentRow, StateRow } from '#kernel/audit/index/segment'
import type { IndexStore } from '#kernel/audit/index/store'

const PUT_PIECES = `insert into audit_segment_piece (segment, piece, content, mac)
  select $1, * from unnest($2::bigint[], $3::bytea[], $4::bytea[])`

/** An index in the main database, over `client`, on which nobody else works. */
export function postgresIndexStore(client: Pick<pg.ClientBase, 'query'>, close: () => Promise<void>): IndexStore {
  const transaction = async (work: () => Promise<void>) => {
    await client.query('begin')
    try {
      await work()
      await client.query('commit')
    } catch (error) {
      // A connection that is gone has rolled back.
      await client.query('rollback').catch(() => undefined)
      throw error
    }
  }
  return {
    state: async () =>
      (await client.query<StateRow>('select place, segments, mac from audit_index_state where id = 1')).rows[0],
    segments: async () =>
      (await client.query<SegmentRow>('select id, build, about, mac from audit_segment order by id')).rows,
    piece: async (segment, piece) =>
      (
        await client.query<PieceRow>({
          name: 'audit-index-piece',
          text: 'select content, mac from audit_segment_piece where segment = $1 and piece = $2',
          values: [segment, piece],
        })
      ).rows[0],
    change: (change, more) =>
      transaction(async () => {
        if (change !== undefined) {
          const { state, segment, dropped = [] } = change
          const gone = segment === undefined ? dropped : [...dropped, segment.row.id]
          await client.query('delete from audit_segment_piece where segment = any($1::bigint[])', [gone])
          await client.query('delete from audit_segment where id = any($1::bigint[])', [gone])
          if (segment !== undefined) {
            const { id, build, about, mac } = segment.row
            const text = 'insert into audit_segment (id, build, about, mac) values ($1, $2, $3, $4)'
            await client.query(text, [id, build, about, mac])
            const pieces = [...segment.pieces]
            await client.query(PUT_PIECES, [
              id,
              pieces.map(([number]) => number),
              pieces.map(([, { content }]) => content),
              pieces.map(([, { mac: each }]) => each),
            ])
          }
          await client.query(
            `insert into audit_index_state (id, place, segments, mac) values (1, $1, $2, $3)
             on conflict (id) do update set place = excluded.place, segments = excluded.segments, mac = excluded.mac`,
            [state.place, state.segments, state.mac],
          )
        }
        await more?.()
      }),
    clear: () =>
      transaction(async () => {
        for (const table of ['audit_index_state', 'audit_segment', 'audit_segment_piece'])
          await client.query(`delete from ${table}`)
      }),
    close,
  }
}
