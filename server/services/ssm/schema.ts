import type { Migration } from '#kernel/storage/migration'

/**
 * Parameters of Systems Manager. `key` is the name without its leading slash, `parent` all of it before the last one (the empty text
 * at the root): a level of the hierarchy is one range of `parameter_by_parent`, everything below a path one range of the primary key.
 * `mac` of a version: see `rows.ts`.
 */
export const migrations: readonly Migration[] = [
  {
    name: 'ssm/0001-parameters',
    sql: `
create table parameter (
  account text not null,
  region text not null,
  key text not null,
  id text not null,
  name text not null,
  parent text not null,
  latest bigint not null,
  tier text not null,
  tags text,
  expires_at bigint,
  created_at bigint not null,
  primary key (account, region, key)
);
create index parameter_by_parent on parameter (account, region, parent, key);
create table parameter_version (
  account text not null,
  region text not null,
  parameter text not null,
  version bigint not null,
  type text not null,
  tier text not null,
  data_type text not null,
  key_id text,
  description text,
  allowed_pattern text,
  policies text,
  content bytea not null,
  modified_at bigint not null,
  modified_by text not null,
  mac bytea not null,
  primary key (account, region, parameter, version)
);
create table parameter_label (
  account text not null,
  region text not null,
  parameter text not null,
  label text not null,
  version bigint not null,
  primary key (account, region, parameter, label)
);
`,
  },
]
