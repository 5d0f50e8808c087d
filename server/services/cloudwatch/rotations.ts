import type { Follower, Wanted } from '#kernel/audit/follower'
import type { Datum, Measures } from './port.ts'

/** Ours: AWS has no metrics of rotations. Source: surroundings.md 2. */
export const ROTATION = 'Strongroom/Rotation'

/** Rotations of which the beginning is remembered, to tell how long they took. */
const MOST_BEGUN = 1000

const WANTED: Wanted = { sources: new Set(['secretsmanager.amazonaws.com']), changesOnly: true }

/** A record of the trail, as far as it tells of a rotation. */
interface Told {
  readonly eventName: string
  readonly eventType: string
  /** `2026-11-22T10:30:00Z` */
  readonly eventTime: string
  readonly awsRegion: string
  readonly recipientAccountId: string
  readonly requestID?: string
  readonly additionalEventData?: { readonly SecretId?: string }
}

/** The metric that an event counts in, and whether it does so for its secret, too: few enough are late or fail. */
const COUNTED: Readonly<Record<string, { readonly metric: string; readonly bySecret?: true }>> = {
  RotationSucceeded: { metric: 'RotationSucceeded' },
  RotationFailed: { metric: 'RotationFailed', bySecret: true },
  RotationOverdue: { metric: 'OverdueRotations', bySecret: true },
}

/**
 * Follows the trail and puts what rotations came to: RotationSucceeded, RotationFailed, OverdueRotations and, for those that began since
 * this process did, RotationDuration. In the unit that moves the follower's position: each is counted once. `rotates`: whether anything
 * has a rotation; else there is nothing to look for among all calls.
 */
export function rotationMeasures(measures: Measures, rotates: () => Promise<boolean>): Follower {
  const begun = new Map<string, number>()
  return {
    name: 'rotation-metrics',
    from: 'now',
    wanted: async () => ((await rotates()) ? WANTED : undefined),
    async take(unit, records) {
      for (const { record } of records) {
        if (!record.includes('"eventName":"Rotation')) continue
        const told = JSON.parse(record) as Told
        if (told.eventType !== 'AwsServiceEvent') continue
        const data = measured(told, begun)
        if (data.length === 0) continue
        const { recipientAccountId: account, awsRegion: region } = told
        await measures.put(unit, { account, region, namespace: ROTATION, data })
      }
    },
  }
}

function measured(told: Told, begun: Map<string, number>): Datum[] {
  const time = Date.parse(told.eventTime)
  const run = `${told.recipientAccountId} ${told.requestID ?? ''}`
  if (told.eventName === 'RotationStarted') {
    if (begun.size >= MOST_BEGUN) begun.delete(begun.keys().next().value as string)
    begun.set(run, time)
    return []
  }
  const counted = Object.hasOwn(COUNTED, told.eventName) ? COUNTED[told.eventName] : undefined
  if (counted === undefined) return []
  const one = { name: counted.metric, value: 1, unit: 'Count', time }
  const data: Datum[] = [one]
  const secret = told.additionalEventData?.SecretId
  if (counted.bySecret === true && secret !== undefined) data.push({ ...one, dimensions: [['SecretId', secret]] })
  const since = begun.get(run)
  if (told.eventName === 'RotationSucceeded' && since !== undefined) {
    data.push({ name: 'RotationDuration', value: (time - since) / 1000, unit: 'Seconds', time })
    begun.delete(run)
  }
  return data
}
