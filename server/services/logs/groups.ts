import type { Random } from '#kernel/random'
import type { Unit } from '#kernel/storage/storage'
import type { LogGroup, LogStream } from './model/group.ts'
import type { Cell, GroupId } from './model/names.ts'
import { groupExists, groupNotFound, limitExceeded, streamExists, streamNotFound } from './model/refusals.ts'
import type { Rows } from './rows.ts'
import type { GroupRow, StreamRow } from './store.sql.ts'
import * as sql from './store.sql.ts'

/** Behind every name that begins with a text. */
export const endOf = (prefix: string): string => (prefix === '' ? '\u{10ffff}' : `${prefix}\u{10ffff}`)

export interface Limits {
  /** Groups of an account in a Region, and streams of a group. */
  readonly groups: number
  readonly streams: number
  /** Bytes of events of one group, and of all groups of an account in a Region: beyond them the oldest go. */
  readonly groupBytes: number
  readonly accountBytes: number
}

/** Groups and streams, in one unit of work. */
export class Groups {
  readonly #unit: Unit
  readonly #rows: Rows
  readonly #random: Random
  readonly #limits: Limits
  readonly #found = new Map<string, LogGroup | undefined>()

  constructor(unit: Unit, rows: Rows, random: Random, limits: Limits) {
    this.#unit = unit
    this.#rows = rows
    this.#random = random
    this.#limits = limits
  }

  async find({ account, region, name }: GroupId): Promise<LogGroup | undefined> {
    const key = `${account}/${region}/${name}`
    if (this.#found.has(key)) return this.#found.get(key)
    const row = await this.#unit.get<GroupRow>(sql.findGroup, { account, region, name })
    const group = row && this.#rows.group(row)
    this.#found.set(key, group)
    return group
  }

  /** The group, which must be there. */
  async existing(id: GroupId): Promise<LogGroup> {
    const group = await this.find(id)
    if (group === undefined) throw groupNotFound()
    return group
  }

  /** The same, locked: it is going to be changed. */
  async lock({ account, region, name }: GroupId): Promise<LogGroup> {
    const row = await this.#unit.get<GroupRow>(sql.lockGroup, { account, region, name })
    if (row === undefined) throw groupNotFound()
    return this.#rows.group(row)
  }

  /** Makes a group; throws when there is one of that name, or too many. */
  async create(
    id: GroupId,
    how: Partial<Pick<LogGroup, 'retentionDays' | 'logClass' | 'guarded' | 'tags'>>,
    now: number,
  ): Promise<LogGroup> {
    if ((await this.find(id)) !== undefined) throw groupExists()
    const { account, region, name } = id
    const { n } = (await this.#unit.get<{ n: number }>(sql.countGroups, { account, region })) ?? { n: 0 }
    if (n >= this.#limits.groups) throw limitExceeded()
    const group: LogGroup = {
      ...{ account, region, name },
      id: this.#random.uuid(),
      createdAt: now,
      retentionDays: how.retentionDays,
      logClass: how.logClass ?? 'STANDARD',
      guarded: how.guarded ?? false,
      tags: how.tags ?? new Map(),
      kmsKey: undefined,
      keyNumber: 0,
    }
    await this.#unit.run(sql.insertGroup, this.#rows.ofGroup(group))
    await this.#unit.run(sql.insertUsage, { account, region, group_id: group.id })
    this.#found.set(`${account}/${region}/${name}`, group)
    return group
  }

  async save(group: LogGroup): Promise<void> {
    const { created_at: _, class: __, ...row } = this.#rows.ofGroup(group)
    await this.#unit.run(sql.updateGroup, row as never)
    this.#found.delete(`${group.account}/${group.region}/${group.name}`)
  }

  /** Takes the group away; what is in it goes later. */
  async remove({ account, region, name }: GroupId): Promise<void> {
    await this.#unit.run(sql.deleteGroup, { account, region, name })
    this.#found.delete(`${account}/${region}/${name}`)
  }

  /** Groups behind a name, in its order. */
  async list({ account, region }: Cell, prefix: string, after: string, limit: number): Promise<LogGroup[]> {
    const asked = { account, region, after, from: prefix, end: endOf(prefix), limit }
    return (await this.#unit.all<GroupRow>(sql.listGroups, asked)).map((row) => this.#rows.group(row))
  }

  /** Of all accounts, by the beginning of their names. */
  async all(prefix: string): Promise<LogGroup[]> {
    const rows = await this.#unit.all<GroupRow>(sql.allGroups, { from: prefix, end: endOf(prefix) })
    return rows.map((row) => this.#rows.group(row))
  }

  /** Groups with a retention behind one, of all accounts. */
  async expiring({ account, region, name }: GroupId, limit: number): Promise<LogGroup[]> {
    const rows = await this.#unit.all<GroupRow>(sql.expiringGroups, { account, region, name, limit })
    return rows.map((row) => this.#rows.group(row))
  }

  async bytes({ account, region, id }: LogGroup): Promise<number> {
    return Number((await this.#unit.get<{ bytes: number }>(sql.usageOf, { account, region, group_id: id }))?.bytes ?? 0)
  }

  /** How many streams a group has, and when its newest event is of; 0 when there is none. */
  async summary(group: LogGroup): Promise<{ readonly streams: number; readonly lastAt: number }> {
    const row = await this.#unit.get<{ n: number; last: number | null }>(sql.summaryOfStreams, of(group))
    return { streams: Number(row?.n ?? 0), lastAt: Number(row?.last ?? 0) }
  }

  async stream(group: LogGroup, name: string): Promise<LogStream | undefined> {
    const row = await this.#unit.get<StreamRow>(sql.findStream, { ...of(group), name })
    return row && streamIn(row)
  }

  async existingStream(group: LogGroup, name: string): Promise<LogStream> {
    const stream = await this.stream(group, name)
    if (stream === undefined) throw streamNotFound()
    return stream
  }

  /** The name of a stream; undefined when it was deleted. */
  async nameOf(group: LogGroup, id: string): Promise<string | undefined> {
    return (await this.#unit.get<{ name: string }>(sql.streamOfId, { ...of(group), id }))?.name
  }

  /** Makes a stream; throws when there is one of that name, or there are too many and they are counted. */
  async createStream(group: LogGroup, name: string, now: number, counted = true): Promise<LogStream> {
    const row = counted ? await this.#unit.get<{ n: number }>(sql.countStreams, of(group)) : undefined
    if ((row?.n ?? 0) >= this.#limits.streams) throw limitExceeded()
    const id = this.#random.uuid()
    const made = await this.#unit.run(sql.insertStream, { ...of(group), name, id, created_at: now })
    if (made === 0) throw streamExists()
    return { name, id, createdAt: now, firstAt: undefined, lastAt: undefined, ingestedAt: undefined }
  }

  async removeStream(group: LogGroup, name: string): Promise<void> {
    await this.#unit.run(sql.deleteStream, { ...of(group), name })
  }

  /** Streams in one of two orders behind one of them (undefined: from the beginning). */
  async streams(
    group: LogGroup,
    how: { readonly byTime: boolean; readonly descending: boolean; readonly prefix: string },
    after: LogStream | undefined,
    limit: number,
  ): Promise<LogStream[]> {
    return (await this.#unit.all<StreamRow>(...this.#streams(group, how, after, limit))).map(streamIn)
  }

  #streams(
    group: LogGroup,
    { byTime, descending, prefix }: { readonly byTime: boolean; readonly descending: boolean; readonly prefix: string },
    after: LogStream | undefined,
    limit: number,
  ): Parameters<Unit['all']> {
    if (byTime) {
      const start = descending ? { last: Number.MAX_SAFE_INTEGER, name: '' } : { last: -1, name: '' }
      const at = after === undefined ? start : { last: after.lastAt ?? 0, name: after.name }
      return [descending ? sql.streamsByLastDown : sql.streamsByLast, { ...of(group), ...at, limit }]
    }
    const range = { ...of(group), from: prefix, end: endOf(prefix), limit }
    return descending
      ? [sql.streamsByNameDown, { ...range, before: after?.name ?? endOf('') }]
      : [sql.streamsByName, { ...range, after: after?.name ?? '' }]
  }
}

export const of = ({ account, region, id }: Pick<LogGroup, 'account' | 'region' | 'id'>) => ({
  account,
  region,
  group_id: id,
})

function streamIn(row: StreamRow): LogStream {
  return {
    name: row.name,
    id: row.id,
    createdAt: row.created_at,
    firstAt: row.first_at ?? undefined,
    lastAt: row.last_at ?? undefined,
    ingestedAt: row.ingested_at ?? undefined,
  }
}
