import type { Migration } from '#kernel/storage/migration'

/**
 * Tables of the journal: in `audit.db`, a file of its own, beside a SQLite store; in the main database with PostgreSQL.
 * They are not keyed by (account, region) as the rows of services are: a chain spans all of them.
 */
export const journalMigrations: readonly Migration[] = [
  {
    name: 'audit/0001-journal',
    sql: `
create table audit_register (
  id bigint not null primary key,
  count bigint not null,
  hash text not null,
  mac text not null
);
create table audit_writer (
  writer text not null primary key,
  number bigint not null unique,
  sequence bigint not null,
  hash text not null,
  mac text not null,
  anchored bigint not null
);
create table audit_record (
  writer text not null,
  sequence bigint not null,
  event_id text not null unique,
  event_time bigint not null,
  account text not null,
  region text not null,
  record text not null,
  hash text not null,
  mac text,
  primary key (writer, sequence)
);
`,
  },
]

/**
 * The outbox: records of changes, written by the change's own unit into the main store, until the journal has them.
 * `lines` holds the lines of one unit, separated by line ends.
 */
export const outboxMigrations: readonly Migration[] = [
  {
    name: 'audit/0002-outbox',
    sql: `
create table audit_outbox (
  id text not null primary key,
  written_at bigint not null,
  lines text not null
);
`,
  },
]
