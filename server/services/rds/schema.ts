import type { Migration } from '#kernel/storage/migration'

/** The tables of registered databases: of RDS, DocumentDB and Redshift. */
export const migrations: readonly Migration[] = [
  {
    // `mac`: see `databases.ts`. `password` and `next_password` are wrapped by the vault.
    name: 'rds/0001-databases',
    sql: `
create table registered_database (
  account text not null,
  region text not null,
  kind text not null,
  id text not null,
  resource_id text not null,
  engine text not null,
  engine_version text,
  instance_class text,
  host text not null,
  port bigint not null,
  reader_host text,
  aliases text not null,
  dbname text,
  username text not null,
  ca text,
  replica_of text,
  cluster text,
  writer bigint not null,
  tags text not null,
  secret_arn text,
  kms_key_id text,
  password bytea,
  next_password bytea,
  created_at bigint not null,
  mac bytea not null,
  primary key (account, region, kind, id)
);
create index registered_database_by_secret on registered_database (account, region, secret_arn);
create index registered_database_by_cluster on registered_database (account, region, cluster);
create index registered_database_by_source on registered_database (account, region, replica_of);
create table registered_host (
  account text not null,
  region text not null,
  host text not null,
  kind text not null,
  id text not null,
  primary key (account, region, host, kind, id)
);
`,
  },
]
