import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Interval } from '#kernel/metering/ledger'
import { ENGINE, OK, type Series, Tally } from '#kernel/audit/usage/tally'
import { merged } from '#kernel/audit/usage/usage'
import { recordOf, stored } from '#kernel/audit/usage/test/records'
import { type BillLine, type BillQuery, billOf } from './bill.ts'
import { LIST_PRICES, readPrices } from './prices.ts'

const FROM = Date.UTC(2026, 10, 1)
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const ACCOUNT = '111122223333'
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/mine`

const interval = (name: string, more: Partial<Interval> = {}): Interval => ({
  ...{ source: 's', account: ACCOUNT, region: 'us-east-1', id: name, arn: name, name, kind: 'secret', tags: new Map() },
  ...{ began: FROM - DAY_MS, since: FROM - DAY_MS, until: undefined },
  ...more,
})

/** Calls: how many of which, on the first day of the month. */
const tallied = (calls: readonly (readonly [number, Partial<Series>])[]) => {
  const tally = new Tally()
  let sequence = 0
  for (const [
    times,
    { source = 'secretsmanager', operation = 'GetSecretValue', resource, via = '', result = OK },
  ] of calls)
    for (let at = 0; at < times; at++) {
      const identity = recordOf().userIdentity as object
      const record = recordOf({
        ...{ eventSource: `${source}.amazonaws.com`, eventName: operation, additionalEventData: undefined },
        userIdentity: via === '' ? identity : { ...identity, invokedBy: via },
        ...(resource === undefined ? {} : { resources: [{ ARN: resource }] }),
        ...(result === OK ? {} : { errorCode: result }),
      })
      tally.add(stored(record, { sequence: ++sequence, time: FROM }))
    }
  return tally
}

async function billed(
  query: Partial<BillQuery>,
  intervals: readonly Interval[],
  calls: Parameters<typeof tallied>[0] = [],
  faster: readonly string[] = [],
) {
  const tally = tallied(calls)
  const bill = await billOf(
    { month: FROM, now: FROM + 10 * DAY_MS, by: { kind: 'type' }, prices: LIST_PRICES, ...query },
    {
      async *intervals() {
        yield* intervals
      },
      usage: { usage: async (asked) => merged([], tally, asked) },
      faster: new Set(faster),
    },
  )
  return bill.lines
}
const amounts = (lines: readonly BillLine[], key: keyof BillLine = 'usageType') =>
  Object.fromEntries(lines.map((line) => [line[key] ?? '', [round(line.cost), round(line.forecast)]]))
const round = (amount: number) => Number(amount.toFixed(6))

test('a secret of a whole month costs 0.40, one of ten days of thirty a third of it, forecast to the end (surroundings.md 9)', async () => {
  assert.deepEqual(amounts(await billed({}, [interval('a')])), { 'AWSSecretsManager-Secrets': [0.133333, 0.4] })
  assert.deepEqual(amounts(await billed({ now: FROM + 100 * DAY_MS }, [interval('a')])), {
    'AWSSecretsManager-Secrets': [0.4, 0.4],
  })
})

test('a secret that lived three hours costs three hours, and no more at the end of the month', async () => {
  const three = interval('a', { began: FROM, since: FROM, until: FROM + 3 * HOUR_MS })
  const [line, ...more] = await billed({}, [three])
  assert.deepEqual(more, [])
  assert.equal(line?.quantity, 3 / 720)
  assert.deepEqual(amounts([line as BillLine]), { 'AWSSecretsManager-Secrets': [round(0.4 / 240), round(0.4 / 240)] })
})

test('replicas cost as secrets; secrets of connections are in the price of EventBridge; keys cost more by two rotations', async () => {
  const lines = await billed({ now: FROM + 100 * DAY_MS }, [
    interval('r', { kind: 'replica' }),
    interval('c', { kind: 'connection' }),
    interval('p', { kind: 'advanced-parameter' }),
    interval(KEY, { kind: 'key' }),
    interval(KEY, { kind: 'key-rotation' }),
    interval(KEY, { kind: 'key-rotation' }),
  ])
  assert.deepEqual(amounts(lines), {
    'AWSSecretsManager-Secrets': [0.4, 0.4],
    'PS-Advanced-Param-Tier1': [0.05, 0.05],
    'KMS-Keys': [3, 3],
  })
})

test('calls cost 0.05 for 10,000, failed ones too, and are forecast to go on as they did', async () => {
  const lines = await billed(
    {},
    [],
    [
      [900, {}],
      [100, { result: 'AccessDeniedException' }],
    ],
  )
  assert.deepEqual(amounts(lines), { 'AWSSecretsManager-APIRequest': [0.005, 0.015] })
  assert.equal(lines[0]?.quantity, 1000)
})

test('requests to KMS cost 0.03 for 10,000; those of services only with keys of one’s own', async () => {
  const service = { source: 'kms', operation: 'Decrypt', via: 'secretsmanager.amazonaws.com' }
  const lines = await billed(
    { now: FROM + 100 * DAY_MS },
    [interval(KEY, { kind: 'key' })],
    [
      [10, { source: 'kms', operation: 'Encrypt', resource: KEY }],
      [20, { ...service, resource: KEY }],
      [40, { ...service, resource: 'arn:of-aws' }],
      [80, { via: ENGINE }],
    ],
  )
  assert.equal(lines.find(({ usageType }) => usageType === 'KMS-Requests')?.quantity, 30)
  assert.deepEqual(
    lines.filter(({ service }) => service === 'AWSSecretsManager'),
    [],
  )
})

test('parameters: calls are free at standard throughput, but for advanced ones; with the higher one each interaction costs', async () => {
  const calls: Parameters<typeof tallied>[0] = [
    [5, { source: 'ssm', operation: 'GetParameter', resource: 'standard' }],
    [7, { source: 'ssm', operation: 'GetParameter', resource: 'advanced' }],
    [1, { source: 'ssm', operation: 'PutParameter', resource: 'advanced' }],
    [3, { source: 'ssm', operation: 'DescribeParameters' }],
  ]
  const there = [interval('advanced', { kind: 'advanced-parameter' })]
  const of = (lines: readonly BillLine[]) => lines.find(({ unit }) => unit === 'call')?.quantity
  assert.equal(of(await billed({}, there, calls)), 8)
  assert.equal(of(await billed({}, there, calls, [`${ACCOUNT} us-east-1`])), 16)
})

test('by tag and by secret: what is there goes by the tags that it had, calls by those that it has', async () => {
  const tags = (team: string) => new Map([['team', team]])
  const middle = FROM + 5 * DAY_MS
  const a = [
    interval('a', { tags: tags('red'), until: middle }),
    interval('a', { tags: tags('blue'), since: middle }),
    interval('b'),
  ]
  const calls = [
    [100, { resource: 'a' }],
    [100, {}],
  ] as const
  const byTag = await billed({ by: { kind: 'tag', key: 'team' } }, a, calls)
  const of = (tag: string | undefined, unit: string) =>
    byTag.find((line) => line.tag === tag && line.unit === unit)?.quantity
  assert.equal(of('red', 'month'), 120 / 720)
  assert.equal(of('blue', 'month'), 120 / 720)
  assert.equal(of(undefined, 'month'), 240 / 720)
  assert.equal(of('blue', 'call'), 100)
  assert.equal(of(undefined, 'call'), 100)
  const bySecret = await billed({ by: { kind: 'secret' } }, a, calls)
  const sum = (lines: readonly BillLine[]) => round(lines.reduce((total, { cost }) => total + cost, 0))
  assert.equal(sum(bySecret), sum(byTag))
  assert.deepEqual([...new Set(bySecret.map(({ resource }) => resource))].sort(), ['', 'a', 'b'])
})

test('prices of one’s own: what is not said stays, what is wrong is refused', () => {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-prices-'))
  const file = join(directory, 'prices.json')
  const read = (text: string) => {
    writeFileSync(file, text)
    return readPrices(file)
  }
  try {
    const own = read('{"secretMonth": 0.5, "currency": "EUR"}')
    assert.deepEqual(own, { ...LIST_PRICES, secretMonth: 0.5, currency: 'EUR', date: 'unknown', source: file })
    for (const wrong of [
      '[]',
      'null',
      '{',
      '{"secretMonth": "1"}',
      '{"secretMonth": -1}',
      '{"x": 1}',
      '{"__proto__": 1}',
    ])
      assert.throws(() => read(wrong), /prices/, wrong)
  } finally {
    rmSync(directory, { recursive: true })
  }
})
