import type { PieceRow, SegmentRow, StateRow } from '#kernel/audit/index/segment'

/** What changes at once. */
export interface IndexChange {
  readonly state: StateRow
  /** To put down, in the place of one with its id that may be there. */
  readonly segment?: { readonly row: SegmentRow; readonly pieces: ReadonlyMap<number, PieceRow> }
  /** To take away. */
  readonly dropped?: readonly number[]
}

/** Where the index is kept. It may be deleted at any time: what it says is in the journal. */
export interface IndexStore {
  state(): Promise<StateRow | undefined>
  segments(): Promise<readonly SegmentRow[]>
  piece(segment: number, piece: number): Promise<PieceRow | undefined>
  /** In one transaction; with `more` in it. */
  change(change: IndexChange | undefined, more?: () => Promise<void>): Promise<void>
  clear(): Promise<void>
  close(): Promise<void>
}

/** Of the index, in the dialect of both engines. */
export const INDEX_SCHEMA = `
create table audit_index_state (
  id bigint not null primary key,
  place text not null,
  segments text not null,
  mac bytea not null
);
create table audit_segment (
  id bigint not null primary key,
  build text not null,
  about text not null,
  mac bytea not null
);
create table audit_segment_piece (
  segment bigint not null,
  piece bigint not null,
  content bytea not null,
  mac bytea not null,
  primary key (segment, piece)
);
`
