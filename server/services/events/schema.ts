import type { Migration } from '#kernel/storage/migration'
import { deliveryMigrations } from './delivery/schema.ts'

/**
 * Buses, rules and targets. The default bus of an account has a row only when something was set on it. `mac`: see `rows.ts`; what a
 * target is handed may hold anything, so it is sealed (and needs no MAC besides).
 */
export const migrations: readonly Migration[] = [
  {
    name: 'events/0001-rules',
    sql: `
create table event_bus (
  account text not null,
  region text not null,
  name text not null,
  description text,
  kms_key text,
  dead_letter text,
  log text,
  policy text,
  policy_principals text,
  tags text not null,
  created_at bigint,
  changed_at bigint,
  mac bytea not null,
  primary key (account, region, name)
);
create table event_rule (
  account text not null,
  region text not null,
  bus text not null,
  name text not null,
  id text not null,
  pattern text,
  schedule text,
  state text not null,
  description text,
  role text,
  tags text not null,
  created_by text not null,
  created_at bigint not null,
  scheduled_at bigint not null,
  mac bytea not null,
  primary key (account, region, bus, name)
);
create table event_target (
  account text not null,
  region text not null,
  bus text not null,
  rule text not null,
  id text not null,
  arn text not null,
  sealed bytea not null,
  primary key (account, region, bus, rule, id)
);
create index event_target_by_arn on event_target (account, region, bus, arn, rule);
`,
  },
  ...deliveryMigrations,
]
