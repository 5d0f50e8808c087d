import type { Migration } from '#kernel/storage/migration'

/**
 * Counters, derived from the journal: with SQLite in the file of the index, with PostgreSQL in the main database. Each call is in one
 * row of `usage_count` and one of `usage_total` (the same without principal and resource); `span` 0 to 3: a minute, hour, day, month.
 * `usage_position`: up to where each writer's records are counted; it moves in the transaction that counts, so none counts twice.
 */
export const USAGE_SCHEMA = `
create table if not exists usage_series (
  id bigint not null primary key,
  digest bytea not null unique,
  account text not null,
  region text not null,
  principal text not null,
  source text not null,
  operation text not null,
  result text not null,
  resource text not null,
  via text not null,
  last_at bigint not null
);
create index if not exists usage_series_by_resource on usage_series (resource);
create table if not exists usage_count (
  span bigint not null,
  time bigint not null,
  series bigint not null,
  calls bigint not null,
  items bigint not null,
  primary key (span, time, series)
);
create table if not exists usage_total (
  account text not null,
  region text not null,
  source text not null,
  operation text not null,
  result text not null,
  via text not null,
  span bigint not null,
  time bigint not null,
  calls bigint not null,
  items bigint not null,
  primary key (account, span, time, region, source, operation, result, via)
);
create table if not exists usage_position (
  writer text not null primary key,
  sequence bigint not null
);
`

/**
 * When a series happened last: a narrow table, since it changes with each pass, and where each call is about another secret so many rows do.
 * `last_at` of `usage_series` is from when the row was made.
 */
export const USAGE_LAST_SCHEMA = `
create table if not exists usage_last (
  series bigint not null primary key,
  last_at bigint not null
);
`

/** For PostgreSQL. */
export const usageMigrations: readonly Migration[] = [
  { name: 'audit/0003-usage', sql: USAGE_SCHEMA },
  { name: 'audit/0006-usage-last', sql: USAGE_LAST_SCHEMA },
]
