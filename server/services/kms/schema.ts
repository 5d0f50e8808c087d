import type { Migration } from '#kernel/storage/migration'

/**
 * Keys, their material (wrapped by the vault, bound to its row) and aliases. A material id is unique in its region, since a
 * ciphertext names nothing else. `mac`: see `rows.ts`.
 */
export const migrations: readonly Migration[] = [
  {
    name: 'kms/0001-keys',
    sql: `
create table kms_key (
  account text not null,
  region text not null,
  id text not null,
  description text not null,
  manager text not null,
  origin text not null,
  spec text not null,
  usage text not null,
  state text not null,
  created_at bigint not null,
  deletion_at bigint,
  material_id text not null,
  policy text not null,
  tags text not null,
  mac bytea not null,
  primary key (account, region, id)
);
create table kms_material (
  account text not null,
  region text not null,
  key_id text not null,
  id text not null,
  wrapped bytea not null,
  created_at bigint not null,
  primary key (account, region, key_id, id)
);
create unique index kms_material_by_id on kms_material (region, id);
create table kms_alias (
  account text not null,
  region text not null,
  name text not null,
  key_id text not null,
  created_at bigint not null,
  updated_at bigint not null,
  mac bytea not null,
  primary key (account, region, name)
);
create index kms_alias_by_key on kms_alias (account, region, key_id, name);`,
  },
  {
    // Null in keys that were made before: their policies name principals by ARN alone, as they always did.
    name: 'kms/0002-principals',
    sql: 'alter table kms_key add column policy_principals text;',
  },
]
