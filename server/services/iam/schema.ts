import type { Migration } from '#kernel/storage/migration'

/**
 * The tables of IAM. Everything belongs to an account; `region` is always `global`. Names are compared without regard to
 * case, so `name_key` (lower case) is the key and `name` keeps the spelling. What belongs to an entity hangs on its unique
 * id, which a namesake made later does not have. Times are milliseconds. `mac`: see `rows.ts`.
 */
export const migrations: readonly Migration[] = [
  {
    name: 'iam/0001-users',
    sql: `
create table account (
  account text not null,
  region text not null,
  created_at bigint not null,
  primary key (account, region)
);
create table iam_user (
  account text not null,
  region text not null,
  name_key text not null,
  name text not null,
  path text not null,
  id text not null,
  boundary text,
  tags text,
  created_at bigint not null,
  mac bytea not null,
  primary key (account, region, name_key)
);
create unique index iam_user_by_id on iam_user (account, region, id);
create index iam_user_by_boundary on iam_user (account, region, boundary);
create table iam_access_key (
  account text not null,
  region text not null,
  id text not null,
  owner text not null,
  status text not null,
  secret bytea not null,
  mac bytea not null,
  created_at bigint not null,
  used_at bigint not null,
  used_service text,
  used_region text,
  primary key (account, region, id)
);
create unique index iam_access_key_by_id on iam_access_key (id);
create index iam_access_key_by_owner on iam_access_key (account, region, owner, id);
create table iam_retired_key (
  account text not null,
  region text not null,
  id text not null,
  primary key (account, region, id)
);
create unique index iam_retired_key_by_id on iam_retired_key (id);
create table iam_inline_policy (
  account text not null,
  region text not null,
  owner text not null,
  name_key text not null,
  name text not null,
  document text not null,
  mac bytea not null,
  primary key (account, region, owner, name_key)
);
create table iam_policy (
  account text not null,
  region text not null,
  name_key text not null,
  name text not null,
  path text not null,
  id text not null,
  arn text not null,
  description text,
  tags text,
  default_version bigint not null,
  created_at bigint not null,
  updated_at bigint not null,
  mac bytea not null,
  primary key (account, region, name_key)
);
create unique index iam_policy_by_arn on iam_policy (account, region, arn);
create table iam_policy_version (
  account text not null,
  region text not null,
  policy text not null,
  version bigint not null,
  document text not null,
  created_at bigint not null,
  mac bytea not null,
  primary key (account, region, policy, version)
);
create table iam_attachment (
  account text not null,
  region text not null,
  owner text not null,
  policy_key text not null,
  mac bytea not null,
  primary key (account, region, owner, policy_key)
);
create index iam_attachment_by_policy on iam_attachment (account, region, policy_key);
`,
  },
]
