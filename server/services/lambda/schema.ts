import type { Migration } from '#kernel/storage/migration'

/**
 * Functions, their versions, code, aliases, permissions and waiting events. Code and events are sealed in parts under data keys
 * that the vault has wrapped, environments under one of the vault or of KMS. `mac`: see `rows.ts`.
 */
export const migrations: readonly Migration[] = [
  {
    name: 'lambda/0001-functions',
    sql: `
create table lambda_function (
  account text not null,
  region text not null,
  name text not null,
  id text not null,
  created_at bigint not null,
  reserved bigint,
  tags text not null,
  last_version bigint not null,
  mac bytea not null,
  primary key (account, region, name)
);
create table lambda_version (
  account text not null,
  region text not null,
  name text not null,
  number bigint not null,
  function_id text not null,
  settings text not null,
  environment_id text,
  environment_key bytea,
  environment bytea,
  environment_kms text,
  code_id text not null,
  code_sha256 text not null,
  code_bytes bigint not null,
  revision text not null,
  modified_at bigint not null,
  mac bytea not null,
  primary key (account, region, name, number)
);
create index lambda_version_by_code on lambda_version (account, region, code_id);
create table lambda_code (
  account text not null,
  region text not null,
  id text not null,
  parts bigint not null,
  bytes bigint not null,
  wrapped bytea not null,
  primary key (account, region, id)
);
create table lambda_code_part (
  account text not null,
  region text not null,
  code_id text not null,
  part bigint not null,
  sealed bytea not null,
  primary key (account, region, code_id, part)
);
create table lambda_alias (
  account text not null,
  region text not null,
  function_name text not null,
  name text not null,
  function_id text not null,
  version text not null,
  route text,
  description text not null,
  revision text not null,
  mac bytea not null,
  primary key (account, region, function_name, name)
);
create table lambda_policy (
  account text not null,
  region text not null,
  function_name text not null,
  qualifier text not null,
  function_id text not null,
  document text not null,
  principals text not null,
  revision text not null,
  mac bytea not null,
  primary key (account, region, function_name, qualifier)
);
create table lambda_event (
  account text not null,
  region text not null,
  id text not null,
  function_name text not null,
  function_id text not null,
  qualifier text not null,
  queued_at bigint not null,
  attempts bigint not null,
  wrapped bytea not null,
  sealed bytea not null,
  primary key (account, region, id)
);
create index lambda_event_by_function on lambda_event (account, region, function_name);`,
  },
  {
    name: 'lambda/0002-built-in',
    sql: `
create table lambda_built_in (
  account text not null,
  region text not null,
  name text not null,
  variables text not null,
  revision text not null,
  modified_at bigint not null,
  mac bytea not null,
  primary key (account, region, name)
);`,
  },
  // how many events of EventBridge, one causing the next, stand behind it: kernel/events/causes.ts
  { name: 'lambda/0003-depth', sql: 'alter table lambda_event add column depth bigint not null default 0;' },
]
