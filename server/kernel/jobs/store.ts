import type { Jobs } from '#kernel/jobs/jobs'
import { statement, type Unit } from '#kernel/storage/storage'

const put = statement(
  'job/put',
  `insert into job (kind, key, due_at, next_at, attempts, payload)
   values (:kind, :key, :dueAt, :dueAt, 0, :payload)
   on conflict (kind, key) do update set
     due_at = excluded.due_at, next_at = excluded.next_at, attempts = 0, payload = excluded.payload`,
)

const putUnlessThere = statement(
  'job/put-unless-there',
  `insert into job (kind, key, due_at, next_at, attempts, payload)
   values (:kind, :key, :dueAt, :dueAt, 0, :payload) on conflict (kind, key) do nothing`,
)

const remove = statement('job/remove', 'delete from job where kind = :kind and key = :key')

/** The list in the store. Source of the rule "same key replaces": jobs.ts. */
export const jobs: Jobs = {
  async schedule(unit, { kind, key, dueAt, payload }) {
    await unit.run(put, { kind, key, dueAt, payload: JSON.stringify(payload ?? null) })
  },
  async cancel(unit, kind, key) {
    await unit.run(remove, { kind, key })
  },
}

/** Puts a job down unless there is one of this kind and key: that one stays as it is. */
export async function scheduleUnlessThere(unit: Unit, job: Parameters<Jobs['schedule']>[1]): Promise<void> {
  const { kind, key, dueAt, payload } = job
  await unit.run(putUnlessThere, { kind, key, dueAt, payload: JSON.stringify(payload ?? null) })
}
