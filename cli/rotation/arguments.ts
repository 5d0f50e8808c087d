import { exit, Failure } from '../command.ts'
import { accountIn, Line, ownsValue } from '../line.ts'

/** What can be asked of `strongroom rotation`. */
export const VERBS = ['list', 'show', 'readers', 'dry-run', 'retry', 'cancel', 'hold'] as const
export type Verb = (typeof VERBS)[number]

/** A command line of `strongroom rotation`, read. */
export interface RotationArguments {
  readonly verb: Verb
  /** Name or ARN; empty for list. */
  readonly name: string
  readonly account: string | undefined
  /** One of the server's regions; for list, undefined means all. */
  readonly region: string | undefined
  readonly json: boolean
  /** list: only what has failed or is overdue. */
  readonly problems: boolean
  readonly dropPending: boolean
  /** hold: `7d`; undefined with `off`. */
  readonly deadline: string | undefined
  readonly off: boolean
  /** dry-run: another function than the configured one. */
  readonly functionArn: string | undefined
  /** Words of the server's own: where its state is. */
  readonly rest: readonly string[]
}

const VALUED: Readonly<Record<string, readonly Verb[]>> = {
  '--account': VERBS,
  '--region': VERBS,
  '--deadline': ['hold'],
  '--function': ['dry-run'],
}
const PLAIN: Readonly<Record<string, readonly Verb[]>> = {
  '--json': VERBS,
  '--problems': ['list'],
  '--drop-pending': ['cancel'],
  '--off': ['hold'],
}

const wrong = (what: string) => new Failure(what, 'see strongroom rotation --help', exit.usage)

/** Takes the command's own words off the line. Throws Failure. */
export function parseRotation(args: readonly string[]): RotationArguments {
  const [first, ...words] = args
  const verb = VERBS.find((one) => one === first)
  if (verb === undefined) throw wrong(`say what to do: rotation ${VERBS.join(', ')}`)
  const line = new Line(words, wrong)
  const { values } = line
  const flags = new Set<string>()
  const rest: string[] = []
  let name = ''
  while (line.next()) {
    const { word } = line
    if (VALUED[line.flag]?.includes(verb)) line.take()
    else if (PLAIN[word]?.includes(verb)) flags.add(word)
    else if (word.startsWith('-')) rest.push(...line.passed(ownsValue))
    else if (verb !== 'list' && name === '') name = word
    else throw wrong(`what is ${word.slice(0, 60)}?`)
  }
  if (verb !== 'list' && name === '') throw wrong(`say of which secret: rotation ${verb} NAME`)
  const account = accountIn(values, wrong)
  const deadline = values.get('--deadline')
  if (verb === 'hold' && (deadline === undefined) === !flags.has('--off')) throw wrong('say --deadline 7d, or --off')
  if (deadline !== undefined && !isSpan(deadline))
    throw wrong('--deadline takes hours or days, at most 90 days: 12h, 7d')
  return {
    verb,
    name,
    account,
    region: values.get('--region'),
    json: flags.has('--json'),
    problems: flags.has('--problems'),
    dropPending: flags.has('--drop-pending'),
    deadline,
    off: flags.has('--off'),
    functionArn: values.get('--function'),
    rest,
  }
}

function isSpan(text: string): boolean {
  const [, number, unit] = /^([1-9][0-9]{0,3})([hd])$/.exec(text) ?? []
  return number !== undefined && Number(number) <= (unit === 'h' ? 90 * 24 : 90)
}
