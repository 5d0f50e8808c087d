import type { Migration } from '#kernel/storage/migration'

/**
 * Parameters of Systems Manager. `key` is the name without its leading slash, `parent` all of it before the last one (the empty text
 * at the root): a level of the hierarchy is one range of `parameter_by_parent`, everything below a path one range of the primary key.
 * `mac`: see `rows.ts`.
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
  mac bytea not null,
  primary key (account, region, key)
);
create index parameter_by_parent on parameter (account, region, parent, key);
create index parameter_by_tier on parameter (account, region, tier);
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
  mac bytea not null,
  primary key (account, region, parameter, label)
);
`,
  },
  {
    // Resource policies stand in the parameter's own row, as JSON, so that whoever reads it needs no second statement. Whom it is
    // shared with is in the index; who is let in the policies say. Settings: see `settings.ts`.
    name: 'ssm/0002-sharing',
    sql: `
alter table parameter add column sharing text;
alter table parameter add column sharing_mac bytea;
create table parameter_share (
  consumer text not null,
  region text not null,
  account text not null,
  key text not null,
  parameter text not null,
  primary key (consumer, region, account, key)
);
create index parameter_share_by_parameter on parameter_share (account, region, parameter);
create table parameter_setting (
  account text not null,
  region text not null,
  setting text not null,
  value text not null,
  modified_at bigint not null,
  modified_by text not null,
  primary key (account, region, setting)
);
`,
  },
  {
    // Policies that have had their effect: `policy` is the SHA-256 of one's text, `due_at` when it was due (jobs.ts). And the one
    // version of a parameter that is looked at before it is seen (images.ts); it has the MAC of its row.
    name: 'ssm/0003-later',
    sql: `
create table parameter_policy (
  account text not null,
  region text not null,
  parameter text not null,
  policy text not null,
  due_at bigint not null,
  primary key (account, region, parameter, policy, due_at)
);
create table parameter_pending (
  account text not null,
  region text not null,
  key text not null,
  write text not null,
  content bytea not null,
  mac bytea not null,
  primary key (account, region, key)
);
`,
  },
]
