import { configure, type Environment, type SealSettings } from '@strongroom/server/config'
import { exit, Failure, type Io } from '../command.ts'
import { Line } from '../line.ts'

/** What can be asked of `strongroom seal`. */
export const VERBS = ['init', 'list', 'add', 'remove', 'rotate', 'rekey', 'drill'] as const
export type Verb = (typeof VERBS)[number]

/** A command line of `strongroom seal`, read. */
export interface SealArguments {
  readonly verb: Verb
  /** remove: which one; rotate: which one, when not the one that opens the store. */
  readonly id: string | undefined
  readonly json: boolean
  readonly shares: number | undefined
  readonly threshold: number | undefined
  /** Directory for the shares. */
  readonly out: string | undefined
  /** drill: a file or a directory. */
  readonly copy: string | undefined
  /** drill: what stands before the URL's secret part is in a variable. */
  readonly copyDatabase: boolean
  /** rekey: nothing is left for servers that run. */
  readonly noFollow: boolean
  /** Flags of the seal that is to be, as `serve` has them. */
  readonly wanted: readonly string[]
  /** Words of the server's own: where its state is, and its seal. */
  readonly rest: readonly string[]
}

const making: readonly Verb[] = ['init', 'add', 'rotate']
const VALUED: Readonly<Record<string, readonly Verb[]>> = {
  '--shares': making,
  '--threshold': making,
  '--out': making,
  '--copy': ['drill'],
}
const PLAIN: Readonly<Record<string, readonly Verb[]>> = {
  '--json': VERBS,
  '--copy-database': ['drill'],
  '--no-follow': ['rekey'],
}

export const wrong = (what: string) => new Failure(what, 'see strongroom seal --help', exit.usage)

/** Takes the command's own words off the line. Throws Failure. */
export function parseSeal(args: readonly string[]): SealArguments {
  const [first, ...words] = args
  const verb = VERBS.find((one) => one === first)
  if (verb === undefined) throw wrong(`say what to do: seal ${VERBS.join(', ')}`)
  const line = new Line(words, wrong)
  const { values } = line
  const flags = new Set<string>()
  const wanted: string[] = []
  const rest: string[] = []
  let id: string | undefined
  while (line.next()) {
    const { word } = line
    if (VALUED[line.flag]?.includes(verb)) line.take()
    else if (PLAIN[word]?.includes(verb)) flags.add(word)
    else if (word.startsWith('-')) {
      const isNew = /^--new-seal(?=$|[-=])/.test(word)
      const [named = '', ...value] = line.passed()
      if (isNew) wanted.push(named.replace(/^--new-/, '--'), ...value)
      else rest.push(named, ...value)
    } else if ((verb === 'remove' || verb === 'rotate') && id === undefined) id = word
    else throw wrong(`what is ${word.slice(0, 60)}?`)
  }
  if (wanted.length > 0 && verb !== 'add' && verb !== 'rotate')
    throw wrong(verb === 'init' ? 'init makes the seal that --seal names' : `seal ${verb} makes no seal`)
  if (verb === 'remove' && id === undefined) throw wrong('say which: seal remove ID; strongroom seal list shows them')
  return {
    verb,
    id,
    json: flags.has('--json'),
    shares: whole('--shares', values.get('--shares')),
    threshold: whole('--threshold', values.get('--threshold')),
    out: values.get('--out'),
    copy: values.get('--copy'),
    copyDatabase: flags.has('--copy-database'),
    noFollow: flags.has('--no-follow'),
    wanted,
    rest,
  }
}

function whole(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,2}$/.test(text)) throw wrong(`${flag} takes a whole number`)
  return Number(text)
}

/** The settings of the seal that is to be: the server's flags and variables with NEW before SEAL. Undefined when none is named. */
export function wantedSeal(wanted: readonly string[], region: string, env: Io['env']): SealSettings | undefined {
  const variables: Environment = Object.fromEntries(
    Object.entries(env).flatMap(([name, text]) =>
      name.startsWith('STRONGROOM_NEW_SEAL') ? [[name.replace('_NEW_', '_'), text]] : [],
    ),
  )
  if (wanted.length === 0 && Object.keys(variables).length === 0) return undefined
  const configured = configure('serve', [...wanted, '--region', region], variables)
  if ('config' in configured) return configured.config.seal
  const said = configured.problems.map(
    ({ name, what, hint }) => `${renamed(name)} ${what}${hint === undefined ? '' : ` (${renamed(hint)})`}`,
  )
  throw wrong(said.join('; '))
}

const renamed = (text: string) =>
  text.replaceAll('--seal', '--new-seal').replaceAll('STRONGROOM_SEAL', 'STRONGROOM_NEW_SEAL')
