import type { Migration } from '#kernel/storage/migration'

/** Metrics and alarms. */
export const migrations: readonly Migration[] = [
  {
    // `key`: of the names (model/metric.ts). `at`: seconds, when the slot begins; `resolution`: its length in seconds. `values`: packed
    // (model/aggregate.ts). What is put is added up at once in slots of all lengths, so that late values count everywhere.
    name: 'cloudwatch/0001-metrics',
    sql: `
create table metric (
  account text not null,
  region text not null,
  key text not null,
  namespace text not null,
  name text not null,
  dimensions text not null,
  first_at bigint not null,
  last_at bigint not null,
  primary key (account, region, key)
);
create index metric_by_name on metric (account, region, namespace, name, key);
create index metric_by_last on metric (last_at);
create table metric_point (
  account text not null,
  region text not null,
  metric text not null,
  resolution bigint not null,
  at bigint not null,
  unit text not null,
  content bytea not null,
  primary key (account, region, metric, resolution, at, unit)
);
create index metric_point_by_age on metric_point (resolution, at);
`,
  },
  {
    // `settings`, `tags`: JSON. `state` and what goes with it is written at each evaluation that changes something. The MAC is over
    // everything: actions decide where data goes (alarms.ts).
    name: 'cloudwatch/0002-alarms',
    sql: `
create table alarm (
  account text not null,
  region text not null,
  name text not null,
  kind text not null,
  settings text not null,
  tags text not null,
  enabled bigint not null,
  state text not null,
  reason text not null,
  reason_data text,
  state_at bigint not null,
  transition_at bigint not null,
  configured_at bigint not null,
  mac bytea not null,
  primary key (account, region, name)
);
create table alarm_history (
  account text not null,
  region text not null,
  name text not null,
  at bigint not null,
  place bigint not null,
  kind text not null,
  type text not null,
  summary text not null,
  content text not null,
  primary key (account, region, at, place)
);
create index alarm_history_by_alarm on alarm_history (account, region, name, at, place);
create index alarm_history_by_age on alarm_history (at);
`,
  },
]
