import type { Migration } from '#kernel/storage/migration'

/**
 * What goes out to targets, what could not (for 14 days), and where calls go to: connections and API destinations. `sealed`: rule,
 * target, event and what is sent, under the vault; bound to the row's id, so no row can be given another's. `event_pace`: when the next
 * call to a destination may be made. `mac`: see `destinations/rows.ts`.
 */
export const deliveryMigrations: readonly Migration[] = [
  {
    name: 'events/0002-delivery',
    sql: `
create table event_delivery (
  account text not null,
  region text not null,
  id text not null,
  rule text not null,
  target text not null,
  created_at bigint not null,
  attempts bigint not null,
  sealed bytea not null,
  primary key (account, region, id)
);
create table event_failed (
  account text not null,
  region text not null,
  id text not null,
  rule text not null,
  target text not null,
  created_at bigint not null,
  failed_at bigint not null,
  attempts bigint not null,
  code text not null,
  reason text not null,
  sealed bytea not null,
  primary key (account, region, id)
);
create index event_failed_by_account on event_failed (account, failed_at, id);
create index event_failed_by_time on event_failed (failed_at, id);
create table event_connection (
  account text not null,
  region text not null,
  name text not null,
  id text not null,
  description text,
  authorization_type text not null,
  shown text not null,
  secret text not null,
  kms_key text,
  state text not null,
  state_reason text,
  created_at bigint not null,
  modified_at bigint not null,
  authorized_at bigint,
  mac bytea not null,
  primary key (account, region, name)
);
create table event_destination (
  account text not null,
  region text not null,
  name text not null,
  id text not null,
  description text,
  connection text not null,
  endpoint text not null,
  method text not null,
  rate bigint not null,
  created_at bigint not null,
  modified_at bigint not null,
  mac bytea not null,
  primary key (account, region, name)
);
create index event_destination_by_connection on event_destination (account, region, connection, name);
create table event_pace (
  account text not null,
  region text not null,
  id text not null,
  next_at bigint not null,
  primary key (account, region, id)
);
`,
  },
  {
    name: 'events/0003-backlog',
    // how much an account has on its way, and how much of what could not be delivered is kept, without reading any of it
    sql: `
alter table event_delivery add column size_bytes bigint not null default 0;
create index event_delivery_backlog on event_delivery (account, size_bytes);
alter table event_failed add column size_bytes bigint not null default 0;
create index event_failed_size on event_failed (account, size_bytes);
`,
  },
]
