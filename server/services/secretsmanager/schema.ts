import type { Migration } from '#kernel/storage/migration'

/**
 * The tables of Secrets Manager. A label's row has the label in its primary key: the database itself holds that a label is
 * on at most one version. Times are milliseconds; `accessed_day` 0 says never, so that it can be ordered by.
 */
export const migrations: readonly Migration[] = [
  {
    name: 'secretsmanager/0001-secrets',
    sql: `
create table secret (
  account text not null,
  region text not null,
  id text not null,
  name text not null,
  suffix text not null,
  type text,
  description text,
  kms_key_id text,
  owning_service text,
  tags text,
  created_at bigint not null,
  changed_at bigint not null,
  accessed_day bigint not null,
  deleted_at bigint,
  purge_at bigint,
  primary key (account, region, id)
);
create unique index secret_by_name on secret (account, region, name);
create index secret_by_created on secret (account, region, created_at, name);
create index secret_by_changed on secret (account, region, changed_at, name);
create index secret_by_accessed on secret (account, region, accessed_day, name);
create table secret_version (
  account text not null,
  region text not null,
  secret text not null,
  version text not null,
  kind text not null,
  created_at bigint not null,
  accessed_day bigint not null,
  key_arn text not null,
  default_key bigint not null,
  data_key bytea not null,
  sealed bytea not null,
  primary key (account, region, secret, version)
);
create table secret_stage (
  account text not null,
  region text not null,
  secret text not null,
  stage text not null,
  version text not null,
  attached_at bigint not null,
  primary key (account, region, secret, stage)
);
`,
  },
  {
    // The policy of a secret goes where the secret goes. `policy_mac`: see `policies.ts`.
    name: 'secretsmanager/0002-policies',
    sql: `
alter table secret add column policy text;
alter table secret add column policy_principals text;
alter table secret add column policy_mac bytea;
`,
  },
  {
    // How a secret is rotated, and the rotation that runs: at most one for each secret. `mac`: see `rotations.ts`.
    name: 'secretsmanager/0003-rotation',
    sql: `
create table secret_rotation (
  account text not null,
  region text not null,
  secret text not null,
  enabled bigint not null,
  function_arn text,
  days bigint,
  schedule text,
  duration text,
  last_at bigint,
  based_at bigint,
  window_start bigint,
  window_end bigint,
  run_at bigint,
  configured_by text,
  mac bytea not null,
  primary key (account, region, secret)
);
create table secret_rotation_run (
  account text not null,
  region text not null,
  secret text not null,
  token text not null,
  phase text not null,
  step text not null,
  attempt bigint not null,
  not_before bigint not null,
  rotation_token text not null,
  started_at bigint not null,
  failure text,
  primary key (account, region, secret)
);
`,
  },
  {
    // Who tries a run (`node`, an incarnation of a process) and until when it lives; what became of what was promised; who
    // last read which version. All of it decides when functions run, so all of it carries a MAC: see `rotations.ts`,
    // `leases.ts`, `watches.ts`, `readers.ts`.
    name: 'secretsmanager/0004-rotation-care',
    sql: `
alter table secret_rotation_run add column node text;
alter table secret_rotation_run add column mac bytea;
create table rotation_node (
  id text not null,
  until bigint not null,
  mac bytea not null,
  primary key (id)
);
create table secret_rotation_watch (
  account text not null,
  region text not null,
  secret text not null,
  due_by bigint not null,
  held_since bigint not null,
  mac bytea not null,
  primary key (account, region, secret)
);
create index secret_rotation_watch_by_due on secret_rotation_watch (due_by);
create table secret_reader (
  account text not null,
  region text not null,
  secret text not null,
  principal text not null,
  version text not null,
  read_at bigint not null,
  rotates bigint not null,
  mac bytea not null,
  primary key (account, region, secret, principal)
);
`,
  },
  {
    // Why the last test of a rotation failed, for whoever runs the server. It decides nothing: no MAC.
    name: 'secretsmanager/0005-rotation-test',
    sql: `
create table secret_rotation_test (
  account text not null,
  region text not null,
  secret text not null,
  failed_at bigint not null,
  failure text not null,
  primary key (account, region, secret)
);
`,
  },
  {
    // A name may be used again while who had it waits to be deleted: of those that share one, one holds it (`holds` 1), and names mean
    // that one. The database itself keeps a name from having two holders, and an ARN from meaning two secrets.
    name: 'secretsmanager/0006-name-holders',
    sql: `
alter table secret add column holds bigint not null default 1;
drop index secret_by_name;
drop index secret_by_created;
drop index secret_by_changed;
drop index secret_by_accessed;
create unique index secret_by_name on secret (account, region, name, suffix);
create unique index secret_by_holder on secret (account, region, name) where holds = 1;
create index secret_by_created on secret (account, region, created_at, name, suffix);
create index secret_by_changed on secret (account, region, changed_at, name, suffix);
create index secret_by_accessed on secret (account, region, accessed_day, name, suffix);
`,
  },
  {
    // What happened to each secret, by whom, and pruned versions whose values are kept: see `history/`. Rows of the first two carry
    // MACs; the values are bound to their place as those of `secret_version` are.
    name: 'secretsmanager/0007-history',
    sql: `
create table secret_history (
  account text not null,
  region text not null,
  secret text not null,
  entry bigint not null,
  at bigint not null,
  held_since bigint not null,
  kind text not null,
  version text,
  author text not null,
  changes text not null,
  mac bytea not null,
  primary key (account, region, secret, entry)
);
create index secret_history_by_time on secret_history (at);
create table secret_gone (
  account text not null,
  region text not null,
  secret text not null,
  name text not null,
  suffix text not null,
  created_at bigint not null,
  gone_at bigint not null,
  mac bytea not null,
  primary key (account, region, secret)
);
create index secret_gone_by_name on secret_gone (account, region, name, suffix);
create index secret_gone_by_time on secret_gone (gone_at);
create table secret_version_past (
  account text not null,
  region text not null,
  secret text not null,
  version text not null,
  kind text not null,
  created_at bigint not null,
  accessed_day bigint not null,
  key_arn text not null,
  default_key bigint not null,
  data_key bytea not null,
  sealed bytea not null,
  archived_at bigint not null,
  primary key (account, region, secret, version)
);
create index secret_version_past_by_time on secret_version_past (archived_at);
`,
  },
]
