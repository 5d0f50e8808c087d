import { statement } from '#kernel/storage/storage'

export const all = statement(
  'audit-follower/all',
  'select name, place, mac, until, seen_at from audit_follower order by name',
)

export const find = statement(
  'audit-follower/find',
  'select name, place, mac, holder, until, seen_at from audit_follower where name = :name for update',
)

/** For who moves nothing, in a reading unit too. */
export const look = statement(
  'audit-follower/look',
  'select name, place, mac, holder, until, seen_at from audit_follower where name = :name',
)

export const put = statement(
  'audit-follower/put',
  `insert into audit_follower (name, place, mac, holder, until, seen_at) values (:name, :place, :mac, :holder, :until, :now)
   on conflict (name) do update set place = excluded.place, mac = excluded.mac`,
)

export const hold = statement(
  'audit-follower/hold',
  'update audit_follower set holder = :holder, until = :until, seen_at = :now where name = :name',
)

export const release = statement(
  'audit-follower/release',
  'update audit_follower set until = 0 where name = :name and holder = :holder',
)

/** Nobody but who left it there moves a position on. */
export const move = statement(
  'audit-follower/move',
  'update audit_follower set place = :place, mac = :mac, seen_at = :now where name = :name and place = :before',
)
