import type { Migration } from '#kernel/storage/migration'

/** The list of what is to be done later. */
export const jobMigrations: readonly Migration[] = [
  {
    name: 'jobs/0001-jobs',
    // due_at: the time the work is for. next_at: when it is tried next; later than due_at after a failure.
    sql: `create table job (
  kind text not null,
  key text not null,
  due_at bigint not null,
  next_at bigint not null,
  attempts bigint not null,
  payload text not null,
  primary key (kind, key)
);
create index job_by_time on job (next_at, kind, key);`,
  },
]
