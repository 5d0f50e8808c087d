import type { Migration } from '#kernel/storage/migration'

/**
 * What is billed by the hour, as intervals: a row for each resource and set of tags, `until` null while it lasts. So the census of every
 * hour is kept in as many rows as there were changes. `began`: when the resource came to be; `id`: what its service orders it by.
 * `metered_count`: how many there were at each full hour, of each kind; also what is not billed.
 */
export const meteringMigrations: readonly Migration[] = [
  {
    name: 'metering/0001-metered',
    sql: `
create table metered (
  source text not null,
  account text not null,
  region text not null,
  id text not null,
  since bigint not null,
  until bigint,
  began bigint not null,
  kind text not null,
  resource text not null,
  name text not null,
  tags text not null,
  primary key (source, account, region, id, since)
);
create index metered_by_until on metered (until);
create table metered_count (
  account text not null,
  region text not null,
  kind text not null,
  at bigint not null,
  count bigint not null,
  primary key (account, region, kind, at)
);
create index metered_count_by_time on metered_count (at);
`,
  },
]
