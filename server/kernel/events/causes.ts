import { statement, type Unit } from '#kernel/storage/storage'

/**
 * Which access keys were in the hands of functions that an event had started, and when: what was done with such a key then was
 * caused by that event. So a circle of events is known for one, however it is closed. `depth`: 1 for what a first event causes, 2 for
 * what that causes, and so on. Source: surroundings.md 4.2 (loop guard), trap 21.
 */

const began = statement(
  'event-cause/began',
  `insert into event_cause (access_key, began_at, ended_at, depth) values (:key, :now, null, :depth)
   on conflict (access_key, began_at) do update set depth = excluded.depth, ended_at = null`,
)
const ended = statement(
  'event-cause/ended',
  'update event_cause set ended_at = :now where access_key = :key and ended_at is null',
)
const forget = statement('event-cause/forget', 'delete from event_cause where began_at < :before')
const deepest = statement(
  'event-cause/depth',
  `select max(depth) as depth from event_cause
   where access_key = :key and began_at <= :until and (ended_at is null or ended_at >= :from)`,
)

/** Credentials of functions do not last longer, by far; what is asked about is followed within seconds. */
const KEPT_MS = 48 * 3_600_000
/** Records of the trail know the second in which a call was made. */
const SECOND_MS = 1000

/** A function that an event has started goes to work with this key. */
export async function causeBegan(unit: Unit, key: string, depth: number, now: number): Promise<void> {
  await unit.run(forget, { before: now - KEPT_MS })
  await unit.run(began, { key, now, depth })
}

/** It has ended: the next to have the key may be started by somebody else. */
export async function causeEnded(unit: Unit, key: string, now: number): Promise<void> {
  await unit.run(ended, { key, now })
}

/** How deep what was done with a key at a time is: 0 when no event was behind it. */
export async function causeDepth(unit: Unit, key: string, time: number): Promise<number> {
  // only temporary credentials are ever in the hands of a function
  if (!key.startsWith('ASIA')) return 0
  const row = await unit.get<{ depth: number | null }>(deepest, {
    key,
    until: time + SECOND_MS,
    from: time - SECOND_MS,
  })
  return Number(row?.depth ?? 0)
}
