import { exit, Failure } from '../command.ts'
import { accountIn, Line, ownsValue, spanOf } from '../line.ts'

/** How a report is written. */
export type Form = 'table' | 'json' | 'csv'

/** A command line of a report, read. */
export interface ReportArguments {
  readonly form: Form
  readonly account: string | undefined
  readonly region: string | undefined
  /** Of the command's own flags. */
  readonly values: ReadonlyMap<string, string>
  readonly flags: ReadonlySet<string>
  /** Words of the server's own: where its state is. */
  readonly rest: readonly string[]
}

/** Which words a report takes. */
export interface Words {
  readonly name: string
  /** Flags with a value, besides those of all reports. */
  readonly valued: readonly string[]
  readonly plain: readonly string[]
}

export const wrongIn = (name: string) => (what: string) =>
  new Failure(what, `see strongroom ${name} --help`, exit.usage)

/** Takes the words of a report off the line. Throws Failure. */
export function parseReport(words: readonly string[], { name, valued, plain }: Words): ReportArguments {
  const wrong = wrongIn(name)
  const line = new Line(words, wrong)
  const flags = new Set<string>()
  const rest: string[] = []
  while (line.next()) {
    const { word, flag } = line
    if (['--account', '--region', ...valued].includes(flag)) line.take()
    else if (['--json', '--csv', ...plain].includes(word)) flags.add(word)
    else if (word.startsWith('-')) rest.push(...line.passed(ownsValue))
    else throw wrong(`what is ${word.slice(0, 60)}?`)
  }
  if (flags.has('--json') && flags.has('--csv')) throw wrong('say --json or --csv, not both')
  const account = accountIn(line.values, wrong)
  const region = line.values.get('--region')
  const form = flags.has('--json') ? 'json' : flags.has('--csv') ? 'csv' : 'table'
  return { form, account, region, values: line.values, flags, rest }
}

/** A whole number in bounds. Throws what `wrong` makes. */
export function wholeIn(
  { values }: ReportArguments,
  flag: string,
  [least, most]: readonly [number, number],
  wrong: (what: string) => Failure,
): number | undefined {
  const text = values.get(flag)
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d{1,9}$/.test(text) || value < least || value > most)
    throw wrong(`${flag} takes a number from ${least} to ${most}`)
  return value
}

/** `2026-11-01`, `2026-11-01T10:30`, `2026-11-01T10:30:00Z` (all UTC), or so long ago: `90m`, `24h`, `7d`. Throws what `wrong` makes. */
export function timeIn(
  { values }: ReportArguments,
  flag: string,
  now: number,
  wrong: (what: string) => Failure,
): number | undefined {
  const text = values.get(flag)
  if (text === undefined) return undefined
  const ago = spanOf(text)
  if (ago !== undefined) return Math.max(0, now - ago)
  const [, day, time = 'T00:00'] = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d)?)?Z?$/.exec(text) ?? []
  const at = day === undefined ? Number.NaN : Date.parse(`${day}${time}Z`)
  if (Number.isNaN(at)) throw wrong(`${flag} takes a day or a time (2026-11-01, 2026-11-01T10:30) or a span (24h, 7d)`)
  return at
}
