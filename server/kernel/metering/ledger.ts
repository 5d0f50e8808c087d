import type { Unit } from '#kernel/storage/storage'
import type { MeteredRow } from '#kernel/metering/metered.sql'
import * as sql from '#kernel/metering/metered.sql'

export const HOUR_MS = 3_600_000

/**
 * What is billed by the hour. `secret` also of those that AWS services keep (owner-managed); `connection`: a secret that EventBridge
 * keeps for a connection, whose price is in that of EventBridge; `key-rotation`: the first and the second rotation of a key.
 * Source: surroundings.md 9.
 */
export type Kind = 'secret' | 'replica' | 'connection' | 'advanced-parameter' | 'key' | 'key-rotation'
/** What is only counted. */
export type Counted = Kind | 'pending-secret' | 'parameter' | 'aws-key' | 'pending-key'

/** Where a resource stands in the order of its service. */
export interface At {
  readonly account: string
  readonly region: string
  readonly id: string
}

/** A resource as its service has it now. */
export interface Resource extends At {
  readonly counted: Counted
  /** Undefined: nothing is billed for it now. */
  readonly billed: Kind | undefined
  readonly arn: string
  readonly name: string
  /** JSON: `[["key","value"],…]`. */
  readonly tags: string
  /** Since when there is what is billed, milliseconds. */
  readonly began: number
  /** When it was last changed: a secret that was restored is billed again from here. */
  readonly changed: number
  /** Of one that is not billed any more: since when. */
  readonly ended?: number | undefined
}

/** A time in which a resource was billed, with the tags that it had. */
export interface Interval extends At {
  readonly source: string
  readonly kind: Kind
  readonly arn: string
  readonly name: string
  readonly tags: ReadonlyMap<string, string>
  readonly began: number
  readonly since: number
  /** Undefined: it lasts. */
  readonly until: number | undefined
}

/** Notes that a resource is gone, in the unit that takes it away: one that lived for minutes between two censuses is billed too. */
export async function meterEnded(
  unit: Unit,
  source: string,
  resource: Omit<Resource, 'changed'>,
  now: number,
): Promise<void> {
  if (resource.billed === undefined) return
  const { account, region, id } = resource
  const key = { source, account, region, id }
  if ((await unit.run(sql.close, { ...key, until: now })) > 0) return
  const row = await unit.get<{ until: number | null }>(sql.lastUntil, key)
  const since = row?.until === null || row === undefined ? resource.began : now
  if (since < now) await unit.run(sql.insert, { ...key, ...columnsOf(resource, since), until: now })
}

/** The columns of an interval that begins. */
export function columnsOf(resource: Omit<Resource, 'changed'>, since: number) {
  const { began, billed, arn, name, tags } = resource
  return { since, until: null, began, kind: billed ?? '', resource: arn, name, tags }
}

/** A row as an interval. */
export function intervalOf(row: MeteredRow): Interval {
  const { source, account, region, id, resource: arn, name } = row
  return {
    ...{ source, account, region, id, arn, name },
    kind: row.kind as Kind,
    tags: new Map(JSON.parse(row.tags) as [string, string][]),
    began: Number(row.began),
    since: Number(row.since),
    until: row.until === null ? undefined : Number(row.until),
  }
}

/**
 * The hours of an interval in a time: those that began in it, counted from when the resource came to be. So hours add up over months
 * and changes of tags, and one that lived three hours has three. Assumed: an hour that began counts whole.
 */
export function hoursIn(
  { began, since, until }: Pick<Interval, 'began' | 'since' | 'until'>,
  from: number,
  to: number,
): number {
  const start = Math.max(since, from)
  const end = Math.min(until ?? to, to)
  if (end <= start) return 0
  return Math.ceil((end - began) / HOUR_MS) - Math.ceil((start - began) / HOUR_MS)
}

/** How many there were at one full hour. */
export interface ResourceCount {
  readonly at: number
  readonly count: number
}

const SECRETS: ReadonlySet<string> = new Set<Counted>(['secret', 'replica', 'connection', 'pending-secret'])

/**
 * AWS/SecretsManager ResourceCount of an account in a Region, hour by hour: all its secrets, also those that are to be deleted.
 * Source: surroundings.md 2.
 */
export async function resourceCounts(
  unit: Unit,
  { account, region, from, to }: { account: string; region: string; from: number; to: number },
): Promise<ResourceCount[]> {
  const rows = await unit.all<{ kind: string; at: number; count: number }>(sql.counts, { account, region, from, to })
  const found = new Map<number, number>()
  for (const { kind, at, count } of rows) {
    if (SECRETS.has(kind)) found.set(Number(at), (found.get(Number(at)) ?? 0) + Number(count))
  }
  return [...found].map(([at, count]) => ({ at, count }))
}
