import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the record of a good call of one operation says. Absent: null, or not there. */
export interface Row {
  /** When it is not the operation's name. */
  readonly name?: string
  readonly readOnly: boolean
  readonly request?: unknown
  readonly response?: unknown
  readonly resources?: unknown
  readonly additional?: unknown
  readonly category?: 'Data'
}

/**
 * One row for each operation: parameters, answer, resources, further data, as AWS's trail has them (surroundings.md 1.3) with
 * what is ours besides (docs/compatibility.md). Words in angle brackets stand for what differs from run to run.
 */
export const table: Readonly<Record<string, Row>> = Object.fromEntries(
  readFileSync(join(import.meta.dirname, 'table.tsv'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [action = '', row = ''] = line.split('\t')
      return [action, JSON.parse(row) as Row]
    }),
)

/** Puts words in angle brackets in the place of what differs from run to run. */
export function steady(value: unknown, account: string): unknown {
  const text = JSON.stringify(value)
    .replaceAll(account, '<account>')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uuid>')
    .replace(/mrk-[0-9a-f]{32}/g, '<mrk>')
    .replace(/\b[0-9a-f]{64}\b/g, '<hex64>')
    .replace(/\b(here|gone)([-/])?[a-z]\d{4}/g, '$1$2<n>')
    .replace(/"ParametersReturned":\d+/, '"ParametersReturned":"<count>"')
    .replace(/Herer\d{4}/g, 'Here<n>')
    .replace(/:secret:([^"]*?)-[A-Za-z0-9]{6}"/g, ':secret:$1-<random>"')
    .replace(/(AIDA|AROA|AGPA|ANPA|AIPA|AKIA|ASIA|ASCA)[A-Z0-9]{16,}/g, '<$1>')
    .replace(/[A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}:\d\d:\d\d [AP]M/g, (moment) =>
      moment.includes(', ', moment.indexOf(',') + 1) ? '<Mmm d, yyyy, h:mm:ss>' : '<Mmm d, yyyy h:mm:ss>',
    )
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z/g, '<ISO>')
  return JSON.parse(text)
}
