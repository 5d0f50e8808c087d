import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import { scheduleUnlessThere } from '#kernel/jobs/store'
import type { Unit } from '#kernel/storage/storage'
import { type Groups, type Limits, of } from './groups.ts'
import { type LogGroup, type LogStream, oldestShown } from './model/group.ts'
import type { Cell } from './model/names.ts'
import * as sql from './store.sql.ts'

const REMOVE = 'logs/remove'
const TRIM = 'logs/trim'
const EXPIRE = 'logs/expire'

const HOUR_MS = 3_600_000
/** Rows that one step removes. */
const STEP = 200
/** Groups that one step looks at. */
const GROUPS = 50
/** A group is looked at when it has grown by such a part of what it may have. */
const PART = 16

interface Left extends Cell {
  readonly id: string
  /** Empty: everything of the group. */
  readonly stream: string
}

interface Grown extends Cell {
  readonly name: string
  readonly id: string
}

/** What a group's events take, and how they go: what is deleted, too much, or too old. In one unit of work. */
export class Leavings {
  readonly #unit: Unit
  readonly #jobs: Jobs
  readonly #limits: Limits

  constructor(unit: Unit, jobs: Jobs, limits: Limits) {
    this.#unit = unit
    this.#jobs = jobs
    this.#limits = limits
  }

  /** Everything of a group, or of one stream in it, goes. */
  async remove({ account, region, id }: LogGroup, stream: LogStream | undefined, now: number): Promise<void> {
    const payload: Left = { account, region, id, stream: stream?.id ?? '' }
    await this.#jobs.schedule(this.#unit, { kind: REMOVE, key: `${id}/${payload.stream}`, dueAt: now, payload })
  }

  /** A group has grown to so many bytes, by `added`: from time to time it is looked whether that is too much. */
  async grown({ account, region, name, id }: LogGroup, bytes: number, added: number, now: number): Promise<void> {
    const part = Math.max(1, Math.floor(Math.min(this.#limits.groupBytes, this.#limits.accountBytes) / PART))
    if (Math.floor(bytes / part) === Math.floor((bytes - added) / part)) return
    const payload: Grown = { account, region, name, id }
    await scheduleUnlessThere(this.#unit, { kind: TRIM, key: id, dueAt: now, payload })
  }

  /** Events of groups with a retention go. */
  async expire(now: number): Promise<void> {
    await scheduleUnlessThere(this.#unit, { kind: EXPIRE, key: 'all', dueAt: now, payload: null })
  }
}

interface Parts {
  readonly jobs: Jobs
  readonly limits: Limits
  readonly groups: (unit: Unit) => Groups
}

interface Doomed {
  readonly stream_id: string
  readonly ordinal: number
  readonly last_at: number
  readonly bytes: number
}

/** What is done later, in steps. */
export function handlersOf({ jobs, limits, groups }: Parts): readonly JobHandler[] {
  return [
    {
      kind: REMOVE,
      async run(unit, payload, now) {
        const { account, region, id, stream } = payload as Left
        const group = { account, region, group_id: id }
        const again = () => jobs.schedule(unit, { kind: REMOVE, key: `${id}/${stream}`, dueAt: now, payload })
        const rows = await unit.all<Doomed>(sql.someChunks, { ...group, stream_id: stream, limit: STEP })
        await removeChunks(unit, group, rows)
        if (rows.length === STEP) return again()
        if (stream !== '') return
        const streams = await unit.all<{ name: string }>(sql.someStreams, { ...group, limit: STEP })
        for (const { name } of streams) await unit.run(sql.deleteStream, { ...group, name })
        if (streams.length === STEP) return again()
        for (const leaving of sql.deleteLeavings) await unit.run(leaving, group)
      },
    },
    {
      kind: TRIM,
      async run(unit, payload, now) {
        const { account, region, name, id } = payload as Grown
        const group = await groups(unit).find({ account, region, name })
        if (group?.id !== id) return
        const bytes = await groups(unit).bytes(group)
        const all = Number((await unit.get<{ bytes: number }>(sql.usageOfAccount, { account, region }))?.bytes ?? 0)
        const over = Math.min(bytes, Math.max(bytes - limits.groupBytes, all - limits.accountBytes))
        if (over <= 0) return
        const rows = await unit.all<Doomed>(sql.oldestChunks, {
          ...of(group),
          ...{ until: Number.MAX_SAFE_INTEGER, limit: STEP },
        })
        let left = over
        const doomed = rows.filter((row) => {
          const goes = left > 0
          left -= row.bytes
          return goes
        })
        await removeChunks(unit, of(group), doomed)
        if (left > 0 && doomed.length > 0) await jobs.schedule(unit, { kind: TRIM, key: id, dueAt: now, payload })
      },
    },
    {
      kind: EXPIRE,
      latest: true,
      async run(unit, payload, now) {
        const from = (payload ?? { account: '', region: '', name: '' }) as { readonly name: string } & Cell
        let left = STEP
        let last = from
        const found = await groups(unit).expiring(from, GROUPS)
        for (const group of found) {
          const until = oldestShown(group, now)
          const rows = await unit.all<Doomed>(sql.oldestChunks, { ...of(group), until, limit: left })
          await removeChunks(unit, of(group), rows)
          left -= rows.length
          // Each process of a function has a stream: without its events it would be there for ever.
          if (left > 0) left -= await unit.run(sql.expireStreams, { ...of(group), until, limit: left })
          if (left === 0) break
          last = { account: group.account, region: group.region, name: group.name }
        }
        const more = left === 0 || found.length === GROUPS
        await jobs.schedule(unit, {
          ...{ kind: EXPIRE, key: 'all' },
          ...(more ? { dueAt: now, payload: last } : { dueAt: now + HOUR_MS, payload: null }),
        })
      },
    },
  ]
}

async function removeChunks(
  unit: Unit,
  group: { readonly account: string; readonly region: string; readonly group_id: string },
  rows: readonly Doomed[],
): Promise<void> {
  let bytes = 0
  for (const { stream_id, ordinal, bytes: each } of rows) {
    await unit.run(sql.deleteChunk, { ...group, stream_id, ordinal })
    bytes += Number(each)
  }
  if (bytes > 0) await unit.run(sql.release, { ...group, bytes })
}
