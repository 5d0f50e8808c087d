import { configure } from '@strongroom/server/config'
import type { Bill, BillLine, By } from '@strongroom/server/cost'
import { type Command, exit, Failure, type Io } from './command.ts'
import { parseReport, type ReportArguments, wholeIn, wrongIn } from './report/arguments.ts'
import { counting } from './report/counting.ts'
import { bar, type Column, csvLine, table } from './report/table.ts'
import { accepted } from './settings.ts'
import { styles } from './style.ts'

const KINDS = ['type', 'account', 'region', 'service', 'secret'] as const
const SHOWN_AT_ONCE = 50

/** `strongroom cost` */
export const cost: Command = {
  name: 'cost',
  summary: 'estimate what the same use would cost at AWS: by tag, by secret',
  help: () => `usage: strongroom cost [--by WORD | --by tag:KEY] [--month YYYY-MM] [flags]

Estimates what a month of the same use would cost at AWS's list prices: secrets, advanced parameters and keys by the hour
that they are there, calls by the number that strongroom usage counts. Up to now, and forecast for the end of the month: what is
there stays, calls go on as they did. Works while a server runs or when it does not.

--by WORD          ${KINDS.join(', ')}; tag:KEY, by the value of a tag; default: type
--month YYYY-MM    another month than this one
--prices FILE      a JSON file with prices of your own, for 10,000 calls: {"secretMonth": 0.40, "secretCalls": 0.05,
                   "advancedParameterMonth": 0.05, "parameterInteractions": 0.05, "keyMonth": 1, "keyRotationMonth": 1,
                   "keyCalls": 0.03, "currency": "USD", "date": "…", "source": "…"}; what is not in it stays the list price
--limit N          so many rows of a table, the dearest; default: ${SHOWN_AT_ONCE}
--account DIGITS, --region REGION
                   only of this account, in this region
--json             one JSON object: the lines, the sums, and by which prices
--csv              a line for each with columns as in AWS's cost-and-usage report
--data DIR, --database URL, --seal-file FILE
                   where the server keeps its state: as for strongroom serve

What it is not: a bill. Prices are those of us-east-1, for every region. Not in it: free tiers, discounts, taxes, traffic, what
asymmetric keys cost more, secrets of connections (EventBridge has them in its price), functions, log groups, trails, metrics and
events, and calls of services with AWS's own keys. Parameters: only advanced ones, and calls where the higher throughput is on or
the parameter is advanced. What is marked for deletion is free.

examples:
  strongroom cost
  strongroom cost --by tag:team
  strongroom cost --by secret --month 2026-10 --csv > october.csv
`,
  async run(args, io) {
    const wrong = wrongIn('cost')
    const asked = parseReport(args, { name: 'cost', valued: ['--by', '--month', '--prices', '--limit'], plain: [] })
    const by = byIn(asked)
    const config = accepted('cost', configure('serve', asked.rest, io.env), io)
    if (config === undefined) return exit.usage
    if (config.mode !== 'serve') throw new Failure('what strongroom dev counts can only be asked by the API')
    const server = await import('@strongroom/server/cost')
    const own = asked.values.get('--prices')
    const prices = own === undefined ? server.LIST_PRICES : server.readPrices(own)
    const now = server.now()
    const month = monthIn(asked) ?? now
    if (server.monthOf(month).from > now) throw wrong('--month is not there yet')
    const { account, region } = asked
    const bill = await server.cost(config, { month, now, by, account, region, prices }, counting(io))
    const limit = wholeIn(asked, '--limit', [1, 1_000_000], wrong) ?? SHOWN_AT_ONCE
    if (asked.form === 'json') io.out(`${JSON.stringify(jsonOf(bill, by, prices))}\n`)
    else if (asked.form === 'csv') writeCsv(bill, by, prices.currency, io)
    else writeTable(bill, by, prices, limit, io)
    return exit.ok
  },
}

function byIn({ values }: ReportArguments): By {
  const wrong = wrongIn('cost')
  const text = values.get('--by') ?? 'type'
  if (text.startsWith('tag:') && text.length > 4) return { kind: 'tag', key: text.slice(4) }
  const kind = KINDS.find((one) => one === text)
  if (kind === undefined) throw wrong(`--by takes ${KINDS.join(', ')}, or tag:KEY`)
  return { kind }
}

function monthIn({ values }: ReportArguments): number | undefined {
  const text = values.get('--month')
  if (text === undefined) return undefined
  const [, year, month] = /^(20\d\d)-(0[1-9]|1[0-2])$/.exec(text) ?? []
  if (year === undefined) throw wrongIn('cost')('--month takes a year and a month: 2026-11')
  return Date.UTC(Number(year), Number(month) - 1)
}

type Prices = typeof import('@strongroom/server/cost')['LIST_PRICES']

const WORTH = [
  'an estimate by list prices: free tiers, discounts, taxes and traffic are not in it (strongroom cost --help)',
] as const

const keyOf = (line: BillLine, by: By): string => {
  switch (by.kind) {
    case 'type':
      return line.usageType
    case 'account':
      return line.account
    case 'region':
      return line.region
    case 'service':
      return line.service
    case 'secret':
      return line.resource === '' ? '(no resource)' : line.resource
    case 'tag':
      return line.tag ?? '(no tag)'
  }
}

interface Sum {
  cost: number
  forecast: number
}

function sumsOf({ lines }: Bill, by: By): [string, Sum][] {
  const sums = new Map<string, Sum>()
  for (const line of lines) {
    const key = keyOf(line, by)
    const sum = sums.get(key) ?? { cost: 0, forecast: 0 }
    sum.cost += line.cost
    sum.forecast += line.forecast
    sums.set(key, sum)
  }
  return [...sums].sort(([, a], [, b]) => b.forecast - a.forecast)
}

const total = (sums: readonly [string, Sum][]): Sum => ({
  cost: sums.reduce((sum, [, { cost }]) => sum + cost, 0),
  forecast: sums.reduce((sum, [, { forecast }]) => sum + forecast, 0),
})

const rounded = (amount: number): number => Number(amount.toFixed(10))

function jsonOf(bill: Bill, by: By, prices: Prices): object {
  const sums = sumsOf(bill, by)
  const shown = ({ cost, forecast }: Sum) => ({ cost: rounded(cost), forecast: rounded(forecast) })
  return {
    month: new Date(bill.from).toISOString().slice(0, 7),
    until: new Date(bill.until).toISOString(),
    currency: prices.currency,
    ...shown(total(sums)),
    by: by.kind === 'tag' ? `tag:${by.key}` : by.kind,
    sums: sums.map(([key, sum]) => ({ key, ...shown(sum) })),
    lines: bill.lines.map((line) => ({ ...line, quantity: rounded(line.quantity), ...shown(line) })),
    prices,
    note: WORTH[0],
  }
}

const EXACT = 8

/** The prefixes of Regions in usage types; others go by their name. */
const PREFIXES: Readonly<Record<string, string>> = {
  'us-east-1': 'USE1',
  'us-east-2': 'USE2',
  'us-west-1': 'USW1',
  'us-west-2': 'USW2',
  'ca-central-1': 'CAN1',
  'eu-central-1': 'EUC1',
  'eu-north-1': 'EUN1',
  'eu-west-1': 'EUW1',
  'eu-west-2': 'EUW2',
  'eu-west-3': 'EUW3',
  'ap-northeast-1': 'APN1',
  'ap-northeast-2': 'APN2',
  'ap-south-1': 'APS3',
  'ap-southeast-1': 'APS1',
  'ap-southeast-2': 'APS2',
  'sa-east-1': 'SAE1',
}

/** Source: surroundings.md 9, columns as in the cost-and-usage report. KMS has the whole name of the Region. */
function usageTypeOf({ region, usageType }: BillLine): string {
  return `${usageType.startsWith('KMS') ? region : (PREFIXES[region] ?? region.toUpperCase())}-${usageType}`
}

function writeCsv(bill: Bill, by: By, currency: string, io: Io): void {
  const tagged = by.kind === 'tag' ? [`resourceTags/user:${by.key}`] : []
  const head = [
    ...['bill/BillingPeriodStartDate', 'lineItem/UsageStartDate', 'lineItem/UsageEndDate', 'lineItem/UsageAccountId'],
    ...['lineItem/ProductCode', 'product/region', 'lineItem/UsageType', 'lineItem/ResourceId', 'lineItem/UsageAmount'],
    ...['pricing/unit', 'lineItem/UnblendedRate', 'lineItem/UnblendedCost', 'lineItem/CurrencyCode', 'forecastCost'],
  ]
  io.out(csvLine([...head, ...tagged]))
  const [from, until] = [bill.from, bill.until].map((time) => `${new Date(time).toISOString().slice(0, 19)}Z`) as [
    string,
    string,
  ]
  for (const line of bill.lines) {
    const { account, service, region, resource, quantity, unit, rate, cost, forecast, tag } = line
    io.out(
      csvLine([
        ...[from, from, until, account, service, region, usageTypeOf(line), resource],
        ...[quantity.toFixed(EXACT), unit, rate.toFixed(10), cost.toFixed(10), currency, forecast.toFixed(10)],
        ...(by.kind === 'tag' ? [tag ?? ''] : []),
      ]),
    )
  }
}

/** Small amounts are what small stores have. */
const money = (amount: number): string => amount.toFixed(amount > 0 && amount < 10 ? 4 : 2)

function writeTable(bill: Bill, by: By, prices: Prices, limit: number, io: Io): void {
  const { bold } = styles(io)
  const sums = sumsOf(bill, by)
  const all = total(sums)
  const month = new Date(bill.from).toISOString().slice(0, 7)
  if (sums.length === 0) io.out(`nothing would be billed for ${month}\n`)
  else {
    const most = Math.max(...sums.map(([, { forecast }]) => forecast))
    const title = by.kind === 'tag' ? by.key.toUpperCase() : by.kind.toUpperCase()
    const columns: Column[] = [
      { title, most: 80 },
      { title: 'SO FAR', right: true },
      { title: 'MONTH', right: true },
    ]
    if (io.terminal === true) columns.push({ title: '' })
    const rows = sums
      .slice(0, limit)
      .map(([key, { cost, forecast }]) => [
        key,
        money(cost),
        money(forecast),
        ...(io.terminal === true ? [bar(forecast, most)] : []),
      ])
    if (sums.length > limit) rows.push([`(${sums.length - limit} more: --limit N)`, '', ''])
    io.out(table(columns, [...rows, ['total', money(all.cost), money(all.forecast)]], bold))
  }
  io.out(`${month}, ${prices.currency}, up to ${new Date(bill.until).toISOString().slice(0, 16)}Z; ${WORTH[0]}\n`)
  io.out(`prices of ${prices.date}: ${prices.source}\n`)
}
