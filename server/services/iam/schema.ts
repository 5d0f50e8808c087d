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
  {
    name: 'iam/0002-groups-roles-providers',
    sql: `
create table iam_group (
  account text not null,
  region text not null,
  name_key text not null,
  name text not null,
  path text not null,
  id text not null,
  created_at bigint not null,
  mac bytea not null,
  primary key (account, region, name_key)
);
create unique index iam_group_by_id on iam_group (account, region, id);
create table iam_member (
  account text not null,
  region text not null,
  member text not null,
  of_group text not null,
  mac bytea not null,
  primary key (account, region, member, of_group)
);
create index iam_member_by_group on iam_member (account, region, of_group, member);
create table iam_role (
  account text not null,
  region text not null,
  name_key text not null,
  name text not null,
  path text not null,
  id text not null,
  description text,
  trust text not null,
  trust_principals text not null,
  max_session bigint not null,
  boundary text,
  tags text,
  linked_service text,
  created_at bigint not null,
  used_at bigint not null,
  used_region text,
  mac bytea not null,
  primary key (account, region, name_key)
);
create unique index iam_role_by_id on iam_role (account, region, id);
create unique index iam_role_by_unique_id on iam_role (id);
create unique index iam_user_by_unique_id on iam_user (id);
create index iam_role_by_boundary on iam_role (account, region, boundary);
create table iam_instance_profile (
  account text not null,
  region text not null,
  name_key text not null,
  name text not null,
  path text not null,
  id text not null,
  role text,
  tags text,
  created_at bigint not null,
  mac bytea not null,
  primary key (account, region, name_key)
);
create index iam_instance_profile_by_role on iam_instance_profile (account, region, role);
create table iam_login (
  account text not null,
  region text not null,
  owner text not null,
  hash bytea not null,
  former text not null,
  reset_required bigint not null,
  created_at bigint not null,
  changed_at bigint not null,
  used_at bigint not null,
  mac bytea not null,
  primary key (account, region, owner)
);
create table iam_password_policy (
  account text not null,
  region text not null,
  settings text not null,
  mac bytea not null,
  primary key (account, region)
);
create table iam_oidc_provider (
  account text not null,
  region text not null,
  url text not null,
  client_ids text not null,
  thumbprints text not null,
  tags text,
  created_at bigint not null,
  mac bytea not null,
  primary key (account, region, url)
);
create table iam_account_alias (
  account text not null,
  region text not null,
  alias text not null,
  mac bytea not null,
  primary key (account, region)
);
create unique index iam_account_alias_by_alias on iam_account_alias (alias);
create table iam_credential_report (
  account text not null,
  region text not null,
  content text not null,
  created_at bigint not null,
  primary key (account, region)
);
alter table iam_policy add column last_version bigint;
`,
  },
]
