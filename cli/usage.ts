import { configure } from '@strongroom/server/config'
import type { Dimension, UsageQuery, UsageRow } from '@strongroom/server/usage'
import { type Command, exit, Failure, type Io } from './command.ts'
import { parseReport, type ReportArguments, timeIn, wholeIn, wrongIn } from './report/arguments.ts'
import { bar, type Column, csvLine, grouped, table } from './report/table.ts'
import { counting } from './report/counting.ts'
import { accepted } from './settings.ts'
import { styles } from './style.ts'

/** What calls are told apart by, as the command says it; each is one column. */
const DIMENSIONS: Readonly<Record<string, readonly Dimension[]>> = {
  account: ['account'],
  region: ['region'],
  principal: ['principal'],
  service: ['source'],
  operation: ['source', 'operation'],
  result: ['result'],
  secret: ['resource'],
  minute: ['minute'],
  hour: ['hour'],
  day: ['day'],
  month: ['month'],
}
const TIMES = ['minute', 'hour', 'day', 'month']
const SHOWN_AT_ONCE = 50
const MONTH_START = /^\d{4}-\d\d/

/** `strongroom usage` */
export const usage: Command = {
  name: 'usage',
  summary: 'count calls: by account, principal, operation, secret, day',
  help: () => `usage: strongroom usage [--by WORD[,WORD…]] [--from TIME] [--to TIME] [flags]

Counts the calls that a server has taken, out of its audit trail: exact up to this moment, while it runs or when it does not.
Failed calls of somebody known count, throttled ones do not; a call of BatchGetSecretValue counts once; what the server does by
itself (rotations, replication) and what one service asks of another in a caller's name does not count, what functions ask with
the credentials of their role does. CloudWatch's AWS/Usage says the same numbers.

--by WORDS         ${Object.keys(DIMENSIONS).join(', ')}; several with commas between; default: operation.
                   secret: the ARN of the secret, parameter or key; read: secrets and parameters that were read, of which a
                   call may read several
--from TIME        2026-11-01, 2026-11-01T10:30 (UTC), or so long ago: 90m, 24h, 7d; default: the beginning of this month
--to TIME          up to here; default: now
--principal ARN    only of this user, role (not its sessions) or root user
--operation NAME   only this operation: GetSecretValue
--secret ARN       only calls on this secret, parameter or key
--services         in place of users' calls those that services made in their name, and the engine of rotations
--limit N          so many rows, those of the most calls; default: ${SHOWN_AT_ONCE} in a table, else all
--account DIGITS, --region REGION
                   only of this account, in this region
--json             one JSON object for each row, one per line
--csv              with a head; what a program for tables would take for a formula has a ' before it
--data DIR, --database URL, --seal-file FILE
                   where the server keeps its state: as for strongroom serve

Minutes are kept for 15 days, hours for 63, days for 400, months for good: of older calls the time is that much coarser.

examples:
  strongroom usage
  strongroom usage --by principal,operation --from 24h
  strongroom usage --by day --secret arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-a1B2c3 --csv
`,
  async run(args, io) {
    const wrong = wrongIn('usage')
    const valued = ['--by', '--from', '--to', '--principal', '--operation', '--secret', '--limit']
    const asked = parseReport(args, { name: 'usage', valued, plain: ['--services'] })
    const config = accepted('usage', configure('serve', asked.rest, io.env), io)
    if (config === undefined) return exit.usage
    if (config.mode !== 'serve') throw new Failure('what strongroom dev counts can only be asked by the API')
    const server = await import('@strongroom/server/usage')
    const words = wordsIn(asked)
    const query = queryOf(asked, words, server.now())
    if (query.from >= query.to) throw wrong('--from is not before --to')
    const rows = await server.readUsage(config, query, counting(io))
    const { calls } = rows.reduce((sum, row) => ({ calls: sum.calls + row.calls }), { calls: 0 })
    const sorted = words.some((word) => TIMES.includes(word)) ? byTime(rows, words) : rows
    write(asked, words, sorted, io)
    if (asked.form === 'table') {
      const { bold } = styles(io)
      const time = `${new Date(query.from).toISOString().slice(0, 16)}Z to ${new Date(query.to).toISOString().slice(0, 16)}Z`
      const full = rows.length === query.limit ? ' in these rows; --limit N shows more' : ''
      io.out(
        rows.length === 0 ? `nobody called anything, ${time}\n` : `${bold(grouped(calls))} calls, ${time}${full}\n`,
      )
    }
    return exit.ok
  },
}

function wordsIn({ values }: ReportArguments): readonly string[] {
  const wrong = wrongIn('usage')
  const words = [...new Set((values.get('--by') ?? 'operation').split(','))]
  for (const word of words) {
    if (!Object.hasOwn(DIMENSIONS, word)) throw wrong(`--by takes ${Object.keys(DIMENSIONS).join(', ')}`)
  }
  return words
}

/** Counters know ARNs only: of a name they would say that nobody called anything. */
function arnIn({ values }: ReportArguments, flag: string): string | undefined {
  const text = values.get(flag)
  if (text !== undefined && !text.startsWith('arn:')) throw wrongIn('usage')(`${flag} takes an ARN`)
  return text
}

function queryOf(asked: ReportArguments, words: readonly string[], now: number): UsageQuery {
  const wrong = wrongIn('usage')
  const { account, region, values, flags, form } = asked
  const at = new Date(now)
  const limit = wholeIn(asked, '--limit', [1, 1_000_000], wrong)
  return {
    from: timeIn(asked, '--from', now, wrong) ?? Date.UTC(at.getUTCFullYear(), at.getUTCMonth()),
    to: timeIn(asked, '--to', now, wrong) ?? now + 1,
    by: words.flatMap((word) => DIMENSIONS[word] ?? []),
    account,
    region,
    principal: arnIn(asked, '--principal'),
    operation: values.get('--operation'),
    resource: arnIn(asked, '--secret'),
    made: flags.has('--services') ? 'by-services' : 'by-users',
    limit: limit ?? (form === 'table' ? SHOWN_AT_ONCE : undefined),
  }
}

/** Times from the first to the last, what is of one time as it was. */
function byTime(rows: readonly UsageRow[], words: readonly string[]): readonly UsageRow[] {
  const cells = (row: UsageRow) => cellsOf(row, words)[words.findIndex((word) => TIMES.includes(word))] ?? ''
  return rows.toSorted((a, b) => (cells(a) < cells(b) ? -1 : cells(a) > cells(b) ? 1 : 0))
}

/** One text for each word. */
function cellsOf({ keys }: UsageRow, words: readonly string[]): string[] {
  let at = 0
  return words.map((word) => {
    const own = keys.slice(at, at + (DIMENSIONS[word]?.length ?? 0))
    at += own.length
    const [first = '', second] = own
    if (TIMES.includes(word)) return timeText(Number(first), word)
    const service = String(first).replace(/\.amazonaws\.com$/, '')
    return word === 'service' ? service : second === undefined ? String(first) : `${service}:${second}`
  })
}

function timeText(time: number, word: string): string {
  const text = new Date(time).toISOString()
  if (word === 'month') return MONTH_START.exec(text)?.[0] ?? text
  return word === 'day' ? text.slice(0, 10) : `${text.slice(0, 16)}Z`
}

function write({ form }: ReportArguments, words: readonly string[], rows: readonly UsageRow[], io: Io): void {
  if (form === 'csv') io.out(csvLine([...words, 'calls', 'read']))
  if (form !== 'table') {
    for (const row of rows) {
      const cells = cellsOf(row, words)
      if (form === 'csv') io.out(csvLine([...cells, row.calls, row.items]))
      else {
        const named = Object.fromEntries(words.map((word, at) => [word, cells[at]]))
        io.out(`${JSON.stringify({ ...named, calls: row.calls, read: row.items })}\n`)
      }
    }
    return
  }
  if (rows.length === 0) return
  const most = Math.max(...rows.map(({ calls }) => calls))
  const reads = rows.some(({ items }) => items > 0)
  const columns: Column[] = words.map((word) => ({ title: word.toUpperCase(), most: 72 }))
  columns.push({ title: 'CALLS', right: true })
  if (reads) columns.push({ title: 'READ', right: true })
  if (io.terminal === true) columns.push({ title: '' })
  const cells = rows.map((row) => [
    ...cellsOf(row, words).map((cell) => (cell === '' ? '-' : cell)),
    grouped(row.calls),
    ...(reads ? [grouped(row.items)] : []),
    ...(io.terminal === true ? [bar(row.calls, most)] : []),
  ])
  io.out(table(columns, cells, styles(io).bold))
}
