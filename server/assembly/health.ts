import type { FollowerState } from '#kernel/audit/follower'
import type { JournalTrail } from '#kernel/audit/journal-trail'
import type { Clock } from '#kernel/clock'
import { lastDrill, sealedSince } from '#kernel/sealing/drill'
import type { Held } from '#kernel/sealing/held'
import type { Vault } from '#kernel/sealing/vault'
import type { Storage } from '#kernel/storage/storage'
import type { SecretsManager } from '../services/secretsmanager/service.ts'

/** Whether requests can be served now, and if not why: sentences without anything secret. */
export interface Health {
  readonly ready: boolean
  readonly reasons: readonly string[]
  /** What is not as it should be, and keeps no request from being served. */
  readonly notes?: readonly string[]
  readonly lastDrill?: string
}

/** What health is found out from. */
export interface HealthParts {
  readonly storage: Storage
  readonly vault: Vault
  readonly trail: Pick<JournalTrail, 'healthy'>
  readonly held: Pick<Held, 'trouble'>
  readonly clock: Clock
  /** See `drillHealth`. */
  readonly drillMs: number | undefined
  /** How many rotations are overdue. */
  readonly overdue: () => number
  /** Those that follow the audit journal in this process. */
  readonly followers: () => readonly FollowerState[]
  /** What services have to say. */
  readonly notes: () => Promise<readonly string[]>
}

/** Health of a server. Anybody may ask: how many and which is for who runs the server, who has the log and the command. */
export function healthOf(parts: HealthParts): () => Promise<Health> {
  const { storage, vault, trail, held, clock } = parts
  return async () => {
    const reasons: string[] = []
    if (!(await within(HEALTH_MS, storage.healthy())))
      reasons.push(storage.trouble ?? 'the store cannot be read and written')
    if (!trail.healthy()) reasons.push('the audit trail cannot be written')
    const lost = held.trouble()
    if (lost !== undefined) reasons.push(lost)
    const now = clock.now()
    const notes = parts.overdue() === 0 ? [] : ['rotations are overdue: see strongroom rotation list --problems']
    notes.push(...followerNotes(parts.followers(), now))
    // what the store can't be asked is not asked
    if (reasons.length === 0) notes.push(...(await parts.notes()))
    const { note, lastDrill } = reasons.length === 0 ? await drillHealth(storage, vault, now, parts.drillMs) : {}
    if (note !== undefined) notes.push(note)
    return {
      ready: reasons.length === 0,
      reasons,
      ...(notes.length > 0 && { notes }),
      ...(lastDrill !== undefined && { lastDrill }),
    }
  }
}

/** Longest wait for the store when somebody asks for health: load balancers give up soon. */
const HEALTH_MS = 2000

/** Whether `answer` comes in time and is true. */
async function within(ms: number, answer: Promise<boolean>): Promise<boolean> {
  const late = Promise.withResolvers<false>()
  const timer = setTimeout(() => late.resolve(false), ms)
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** How often it is looked at which rotations are overdue. */
const OVERDUE_MS = 15_000

/** Knows how many rotations are overdue, some seconds behind; undefined until it was looked at, or when that failed. */
export function watchOverdue(secrets: SecretsManager, storage: Storage, clock: Clock) {
  let known: { readonly count: number; readonly oldestSeconds: number } | undefined
  const look = async () => {
    const now = clock.now()
    const { count, since } = await storage.unit('read', (unit) => secrets.overdue(unit, now))
    known = { count, oldestSeconds: since === undefined ? 0 : (now - since) / 1000 }
  }
  const timer = setInterval(() => {
    look().catch(() => {
      // the store's own metrics and health tell of it
      known = undefined
    })
  }, OVERDUE_MS).unref()
  return { told: () => known, stop: () => clearInterval(timer) }
}

/** What health says of drills: when the last one was proven, and a note when that, or the store's beginning, is longer ago than `drillMs`. */
export async function drillHealth(
  storage: Storage,
  vault: Vault,
  now: number,
  drillMs: number | undefined,
): Promise<{ readonly lastDrill?: string; readonly note?: string }> {
  if (drillMs === undefined) return {}
  let found: { readonly provenAt: number | undefined; readonly since: number | undefined }
  try {
    found = await storage.unit('read', async (unit) => ({
      provenAt: (await lastDrill(unit, vault))?.provenAt,
      since: await sealedSince(unit),
    }))
  } catch {
    // the store's own trouble is told already
    return {}
  }
  const { provenAt, since } = found
  const days = Math.round(drillMs / 86_400_000)
  if (provenAt === undefined)
    return since === undefined || now - since <= drillMs
      ? {}
      : { note: 'no drill has proven that a backup opens: see strongroom seal drill' }
  return {
    lastDrill: new Date(provenAt).toISOString(),
    ...(now - provenAt <= drillMs
      ? {}
      : {
          note: `the last drill that proved that a backup opens is more than ${days} days ago: see strongroom seal drill`,
        }),
  }
}

/** A follower further behind than this is told of even when no try of his fails: a slow sink, or nobody who follows. */
const LATE_MS = 10 * 60_000

/** What health says of those who follow the audit journal: which fail, which are late. Why is for who runs the server: it is in the log. */
export function followerNotes(followers: readonly FollowerState[], now: number): string[] {
  const failing = followers.filter(({ trouble }) => trouble !== undefined)
  const late = followers.filter(
    ({ trouble, since }) => trouble === undefined && since !== undefined && now - since > LATE_MS,
  )
  const names = (states: readonly FollowerState[]) => states.map(({ name }) => name).join(', ')
  return [
    ...(failing.length === 0
      ? []
      : [`audit records can not be handed on to ${names(failing)}: they are kept, and tried again; see the log`]),
    ...(late.length === 0 ? [] : [`audit records are handed on late to ${names(late)}`]),
  ]
}
