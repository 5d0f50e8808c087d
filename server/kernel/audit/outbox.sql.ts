import { statement } from '#kernel/storage/storage'

/** How many rows `remove` takes at once; places that are not needed are filled with the empty text. */
export const REMOVE_AT_ONCE = 40

export const insert = statement(
  'audit-outbox/insert',
  'insert into audit_outbox (id, written_at, lines) values (:id, :now, :lines)',
)

/** Rows in the order of their ids, a page at a time, written no later than `until`. */
export const page = statement(
  'audit-outbox/page',
  'select id, lines from audit_outbox where id > :after and written_at <= :until order by id limit 200',
)

export const remove = statement(
  'audit-outbox/remove',
  `delete from audit_outbox where id in (${Array.from({ length: REMOVE_AT_ONCE }, (_, i) => `:id${i}`).join(', ')})`,
)
