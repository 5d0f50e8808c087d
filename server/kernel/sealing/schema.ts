import type { Migration } from '#kernel/storage/migration'

/**
 * `seal`: the root key, wrapped once for each seal that may open the store. `keyring`: what the root key wraps, one row
 * for each term. Both belong to the installation, not to an account.
 */
export const migrations: readonly Migration[] = [
  {
    name: 'sealing/0001-seal-and-keyring',
    sql: `
create table seal (
  id text not null primary key,
  kind text not null,
  parameters text not null,
  wrapped_root bytea not null
);
create table keyring (
  term bigint not null primary key,
  wrapped bytea not null
);`,
  },
  {
    // Null in rows of before. root_key: one row for each root key since the second; seal_drill: the last proven drill.
    name: 'sealing/0002-several-seals',
    sql: `
alter table seal add column wrapping text;
alter table seal add column public_key bytea;
alter table seal add column created_at bigint;
alter table seal add column mac bytea;
alter table keyring add column usable_at bigint;
create table root_key (
  number bigint not null primary key,
  link bytea,
  made_at bigint not null
);
create table seal_drill (
  id bigint not null primary key,
  proven_at bigint not null,
  seal text not null,
  mac bytea not null
);`,
  },
  {
    name: 'sealing/0003-box-keys',
    sql: 'alter table seal add column box_key bytea;',
  },
]
