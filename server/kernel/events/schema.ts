import type { Migration } from '#kernel/storage/migration'

/**
 * Events that were announced, for a day. `place`: in which order, about a thousandth of a millisecond; `delivered`: 1 when it was
 * handed to everybody whom it is for.
 */
export const eventMigrations: readonly Migration[] = [
  {
    name: 'events/0001-outbox',
    sql: `
create table event_outbox (
  id text not null primary key,
  place bigint not null,
  account text not null,
  region text not null,
  source text not null,
  detail_type text not null,
  time bigint not null,
  resources text not null,
  detail text not null,
  delivered bigint not null
);
create index event_outbox_by_place on event_outbox (place, id);
create index event_outbox_left on event_outbox (place, id) where delivered = 0;
`,
  },
  // the access key of the call behind the event, empty for none
  { name: 'events/0002-by', sql: `alter table event_outbox add column by_key text not null default '';` },
  {
    // see causes.ts
    name: 'events/0003-causes',
    sql: `
create table event_cause (
  access_key text not null,
  began_at bigint not null,
  ended_at bigint,
  depth bigint not null,
  primary key (access_key, began_at)
);
create index event_cause_by_time on event_cause (began_at);
`,
  },
]
