import type { Migration } from '#kernel/storage/migration'
import { deliveryMigrations } from './delivery/schema.ts'

/**
 * Trails. `region` is a trail's home. `selection` and `tags` are JSON. `mac` (trails.ts) is over all columns: they say where copies of
 * the records go. `trail_status` tells how deliveries went: whoever forges it lies to himself.
 */
export const migrations: readonly Migration[] = [
  {
    name: 'cloudtrail/0001-trails',
    sql: `
create table trail (
  account text not null,
  region text not null,
  name text not null,
  bucket text not null,
  prefix text,
  global_events bigint not null,
  multi_region bigint not null,
  validation bigint not null,
  recursive_logging bigint not null,
  log_group text,
  log_role text,
  kms_key text,
  selection text not null,
  tags text not null,
  logging bigint not null,
  created_at bigint not null,
  started_at bigint,
  stopped_at bigint,
  mac bytea not null,
  primary key (account, region, name)
);
create table trail_status (
  account text not null,
  region text not null,
  name text not null,
  delivery_at bigint,
  delivery_attempt_at bigint,
  delivery_error text,
  digest_at bigint,
  digest_error text,
  logs_at bigint,
  logs_error text,
  primary key (account, region, name)
);
`,
  },
  ...deliveryMigrations,
]
