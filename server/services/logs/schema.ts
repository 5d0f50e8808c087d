import type { Migration } from '#kernel/storage/migration'

/**
 * Log groups, streams and events. Events lie in chunks of one stream, sealed, each with the span of its times; `ordinal` numbers
 * the events of a group in the order in which they came, and names a chunk by its first. What is left of deleted groups and
 * streams is found by their ids. `mac`: see `rows.ts`.
 */
export const migrations: readonly Migration[] = [
  {
    name: 'logs/0001-logs',
    sql: `
create table log_group (
  account text not null,
  region text not null,
  name text not null,
  id text not null,
  created_at bigint not null,
  retention bigint,
  class text not null,
  guarded bigint not null,
  tags text not null,
  kms_key text,
  key_number bigint not null,
  mac bytea not null,
  primary key (account, region, name)
);
create index log_group_by_retention on log_group (retention, account, region, name);
create table log_group_key (
  account text not null,
  region text not null,
  group_id text not null,
  number bigint not null,
  wrapped bytea not null,
  mac bytea not null,
  primary key (account, region, group_id, number)
);
create table log_usage (
  account text not null,
  region text not null,
  group_id text not null,
  next_ordinal bigint not null,
  bytes bigint not null,
  primary key (account, region, group_id)
);
create table log_stream (
  account text not null,
  region text not null,
  group_id text not null,
  name text not null,
  id text not null,
  created_at bigint not null,
  first_at bigint,
  last_at bigint,
  ingested_at bigint,
  primary key (account, region, group_id, name)
);
create index log_stream_by_last on log_stream (account, region, group_id, last_at, name);
create index log_stream_by_id on log_stream (account, region, group_id, id);
create table log_chunk (
  account text not null,
  region text not null,
  group_id text not null,
  stream_id text not null,
  ordinal bigint not null,
  last_ordinal bigint not null,
  first_at bigint not null,
  last_at bigint not null,
  events bigint not null,
  bytes bigint not null,
  key_number bigint not null,
  sealed bytea not null,
  primary key (account, region, group_id, stream_id, ordinal)
);
create index log_chunk_by_ordinal on log_chunk (account, region, group_id, last_ordinal);
create index log_chunk_by_first on log_chunk (account, region, group_id, first_at, ordinal);
create index log_chunk_by_last on log_chunk (account, region, group_id, last_at, ordinal);
create index log_chunk_by_stream_first on log_chunk (account, region, group_id, stream_id, first_at, ordinal);
create index log_chunk_by_stream_last on log_chunk (account, region, group_id, stream_id, last_at, ordinal);
create table log_metric_filter (
  account text not null,
  region text not null,
  group_id text not null,
  name text not null,
  content text not null,
  created_at bigint not null,
  mac bytea not null,
  primary key (account, region, group_id, name)
);
create table log_subscription (
  account text not null,
  region text not null,
  group_id text not null,
  name text not null,
  content text not null,
  created_at bigint not null,
  mac bytea not null,
  primary key (account, region, group_id, name)
);`,
  },
]
