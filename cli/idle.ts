import { configure } from '@strongroom/server/config'
import type { Idle } from '@strongroom/server/idle'
import { type Command, exit, Failure } from './command.ts'
import { parseReport, wholeIn, wrongIn } from './report/arguments.ts'
import { type Column, csvLine, table } from './report/table.ts'
import { accepted } from './settings.ts'
import { styles } from './style.ts'

const DAYS = 90
const SHOWN_AT_ONCE = 200

/** `strongroom idle` */
export const idle: Command = {
  name: 'idle',
  summary: 'list secrets that nobody has read for some days',
  help: () => `usage: strongroom idle [--days N] [--never] [flags]

Lists secrets whose value nobody has read for some days, also those that were never read, with who read them last, their tags and
what keeping them would cost a month at AWS. Goes by LastAccessedDate, which is a day (UTC) and not more exact. Secrets that are
younger, or marked for deletion, are not listed. No value is looked at, and looking counts as no access.

--days N           so many days at least; default: ${DAYS}
--never            only those that were never read
--limit N          so many rows of a table; default: ${SHOWN_AT_ONCE}. With --json and --csv all are listed
--account DIGITS, --region REGION
                   only of this account, in this region
--json             one JSON object for each secret, one per line
--csv              with a head
--data DIR, --database URL, --seal-file FILE
                   where the server keeps its state: as for strongroom serve

examples:
  strongroom idle --days 180
  strongroom idle --never --json | jq -r .arn
`,
  async run(args, io) {
    const wrong = wrongIn('idle')
    const asked = parseReport(args, { name: 'idle', valued: ['--days', '--limit'], plain: ['--never'] })
    const days = wholeIn(asked, '--days', [1, 10_000], wrong) ?? DAYS
    const limit = wholeIn(asked, '--limit', [1, 1_000_000], wrong) ?? SHOWN_AT_ONCE
    const config = accepted('idle', configure('serve', asked.rest, io.env), io)
    if (config === undefined) return exit.usage
    if (config.mode !== 'serve') throw new Failure('what strongroom dev holds can only be asked by the API')
    const server = await import('@strongroom/server/idle')
    const { account, region, form, flags } = asked
    const rows: string[][] = []
    let count = 0
    let monthly = 0
    if (form === 'csv') io.out(csvLine(HEAD))
    for await (const one of server.idle(config, { days, never: flags.has('--never'), account, region })) {
      count++
      monthly += one.monthly
      if (form === 'json') io.out(`${JSON.stringify(jsonOf(one))}\n`)
      else if (form === 'csv') io.out(csvLine(cellsOf(one)))
      else if (rows.length < limit) rows.push(rowOf(one))
    }
    if (form !== 'table') return exit.ok
    const { bold } = styles(io)
    if (count === 0) io.out(`every secret was read in the last ${days} days, or is younger\n`)
    else {
      io.out(table(COLUMNS, rows, bold))
      const more = count > rows.length ? `, the first ${rows.length} are shown` : ''
      io.out(`${bold(String(count))} of them${more}; at AWS's list price ${monthly.toFixed(2)} USD a month\n`)
    }
    return exit.ok
  },
}

const HEAD = ['account', 'region', 'name', 'arn', 'days', 'lastRead', 'lastReader', 'created', 'tags', 'monthly']
const COLUMNS: readonly Column[] = [
  { title: 'ACCOUNT' },
  { title: 'REGION' },
  { title: 'SECRET', most: 48 },
  { title: 'DAYS', right: true },
  { title: 'LAST READ' },
  { title: 'BY', most: 64 },
  { title: 'TAGS', most: 60 },
]

const dayOf = (time: number | undefined) => (time === undefined ? 'never' : new Date(time).toISOString().slice(0, 10))
const tagsOf = ({ tags }: Idle) =>
  Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')

function rowOf(one: Idle): string[] {
  const { account, region, name, days, lastDay, lastReader } = one
  const last = dayOf(lastReader?.at ?? lastDay)
  return [account, region, name, String(days), last, lastReader?.principal ?? '-', tagsOf(one)]
}

function cellsOf(one: Idle): (string | number)[] {
  const { account, region, name, arn, days, lastDay, lastReader, createdAt, monthly } = one
  const last = dayOf(lastReader?.at ?? lastDay)
  return [
    ...[account, region, name, arn, days, last, lastReader?.principal ?? '', dayOf(createdAt)],
    ...[tagsOf(one), monthly.toFixed(2)],
  ]
}

function jsonOf({ createdAt, lastDay, lastReader, owningService, ...one }: Idle): object {
  return {
    ...one,
    ...(owningService !== undefined && { owningService }),
    created: new Date(createdAt).toISOString(),
    lastAccessed: lastDay === undefined ? null : dayOf(lastDay),
    lastReader:
      lastReader === undefined ? null : { principal: lastReader.principal, at: new Date(lastReader.at).toISOString() },
  }
}
