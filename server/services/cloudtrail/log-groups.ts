import type { KeyObject } from 'node:crypto'
import type { Follower, Wanted } from '#kernel/audit/follower'
import type { StoredRecord } from '#kernel/audit/reader'
import type { Clock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import type { Storage, Unit } from '#kernel/storage/storage'
import { parseArn } from '#kernel/values/arn'
import type { LogWriter } from '../logs/port.ts'
import { takes } from './model/selecting.ts'
import type { Trail } from './model/trail.ts'
import { Trails } from './trails.ts'

export interface LogGroupsParts {
  readonly storage: Pick<Storage, 'unit' | 'generation'>
  readonly clock: Clock
  /** Of the vault, `cloudtrail/rows`. */
  readonly rowKey: KeyObject
  readonly logs: LogWriter
}

/** A trail with the log group that it names: one of its own account and home Region. */
interface Target {
  readonly trail: Trail
  readonly group: string
}

/**
 * Writes the records that trails select into their log groups, one event each, in the unit that moves the position in the journal: each
 * of them once. A group that is gone, or whose key may not be used, is told of in the trail's status and gets nothing. Source of the
 * stream's name: surroundings.md 3.
 */
export function logGroupsFollower({ storage, clock, rowKey, logs }: LogGroupsParts): Follower {
  let known: { readonly generation: number; readonly targets: readonly Target[] } | undefined

  const targetsIn = async (unit: Unit): Promise<readonly Target[]> => {
    const generation = unit.generation('trails')
    if (known?.generation !== generation) {
      const targets = (await new Trails(unit, rowKey).logging()).flatMap(targetOf)
      known = { generation, targets }
    }
    return known.targets
  }

  return {
    name: 'cloudtrail-log-groups',
    // Whatever was written before the first trail had a group passes by.
    from: 'start',
    async wanted(): Promise<Wanted | undefined> {
      const targets =
        known?.generation === storage.generation('trails') ? known.targets : await storage.unit('read', targetsIn)
      if (targets.length === 0) return undefined
      return { accounts: new Set(targets.map(({ trail }) => trail.account)) }
    },
    async take(unit, records) {
      for (const { trail, group } of await targetsIn(unit)) {
        const its = records.filter((record) => isFor(trail, record))
        if (its.length > 0) await new Trails(unit, rowKey).saveStatus(trail, await written(unit, trail, group, its))
      }
    },
  }

  async function written(unit: Unit, trail: Trail, group: string, records: readonly StoredRecord[]) {
    const { account, region } = trail
    const events = records.map(({ eventTime, record }) => ({
      ...{ time: eventTime, message: record },
      accessKey: accessKeyIn(record),
    }))
    const stream = `${account}_CloudTrail_${region}`
    try {
      const there = await logs.write(unit, { account, region, group, stream, events, missing: 'skip' })
      if (!there) return { logsError: 'The specified log group does not exist.' }
      return { logsAt: clock.now(), logsError: undefined }
    } catch (error) {
      if (error instanceof ApiError) return { logsError: error.message }
      throw error
    }
  }
}

function accessKeyIn(record: string): string | undefined {
  const { userIdentity } = JSON.parse(record) as { readonly userIdentity?: { readonly accessKeyId?: string } }
  return userIdentity?.accessKeyId
}

function targetOf(trail: Trail): Target[] {
  const parsed = trail.logGroup === undefined ? undefined : parseArn(trail.logGroup)
  const [, group] = /^log-group:([^:*]+)(?::\*)?$/.exec(parsed?.resource ?? '') ?? []
  const isOwn = parsed?.account === trail.account && parsed.region === trail.region && parsed.service === 'logs'
  return group !== undefined && isOwn ? [{ trail, group }] : []
}

function isFor(trail: Trail, { account, region, eventTime, record }: StoredRecord): boolean {
  if (account !== trail.account || eventTime < (trail.startedAt ?? 0)) return false
  const fields = JSON.parse(record) as Readonly<Record<string, unknown>>
  const { eventSource, readOnly } = fields
  return takes(trail, { account, region, eventSource: String(eventSource), readOnly: readOnly === true, fields })
}
