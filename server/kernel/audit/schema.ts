import { INDEX_SCHEMA } from '#kernel/audit/index/store'
import { usageMigrations } from '#kernel/audit/usage/schema'
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
  process bigint not null,
  sequence bigint not null,
  hash text not null,
  mac text not null,
  anchored bigint not null
);
create table audit_block (
  writer text not null,
  sequence bigint not null,
  count bigint not null,
  first_time bigint not null,
  last_time bigint not null,
  hash text not null,
  mac text not null,
  lines text not null,
  primary key (writer, sequence)
);
create index audit_block_time on audit_block (last_time);
`,
  },
  {
    name: 'audit/0004-pruned',
    // Of each writer: up to which record the retention has taken blocks out, what the hash of that record was, how many
    // records that were, the time of the last of them, and when.
    sql: `
create table audit_pruned (
  writer text not null primary key,
  through bigint not null,
  hash text not null,
  last_time bigint not null,
  pruned_at bigint not null,
  mac text not null
);
`,
  },
]

/** With PostgreSQL what is derived from the journal is beside it: the index, and the counters of usage. Elsewhere in `audit-index.db`. */
export const journalAndIndexMigrations: readonly Migration[] = [
  ...journalMigrations,
  { name: 'audit/0005-index', sql: INDEX_SCHEMA },
  ...usageMigrations,
]

/**
 * In the main store. The outbox: records of changes, written by the change's own unit, until the journal has them; `lines`
 * holds the lines of one unit, separated by line ends, and `writer` says whose task they are. The note: what the register
 * of the journal said at the last start, so that a journal that is gone or was set back is missed.
 */
export const outboxMigrations: readonly Migration[] = [
  {
    name: 'audit/0002-outbox-and-note',
    sql: `
create table audit_outbox (
  id text not null primary key,
  writer text not null,
  written_at bigint not null,
  lines text not null
);
create table audit_note (
  id bigint not null primary key,
  count bigint not null,
  hash text not null,
  mac text not null
);
`,
  },
  {
    name: 'audit/0003-followers',
    // holder, until: who follows now, and how long that counts. seen_at: when somebody last did.
    sql: `
create table audit_follower (
  name text not null primary key,
  place text not null,
  mac bytea not null,
  holder text not null,
  until bigint not null,
  seen_at bigint not null
);
`,
  },
]
