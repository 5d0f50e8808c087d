import { HOUR_MS, hoursIn, type Interval, type Kind } from '#kernel/metering/ledger'
import { OK } from '#kernel/audit/usage/tally'
import type { Dimension, UsageQuery, UsageReader } from '#kernel/audit/usage/usage'
import { CALLS, type Prices } from './prices.ts'

/** By what a bill is told apart. */
export type By =
  | { readonly kind: 'type' | 'account' | 'region' | 'service' | 'secret' }
  | { readonly kind: 'tag'; readonly key: string }

export type Service = 'AWSSecretsManager' | 'AWSSystemsManager' | 'awskms'

/** A line of the bill. */
export interface BillLine {
  readonly account: string
  readonly region: string
  readonly service: Service
  /** As the cost-and-usage report has it, without the prefix of the Region. */
  readonly usageType: string
  /** ARN; empty: of none, or of several. */
  readonly resource: string
  /** Of the resource. */
  readonly name: string
  /** Of the tag that was asked for; undefined: it has none, or is no resource. */
  readonly tag: string | undefined
  /** Secret-months, calls … */
  readonly quantity: number
  readonly unit: string
  /** For one. */
  readonly rate: number
  readonly cost: number
  /** What it will have cost at the end of the month. */
  readonly forecast: number
}

export interface Bill {
  /** The month, from and up to. */
  readonly from: number
  readonly to: number
  /** Up to when it is known. */
  readonly until: number
  readonly lines: readonly BillLine[]
}

export interface BillQuery {
  /** Any time in the month. */
  readonly month: number
  readonly now: number
  readonly by: By
  readonly account?: string | undefined
  readonly region?: string | undefined
  readonly prices: Prices
}

export interface BillSources {
  /** What was billed by the hour in that month. */
  intervals(from: number, to: number): AsyncIterable<Interval>
  readonly usage: Pick<UsageReader, 'usage'>
  /** Accounts and Regions that have the higher throughput of Parameter Store: `account region`. */
  readonly faster: ReadonlySet<string>
}

/** The beginning of the month of a time, and of the one after it. */
export function monthOf(time: number): { readonly from: number; readonly to: number } {
  const at = new Date(time)
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()]
  return { from: Date.UTC(year, month), to: Date.UTC(year, month + 1) }
}

interface Open extends Omit<BillLine, 'cost' | 'forecast' | 'quantity'> {
  quantity: number
  expected: number
}

/** What of each kind is billed by the month; Assumed: the words of the report for parameters. `connection` is in EventBridge's price. */
const MONTHLY: Readonly<Record<Exclude<Kind, 'connection'>, { service: Service; type: string; price: keyof Prices }>> =
  {
    secret: { service: 'AWSSecretsManager', type: 'AWSSecretsManager-Secrets', price: 'secretMonth' },
    replica: { service: 'AWSSecretsManager', type: 'AWSSecretsManager-Secrets', price: 'secretMonth' },
    'advanced-parameter': {
      service: 'AWSSystemsManager',
      type: 'PS-Advanced-Param-Tier1',
      price: 'advancedParameterMonth',
    },
    key: { service: 'awskms', type: 'KMS-Keys', price: 'keyMonth' },
    'key-rotation': { service: 'awskms', type: 'KMS-Keys', price: 'keyRotationMonth' },
  }

/** What a month's use would cost: by the hour what there is, by the call what was asked. */
export async function billOf(query: BillQuery, { intervals, usage, faster }: BillSources): Promise<Bill> {
  const { now, prices, account, region } = query
  const { from, to } = monthOf(query.month)
  const until = Math.min(now, to)
  const lines = new Lines(query)
  const hours = (to - from) / HOUR_MS
  const asked = { from, to: until, account, region }
  const called = lines.knowsResources ? await resourcesIn(usage, asked) : NOBODY
  // only of what was called it must be known later whose it is
  const named = new Map<string, Named>()
  const advanced = new Set<string>()
  const keys = new Set<string>()
  for await (const interval of intervals(from, to)) {
    if (interval.kind === 'connection') continue
    const { service, type, price } = MONTHLY[interval.kind]
    const rate = prices[price] as number
    const quantity = hoursIn(interval, from, until) / hours
    const expected = hoursIn(interval, from, to) / hours
    const { arn, name, tags } = interval
    if (quantity === 0 && (interval.until !== undefined || interval.since >= until)) continue
    lines.add(
      { ...interval, service, usageType: type, resource: arn, name, unit: 'month', rate },
      tags,
      quantity,
      expected,
    )
    // calls go by the tags that a resource has now
    if (called.has(arn)) named.set(arn, { name, tags })
    if (interval.kind === 'advanced-parameter') advanced.add(arn)
    if (interval.kind === 'key') keys.add(arn)
  }
  const counted = await firstHour(usage, asked)
  // as many each day as so far
  const passed = Math.max(until - Math.max(from, counted ?? from), HOUR_MS)
  const grown = now >= to ? 1 : 1 + (to - until) / passed
  const add = (
    place: { account: string; region: string; resource: string },
    line: Pick<BillLine, 'service' | 'usageType' | 'unit'> & { price: number },
    calls: number,
  ) => {
    if (calls === 0) return
    const known = named.get(place.resource)
    const { price, ...rest } = line
    const name = known?.name ?? ''
    lines.add({ ...place, ...rest, name, rate: price / CALLS }, known?.tags ?? NO_TAGS, calls, calls * grown)
  }
  const by: readonly Dimension[] = lines.knowsResources ? ['account', 'region', 'resource'] : ['account', 'region']
  const placed = (keys: readonly (string | number)[]) => ({
    account: String(keys[0]),
    region: String(keys[1]),
    resource: String(keys[2] ?? ''),
  })
  for (const { keys, calls } of await usage.usage({ ...asked, source: 'secretsmanager.amazonaws.com', by }))
    add(placed(keys), { ...SECRET_CALLS, price: prices.secretCalls }, calls)
  for (const { keys, calls } of await usage.usage({ ...asked, source: 'kms.amazonaws.com', by }))
    add(placed(keys), { ...KEY_CALLS, price: prices.keyCalls }, calls)
  // With the key of AWS a service's calls are in its own price. Source: surroundings.md 9: such keys have no fee. Assumed: nor their calls.
  const through = { ...asked, source: 'kms.amazonaws.com', made: 'by-services' } as const
  for (const row of await usage.usage({ ...through, by: ['account', 'region', 'resource'] })) {
    const place = placed(row.keys)
    if (keys.has(place.resource)) add(place, { ...KEY_CALLS, price: prices.keyCalls }, row.calls)
  }
  for (const row of await usage.usage({
    ...{ ...asked, source: 'ssm.amazonaws.com' },
    by: ['account', 'region', 'resource', 'operation', 'result'],
  })) {
    const place = placed(row.keys)
    if (!faster.has(`${place.account} ${place.region}`) && !advanced.has(place.resource)) continue
    const [, , , operation, result] = row.keys
    // a call that reads ten parameters is ten interactions. Source: surroundings.md 9
    const interactions =
      result === OK && String(operation).startsWith('GetParameter')
        ? row.items || single(operation, row.calls)
        : row.calls
    add(place, { ...PARAMETER_CALLS, price: prices.parameterInteractions }, interactions)
  }
  return { from, to, until, lines: lines.done() }
}

/** Of the operations that read many at once what was read is counted apart. */
const single = (operation: unknown, calls: number) => (/^GetParameters/.test(String(operation)) ? 0 : calls)

interface Named {
  readonly name: string
  readonly tags: ReadonlyMap<string, string>
}

const NO_TAGS: ReadonlyMap<string, string> = new Map()
const SECRET_CALLS = { service: 'AWSSecretsManager', usageType: 'AWSSecretsManager-APIRequest', unit: 'call' } as const
const KEY_CALLS = { service: 'awskms', usageType: 'KMS-Requests', unit: 'call' } as const
const PARAMETER_CALLS = { service: 'AWSSystemsManager', usageType: 'PS-Param-Processed-Tier2', unit: 'call' } as const

const NOBODY: ReadonlySet<string> = new Set()

type Asked = Pick<UsageQuery, 'from' | 'to' | 'account' | 'region'>

/** ARNs of what was called. */
async function resourcesIn(usage: Pick<UsageReader, 'usage'>, asked: Asked): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for (const made of ['by-users', 'by-services'] as const)
    for (const { keys } of await usage.usage({ ...asked, made, by: ['resource'] })) found.add(String(keys[0]))
  return found
}

/** The first hour of a time in which anything was counted. */
async function firstHour(usage: Pick<UsageReader, 'usage'>, asked: Asked): Promise<number | undefined> {
  const hours = await usage.usage({ ...asked, by: ['hour'] })
  return hours.length === 0 ? undefined : Math.min(...hours.map(({ keys: [hour] }) => Number(hour)))
}

/** Sums what belongs into one line. */
class Lines {
  /** Lines are told apart by something of the resource. */
  readonly knowsResources: boolean
  readonly #by: By
  readonly #lines = new Map<string, Open>()

  constructor({ by }: BillQuery) {
    this.#by = by
    this.knowsResources = by.kind === 'secret' || by.kind === 'tag'
  }

  add(
    line: Pick<BillLine, 'account' | 'region' | 'service' | 'usageType' | 'resource' | 'name' | 'unit' | 'rate'>,
    tags: ReadonlyMap<string, string>,
    quantity: number,
    expected: number,
  ): void {
    const bySecret = this.#by.kind === 'secret'
    const tag = this.#by.kind === 'tag' ? tags.get(this.#by.key) : undefined
    const key = JSON.stringify([line.account, line.region, line.usageType, line.rate, bySecret ? line.resource : tag])
    const known = this.#lines.get(key)
    if (known !== undefined) {
      known.quantity += quantity
      known.expected += expected
      return
    }
    const { account, region, service, usageType, unit, rate } = line
    const resource = bySecret ? line.resource : ''
    const name = bySecret ? line.name : ''
    this.#lines.set(key, { account, region, service, usageType, resource, name, tag, unit, rate, quantity, expected })
  }

  /** The dearest first. */
  done(): BillLine[] {
    const lines = Array.from(this.#lines.values(), ({ expected, ...line }): BillLine => {
      return { ...line, cost: line.quantity * line.rate, forecast: expected * line.rate }
    })
    return lines.sort((a, b) => b.forecast - a.forecast || (a.resource < b.resource ? -1 : 1))
  }
}
