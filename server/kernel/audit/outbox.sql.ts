import { statement } from '#kernel/storage/storage'

/** How many rows `remove` takes at once; places that are not needed are filled with the empty text. */
export const REMOVE_AT_ONCE = 40

export const insert = statement(
  'audit-outbox/insert',
  'insert into audit_outbox (id, writer, written_at, lines) values (:id, :writer, :now, :lines)',
)

/** Rows in the order of their ids, a page at a time. */
export const page = statement(
  'audit-outbox/page',
  'select id, writer, written_at, lines from audit_outbox where id > :after order by id limit 200',
)

export const remove = statement(
  'audit-outbox/remove',
  `delete from audit_outbox where id in (${Array.from({ length: REMOVE_AT_ONCE }, (_, i) => `:id${i}`).join(', ')})`,
)

export const readNote = statement('audit-note/read', 'select count, hash, mac from audit_note where id = 1')

/** Of two processes that start together the later one's stays. */
export const writeNote = statement(
  'audit-note/write',
  `insert into audit_note (id, count, hash, mac) values (1, :count, :hash, :mac)
  on conflict (id) do update set count = excluded.count, hash = excluded.hash, mac = excluded.mac
  where excluded.count > audit_note.count`,
)

export const dropNote = statement('audit-note/drop', 'delete from audit_note where id = 1')
