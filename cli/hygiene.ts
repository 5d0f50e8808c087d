import { configure } from '@strongroom/server/config'
import type { Check, Finding, Severity } from '@strongroom/server/hygiene'
import { type Command, exit, Failure } from './command.ts'
import { parseReport, type ReportArguments, wholeIn, wrongIn } from './report/arguments.ts'
import { csvLine } from './report/table.ts'
import { accepted } from './settings.ts'
import { plain, styles } from './style.ts'

const READERS = 20
const DAYS = 90
const SHOWN_AT_ONCE = 500

/** `strongroom hygiene` */
export const hygiene: Command = {
  name: 'hygiene',
  summary: 'find secrets that are not as they should be',
  help: async () => {
    const { CHECK_NAMES, SEVERITIES } = await import('@strongroom/server/hygiene')
    return `usage: strongroom hygiene [--fail-on SEVERITY] [--checks NAME[,NAME…]] [flags]

Looks through all secrets for what is not as it should be, and says of each why, how grave it is and what can be done. Works
while a server runs or when it does not; no value is looked at.

--fail-on SEVERITY exit code 1 when anything of this severity or a graver one is found: ${SEVERITIES.join(', ')}; for CI
--checks NAMES     only these: ${CHECK_NAMES.slice(0, 6).join(', ')},
                   ${CHECK_NAMES.slice(6).join(', ')}
--readers N        so many principals may read a secret before it is told; default: ${READERS}. Users and roles count whom the
                   policies let read it without conditions on the request, root users do not. Whether the key lets them too is
                   not asked: strongroom access who-can does
--days N           so old a value without rotation, an AWSPREVIOUS or a version without label is told; default: ${DAYS}
--limit N          so many findings are shown; default: ${SHOWN_AT_ONCE}. With --json and --csv all are
--account DIGITS, --region REGION
                   only of this account, in this region
--json             one JSON object for each finding, one per line
--csv              with a head
--data DIR, --database URL, --seal-file FILE
                   where the server keeps its state: as for strongroom serve

exit codes: 0 done, 1 something is as grave as --fail-on says, or it failed, 2 the command line is wrong

examples:
  strongroom hygiene
  strongroom hygiene --fail-on high --checks public,rotation-failing,rotation-overdue
  strongroom hygiene --json | jq 'select(.severity == "medium")'
`
  },
  async run(args, io) {
    const wrong = wrongIn('hygiene')
    const valued = ['--fail-on', '--checks', '--readers', '--days', '--limit']
    const asked = parseReport(args, { name: 'hygiene', valued, plain: [] })
    const server = await import('@strongroom/server/hygiene')
    const checks = checksIn(asked, server.CHECK_NAMES)
    const least = severityIn(asked, server.SEVERITIES)
    const readers = wholeIn(asked, '--readers', [0, 100_000], wrong) ?? READERS
    const days = wholeIn(asked, '--days', [0, 10_000], wrong) ?? DAYS
    const limit = wholeIn(asked, '--limit', [1, 1_000_000], wrong) ?? SHOWN_AT_ONCE
    const config = accepted('hygiene', configure('serve', asked.rest, io.env), io)
    if (config === undefined) return exit.usage
    if (config.mode !== 'serve') throw new Failure('what strongroom dev holds can only be asked by the API')
    const { account, region, form } = asked
    const counts: Record<Severity, number> = { low: 0, medium: 0, high: 0 }
    const { bold, red, yellow } = styles(io)
    const paint = { high: red, medium: yellow, low: (text: string) => text }
    let shown = 0
    let name = ''
    if (form === 'csv') io.out(csvLine(['severity', 'check', 'account', 'region', 'name', 'arn', 'why', 'hint']))
    for await (const finding of server.hygiene(config, { checks, readers, days, account, region })) {
      counts[finding.severity]++
      if (form === 'json') io.out(`${JSON.stringify(finding)}\n`)
      else if (form === 'csv') io.out(csvLine(cellsOf(finding)))
      else if (shown++ < limit) {
        if (name !== finding.arn) io.out(`${bold(plain(finding.name))}  ${finding.account} ${plain(finding.region)}\n`)
        name = finding.arn
        const severity = paint[finding.severity](finding.severity.padEnd(6))
        io.out(
          `  ${severity}  ${finding.check.padEnd(17)} ${plain(finding.why)}\n${' '.repeat(28)}${plain(finding.hint)}\n`,
        )
      }
    }
    const found = counts.high + counts.medium + counts.low
    if (form === 'table') {
      const more = shown > limit ? `; the first ${limit} are shown` : ''
      const sizes = server.SEVERITIES.toReversed().map((one) => `${counts[one]} ${one}`)
      io.out(
        found === 0
          ? 'all secrets are as they should be\n'
          : `${bold(String(found))} findings: ${sizes.join(', ')}${more}\n`,
      )
    }
    if (least === undefined) return exit.ok
    const grave = server.SEVERITIES.slice(server.SEVERITIES.indexOf(least)).some((one) => counts[one] > 0)
    return grave ? exit.failed : exit.ok
  },
}

const cellsOf = ({ severity, check, account, region, name, arn, why, hint }: Finding) => [
  ...[severity, check, account, region, name, arn, why, hint],
]

function checksIn({ values }: ReportArguments, known: readonly Check[]): ReadonlySet<Check> {
  const text = values.get('--checks')
  if (text === undefined) return new Set(known)
  const checks = text.split(',').map((word) => {
    const check = known.find((one) => one === word)
    if (check === undefined) throw wrongIn('hygiene')(`--checks takes ${known.join(', ')}`)
    return check
  })
  return new Set(checks)
}

function severityIn({ values }: ReportArguments, known: readonly Severity[]): Severity | undefined {
  const text = values.get('--fail-on')
  if (text === undefined) return undefined
  const severity = known.find((one) => one === text)
  if (severity === undefined) throw wrongIn('hygiene')(`--fail-on takes ${known.join(', ')}`)
  return severity
}
