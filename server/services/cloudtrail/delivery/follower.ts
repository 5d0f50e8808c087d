import type { Follower, Wanted } from '#kernel/audit/follower'
import type { StoredRecord } from '#kernel/audit/reader'
import { jobs, scheduleUnlessThere } from '#kernel/jobs/store'
import type { Vault } from '#kernel/sealing/vault'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { Clock } from '#kernel/clock'
import { takes } from '../model/selecting.ts'
import { FILE_BYTES, Parts } from './parts.ts'
import { type Session, Sessions } from './sessions.ts'

/** From the first record that waits to its file. Source: surroundings.md 1.6 (about every five minutes). */
export const FILE_MS = 5 * 60_000
/** The job that writes the files of a trail. */
export const FILES = 'cloudtrail/files'

/** The key of a trail's jobs. */
export const jobKey = ({ account, region, name }: Session['trail']): string => `${account}/${region}/${name}`

interface Group {
  readonly session: Session
  readonly byRegion: Map<string, StoredRecord[]>
}

/**
 * Puts the records that trails want by for their next file, in the unit that moves the position in the journal: each record goes
 * into one file of each trail, whatever breaks in between.
 */
export function filesFollower(storage: Storage, vault: Vault, clock: Clock): Follower {
  let known: { readonly generation: number; readonly sessions: readonly Session[] } | undefined

  const sessionsIn = async (unit: Unit): Promise<readonly Session[]> => {
    const generation = unit.generation('trails')
    if (known?.generation !== generation) known = { generation, sessions: await new Sessions(unit, vault).all() }
    return known.sessions
  }

  return {
    name: 'cloudtrail-files',
    // Whatever was written before the first trail logged passes by: with `now`, so would what is written while the first step is taken.
    from: 'start',
    async wanted(): Promise<Wanted | undefined> {
      const sessions =
        known?.generation === storage.generation('trails') ? known.sessions : await storage.unit('read', sessionsIn)
      if (sessions.length === 0) return undefined
      return { accounts: new Set(sessions.map(({ trail }) => trail.account)) }
    },
    async take(unit, records) {
      for (const { session, byRegion } of grouped(await sessionsIn(unit), records)) {
        // Who was told of a stop while this waited has it in his row.
        const locked = await new Sessions(unit, vault).lock(session)
        if (locked === undefined) continue
        const parts = new Parts(unit, vault)
        for (const [region, its] of byRegion) await parts.add(locked, region, its)
        const full = (await parts.pending(locked)).some(({ sizeBytes }) => sizeBytes >= FILE_BYTES)
        const { account, region, name } = locked.trail
        const job = { kind: FILES, key: jobKey(locked.trail), payload: { account, home: region, name } }
        const now = clock.now()
        // One that waits already comes first, but a full file waits for nothing.
        if (full) await jobs.schedule(unit, { ...job, dueAt: now })
        else await scheduleUnlessThere(unit, { ...job, dueAt: now + FILE_MS })
      }
    },
  }
}

/** Records by session and Region, in the order in which they came. */
function grouped(sessions: readonly Session[], records: readonly StoredRecord[]): Iterable<Group> {
  const byAccount = new Map<string, Session[]>()
  for (const session of sessions) {
    const its = byAccount.get(session.trail.account) ?? []
    its.push(session)
    byAccount.set(session.trail.account, its)
  }
  const groups = new Map<Session, Group>()
  for (const record of records) {
    const candidates = (byAccount.get(record.account) ?? []).filter(
      ({ startedAt, stoppedAt }) =>
        record.eventTime >= startedAt && (stoppedAt === undefined || record.eventTime <= stoppedAt),
    )
    if (candidates.length === 0) continue
    const fields = fieldsIn(record.record)
    const { eventSource, readOnly } = fields
    for (const session of candidates) {
      const { account, region } = record
      const selectable = { account, region, eventSource: String(eventSource), readOnly: readOnly === true, fields }
      if (!takes(session.trail, selectable)) continue
      const group: Group = groups.get(session) ?? { session, byRegion: new Map() }
      groups.set(session, group)
      const its = group.byRegion.get(region) ?? []
      its.push(record)
      group.byRegion.set(region, its)
    }
  }
  return groups.values()
}

/** A record that can't be read is no reason to leave it out: it goes to whoever takes everything. */
function fieldsIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const fields: unknown = JSON.parse(text)
    return typeof fields === 'object' && fields !== null ? (fields as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}
