import type { Migration } from '#kernel/storage/migration'

/**
 * What is on its way to buckets, and what is there. `home`: of the trail. `region`: of the records. `started_at`: when the trail
 * began to log, which with its name is a session of it. What is sealed is wrapped by the vault and bound to its row; `mac` (rows.ts) is
 * over all other columns but those that say how far the work is. `trail_file` and `trail_digest` are the memory that a folder lacks: what
 * was put there, and which of it was taken away by the rule of retention.
 */
export const deliveryMigrations: readonly Migration[] = [
  {
    name: 'cloudtrail/0002-delivery',
    sql: `
create table trail_session (
  account text not null,
  home text not null,
  name text not null,
  started_at bigint not null,
  sealed bytea not null,
  primary key (account, home, name, started_at)
);
create table trail_part (
  account text not null,
  home text not null,
  name text not null,
  started_at bigint not null,
  region text not null,
  seq bigint not null,
  records bigint not null,
  size_bytes bigint not null,
  oldest bigint not null,
  newest bigint not null,
  sealed bytea not null,
  primary key (account, home, name, started_at, region, seq)
);
create table trail_file (
  bucket text not null,
  object text not null,
  account text not null,
  home text not null,
  name text not null,
  started_at bigint not null,
  region text not null,
  state text not null,
  upto bigint not null,
  hash text,
  sealed_hash text,
  oldest bigint,
  newest bigint,
  delivered_at bigint,
  digest text,
  mac bytea not null,
  primary key (bucket, object)
);
create index trail_file_of on trail_file (account, home, name, started_at, region, state);
create index trail_file_by_time on trail_file (state, delivered_at);
create index trail_file_by_digest on trail_file (digest);
create table trail_digest (
  bucket text not null,
  object text not null,
  account text not null,
  home text not null,
  name text not null,
  started_at bigint not null,
  region text not null,
  state text not null,
  start_at bigint not null,
  end_at bigint not null,
  hash text not null,
  signature text not null,
  fingerprint text not null,
  ended bigint not null,
  sealed bytea,
  mac bytea not null,
  primary key (bucket, object)
);
create index trail_digest_of on trail_digest (account, home, name, region, end_at);
create index trail_digest_by_time on trail_digest (state, end_at);
create table trail_signing_key (
  account text not null,
  region text not null,
  fingerprint text not null,
  public_key bytea not null,
  sealed bytea not null,
  from_at bigint not null,
  to_at bigint not null,
  retired bigint not null,
  mac bytea not null,
  primary key (account, region, fingerprint)
);
create table trail_bucket (
  bucket text not null,
  account text not null,
  region text not null,
  created_at bigint not null,
  mac bytea not null,
  primary key (bucket)
);
create index trail_bucket_of on trail_bucket (account, bucket);
`,
  },
]
