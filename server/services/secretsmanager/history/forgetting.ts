import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import { scheduleUnlessThere } from '#kernel/jobs/store'
import type { Unit } from '#kernel/storage/storage'
import type { Holder } from './entry.ts'
import * as sql from './history.sql.ts'

/** What of the past is kept. */
export interface Keeping {
  /** Milliseconds that entries, and values of pruned versions since they were pruned, are kept; 0: nothing but who made what is there. */
  readonly keptMs: number
  /** How many of the newest versions of a secret keep their value, those that are there included. */
  readonly versions: number
}

const DAY_MS = 86_400_000

/** A year, and what AWS keeps. */
export const KEEPING: Keeping = { keptMs: 365 * DAY_MS, versions: 100 }

/** How many values of pruned versions there can be of a secret that has `there` versions. */
export const pastValues = ({ keptMs, versions }: Keeping, there: number): number =>
  keptMs === 0 ? 0 : Math.max(0, versions - there)

/** Takes values of pruned versions away that are not among the newest of the secret. */
export async function trim(unit: Unit, { account, region, id }: Holder, keeping: Keeping): Promise<void> {
  const secret = { account, region, secret: id }
  const there = (await unit.get<{ rows: number }>(sql.countThere, secret))?.rows ?? 0
  await unit.run(sql.trimPast, { ...secret, keep: pastValues(keeping, there) })
}

const FORGET = 'secretsmanager/forget'
/** What one unit looks at. */
const VALUES_AT_ONCE = 200
const SECRETS_AT_ONCE = 50
const ENTRIES_AT_ONCE = 500

/** How far a round has come: values, secrets that are gone, entries. */
type Place =
  | { readonly doing: 'values'; readonly after: readonly [account: string, region: string, secret: string] }
  | { readonly doing: 'gone' }
  | { readonly doing: 'entries'; readonly after: number }

const START: Place = { doing: 'values', after: ['', '', ''] }

/** Has what is older than the policy says taken away, each day from now on. */
export const startForgetting = (unit: Unit, now: number): Promise<void> =>
  scheduleUnlessThere(unit, { kind: FORGET, key: 'all', dueAt: now + DAY_MS, payload: START })

/** Takes away what is too old, a little in each unit, and begins anew after a day. */
export function forgetting(jobs: Jobs, keeping: Keeping): JobHandler {
  return {
    kind: FORGET,
    latest: true,
    async run(unit, payload, now) {
      const next = await forget(unit, (payload as Place | null) ?? START, now, keeping)
      const dueAt = next === undefined ? now + DAY_MS : now
      await jobs.schedule(unit, { kind: FORGET, key: 'all', dueAt, payload: next ?? START })
    },
  }
}

/** One step of a round; answers the next one, undefined at its end. */
async function forget(unit: Unit, place: Place, now: number, keeping: Keeping): Promise<Place | undefined> {
  const before = now - keeping.keptMs
  switch (place.doing) {
    case 'values': {
      if ((await unit.run(sql.expirePast, { before, limit: VALUES_AT_ONCE })) === VALUES_AT_ONCE) return place
      const [account, region, secret] = place.after
      type Row = { account: string; region: string; secret: string }
      const asked = { account, region, secret, limit: SECRETS_AT_ONCE }
      const holders = await unit.all<Row>(sql.holdersOfPast, asked)
      for (const holder of holders) await trim(unit, { ...holder, id: holder.secret }, keeping)
      const last = holders.at(-1)
      return last === undefined || holders.length < SECRETS_AT_ONCE
        ? { doing: 'gone' }
        : { doing: 'values', after: [last.account, last.region, last.secret] }
    }
    case 'gone': {
      type Row = { account: string; region: string; secret: string }
      const gone = await unit.all<Row>(sql.expiredGone, { before, limit: SECRETS_AT_ONCE })
      for (const { account, region, secret } of gone) {
        await unit.run(sql.deleteEntries, { account, region, secret })
        await unit.run(sql.deleteGone, { account, region, secret })
      }
      return gone.length < SECRETS_AT_ONCE ? { doing: 'entries', after: 0 } : place
    }
    case 'entries': {
      const { after } = place
      const ahead = await unit.get<{ at: number }>(sql.ahead, { after, before, skip: ENTRIES_AT_ONCE - 1 })
      await unit.run(sql.expire, { after, before, until: ahead?.at ?? before })
      return ahead && { doing: 'entries', after: ahead.at }
    }
  }
}
