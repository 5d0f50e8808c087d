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
]
