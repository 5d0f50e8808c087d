import type { Migration } from '#kernel/storage/migration'

/**
 * What functions printed: one row for what one sandbox said at a time, its lines sealed by the vault and bound to the row.
 * Times are milliseconds; `bytes`: what the row counts for in its group.
 */
export const migrations: readonly Migration[] = [
  {
    name: 'functions/0001-logs',
    sql: `
create table function_log (
  account text not null,
  region text not null,
  log_group text not null,
  stream text not null,
  sequence bigint not null,
  first_at bigint not null,
  last_at bigint not null,
  written_at bigint not null,
  bytes bigint not null,
  sealed bytea not null,
  primary key (account, region, log_group, stream, sequence)
);
create index function_log_by_group on function_log (account, region, log_group, written_at);
create index function_log_by_age on function_log (written_at);`,
  },
]
