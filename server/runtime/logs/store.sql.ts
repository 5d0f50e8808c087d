import { statement } from '#kernel/storage/storage'

export const insert = statement(
  'function-log/insert',
  `insert into function_log
     (account, region, log_group, stream, sequence, first_at, last_at, written_at, bytes, sealed)
   values (:account, :region, :group, :stream, :sequence, :firstAt, :lastAt, :writtenAt, :bytes, :sealed)`,
)

export const sizeOf = statement(
  'function-log/size-of-group',
  'select coalesce(sum(bytes), 0) as bytes from function_log where account = :account and region = :region and log_group = :group',
)

export const oldest = statement(
  'function-log/oldest-of-group',
  `select written_at as "writtenAt", bytes from function_log
   where account = :account and region = :region and log_group = :group
   order by written_at limit 1000`,
)

export const removeUntil = statement(
  'function-log/remove-until',
  `delete from function_log
   where account = :account and region = :region and log_group = :group and written_at <= :until`,
)

export const removeBefore = statement(
  'function-log/remove-before',
  'delete from function_log where written_at < :before',
)

/** A page of what a group has, in the order in which it was written. */
export const page = statement(
  'function-log/page',
  `select account, region, log_group as "group", stream, sequence, written_at as "writtenAt", sealed from function_log
   where account = :account and region = :region and log_group = :group and last_at >= :since
     and (written_at > :writtenAt or (written_at = :writtenAt and (stream > :stream or (stream = :stream and sequence > :sequence))))
   order by written_at, stream, sequence limit :limit`,
)

export const groups = statement(
  'function-log/groups',
  `select account, region, log_group as "group", count(distinct stream) as streams, sum(bytes) as bytes, max(last_at) as "lastAt"
   from function_log group by account, region, log_group
   order by account collate bytes, region collate bytes, log_group collate bytes`,
)
