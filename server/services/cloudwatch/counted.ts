import type { Known, Point } from './model/measured.ts'
import { aggregateOf, merged } from './model/aggregate.ts'
import { type Cell, type Dimensions, keyOf, type MetricName, NO_UNIT, sorted } from './model/metric.ts'
import { periodOf } from './model/period.ts'
import type { Counted, Wanted } from './series.ts'

/** Calls of an account in a Region, as the usage counters have them; `minute`: milliseconds. */
export type CallsOf = (asked: {
  readonly account: string
  readonly region: string
  readonly from: number
  readonly to: number
  readonly source?: string
  readonly operation?: string
}) => Promise<
  readonly { readonly minute: number; readonly source: string; readonly operation: string; readonly calls: number }[]
>

/** Secrets at full hours; `at`: milliseconds. */
export type CountsOf = (asked: {
  readonly account: string
  readonly region: string
  readonly from: number
  readonly to: number
}) => Promise<readonly { readonly at: number; readonly count: number }[]>

/** What AWS/Usage calls services, by their event source. Source: surroundings.md 2; CloudWatch's guide, "usage metrics". */
const SERVICES: Readonly<Record<string, string>> = {
  'secretsmanager.amazonaws.com': 'Secrets Manager',
  'ssm.amazonaws.com': 'Systems Manager',
  'kms.amazonaws.com': 'KMS',
  'iam.amazonaws.com': 'IAM',
  'sts.amazonaws.com': 'STS',
  'lambda.amazonaws.com': 'Lambda',
  'rds.amazonaws.com': 'RDS',
  'cloudtrail.amazonaws.com': 'CloudTrail',
  'monitoring.amazonaws.com': 'CloudWatch',
  'logs.amazonaws.com': 'CloudWatch Logs',
  'events.amazonaws.com': 'EventBridge',
}
const SOURCES = new Map(Object.entries(SERVICES).map(([source, service]) => [service, source]))

const USAGE = 'AWS/Usage'
const CALL_COUNT = 'CallCount'

const usageDimensions = (service: string, operation: string): Dimensions =>
  sorted([
    ['Service', service],
    ['Type', 'API'],
    ['Resource', operation],
    ['Class', 'None'],
  ])

/** AWS/Usage CallCount: the very counters of `strongroom usage`. Source: surroundings.md 2, 9. */
export function callCounts(callsOf: CallsOf): Counted {
  return {
    namespace: USAGE,
    async list(cell, since) {
      const found = new Map<string, Known>()
      for (const { source, operation, minute } of await callsOf({
        ...cell,
        from: since,
        to: Number.MAX_SAFE_INTEGER,
      })) {
        const service = SERVICES[source]
        if (service === undefined) continue
        const metric = { namespace: USAGE, name: CALL_COUNT, dimensions: usageDimensions(service, operation) }
        const key = keyOf(metric)
        found.set(key, { ...metric, key, lastAt: Math.max(minute, found.get(key)?.lastAt ?? 0) })
      }
      return [...found.values()]
    },
    async points(cell, { name, dimensions }, { resolution, from, to }) {
      const of = Object.fromEntries(dimensions)
      const source = SOURCES.get(of.Service ?? '')
      const right = of.Type === 'API' && of.Class === 'None' && dimensions.length === 4
      if (name !== CALL_COUNT || source === undefined || of.Resource === undefined || !right) return undefined
      const calls = await callsOf({ ...cell, source, operation: of.Resource, from: from * 1000, to: to * 1000 })
      // counted by the minute: what is asked for by the second is not known
      return resolution === 1
        ? []
        : summed(
            calls.map((each) => ({ at: each.minute / 1000, value: each.calls })),
            resolution,
          )
    },
  }
}

const SECRETS = 'AWS/SecretsManager'
const RESOURCE_COUNT: MetricName = {
  namespace: SECRETS,
  name: 'ResourceCount',
  dimensions: sorted([
    ['Service', 'Secrets Manager'],
    ['Type', 'Resource'],
    ['Resource', 'SecretCount'],
    ['Class', 'None'],
  ]),
}

/** AWS/SecretsManager ResourceCount, each hour, with those whose deletion is pending. Source: surroundings.md 2. */
export function resourceCounts(countsOf: CountsOf): Counted {
  const key = keyOf(RESOURCE_COUNT)
  return {
    namespace: SECRETS,
    async list(cell, since) {
      const last = (await countsOf({ ...cell, from: since, to: Number.MAX_SAFE_INTEGER })).at(-1)
      return last === undefined ? [] : [{ ...RESOURCE_COUNT, key, lastAt: last.at }]
    },
    async points(cell: Cell, name: MetricName, { resolution, from, to }: Wanted) {
      if (keyOf(name) !== key) return undefined
      const counts = await countsOf({ ...cell, from: from * 1000, to: to * 1000 })
      return summed(
        counts.map(({ at, count }) => ({ at: at / 1000, value: count })),
        resolution,
      )
    },
  }
}

/** One point for each slot. */
function summed(values: readonly { readonly at: number; readonly value: number }[], resolution: number): Point[] {
  const found = new Map<number, Point>()
  for (const { at, value } of values) {
    const slot = periodOf(at, resolution)
    const there = found.get(slot)
    const one = aggregateOf(value)
    found.set(slot, { at: slot, unit: NO_UNIT, aggregate: there === undefined ? one : merged(there.aggregate, one) })
  }
  return [...found.values()]
}
