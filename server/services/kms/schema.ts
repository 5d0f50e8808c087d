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
  {
    // multi_region: PRIMARY or REPLICA, null for a key of one Region. waiting_days: of a primary that is to be deleted when
    // its replicas are gone. Materials are counted from 1 in `version`, null is 1. same_as: what makes two CreateGrant the
    // same one. The keys that AWS manages rotate every year, those that are there already too.
    name: 'kms/0003-tier1',
    sql: `
alter table kms_key add column multi_region text;
alter table kms_key add column primary_region text;
alter table kms_key add column rotation_days bigint;
alter table kms_key add column next_rotation_at bigint;
alter table kms_key add column on_demand_rotations bigint;
alter table kms_key add column waiting_days bigint;
create index kms_key_by_id on kms_key (account, id, region);
alter table kms_material add column version bigint;
alter table kms_material add column rotated_at bigint;
alter table kms_material add column rotation_type text;
create table kms_grant (
  account text not null,
  region text not null,
  key_id text not null,
  id text not null,
  name text not null,
  grantee text not null,
  grantee_id text not null,
  retiring text,
  retiring_id text,
  operations text not null,
  constraints text,
  issuer text not null,
  same_as text,
  created_at bigint not null,
  mac bytea not null,
  primary key (account, region, key_id, id)
);
create index kms_grant_by_grantee on kms_grant (account, region, key_id, grantee_id, id);
create index kms_grant_by_retiring on kms_grant (region, retiring_id, account, key_id, id);
create index kms_grant_same on kms_grant (account, region, key_id, same_as);
create table kms_last_use (
  account text not null,
  region text not null,
  key_id text not null,
  operation text not null,
  used_at bigint not null,
  event_id text not null,
  request_id text not null,
  primary key (account, region, key_id)
);
insert into job (kind, key, due_at, next_at, attempts, payload)
select 'kms/rotate-key', 'arn:aws:kms:' || region || ':' || account || ':key/' || id,
  created_at + 31536000000, created_at + 31536000000, 0,
  '{"account":"' || account || '","region":"' || region || '","id":"' || id || '"}'
from kms_key where manager = 'AWS';`,
  },
  {
    // What is known of imported material besides its bytes. The row in kms_material stays when the bytes are gone: its
    // `wrapped` is empty then. pending: it waits for a rotation to become the key's.
    name: 'kms/0004-import',
    sql: `
alter table kms_key add column material_model text;
alter table kms_key add column material_expires_at bigint;
create table kms_import (
  account text not null,
  region text not null,
  key_id text not null,
  material_id text not null,
  description text not null,
  expires_at bigint,
  pending bigint not null,
  imported_at bigint not null,
  mac bytea not null,
  primary key (account, region, key_id, material_id)
);`,
  },
]
