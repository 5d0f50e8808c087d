import { setTimeout as delay } from 'node:timers/promises'
import { configure } from '@strongroom/server/config'
import type { Envelope } from '@strongroom/server/events'
import { type Command, exit, Failure, type Io } from './command.ts'
import { accountIn, Line } from './line.ts'
import { accepted } from './settings.ts'
import { plain } from './style.ts'

/** `strongroom event` */
export const event: Command = {
  name: 'event',
  summary: 'print what services announced: parameters that changed, policies that had their effect',
  help: () => `usage: strongroom event list [--follow] [--source NAME] [--account DIGITS] [--region REGION] [--since SPAN] [--json] [flags]

Services announce what happens: a parameter was made, overwritten, labelled or deleted, a parameter policy had its effect. The events
are those of EventBridge, with nothing secret in them; the server keeps them for 24 hours. They are read here, while it runs or when it
does not.

list      Prints the events, the oldest first: time, account, region, detail-type, and what is in the detail.
  --follow         go on with new events until interrupted
  --source NAME    only those of one source, such as aws.ssm
  --account DIGITS only those of one account
  --region REGION  only those of one region
  --since SPAN     only those of the last SPAN: 90s, 10m or 2h
  --json           each event as EventBridge hands it over, one JSON object per line
--data DIR, --database URL, --seal-file FILE
                   where the server keeps its state: as for strongroom serve

examples:
  strongroom event list --source aws.ssm --since 1h
  strongroom event list --follow --json | jq -r 'select(."detail-type" == "Parameter Store Policy Action") | .detail'
`,
  async run(args, io) {
    const asked = parse(args)
    const config = accepted('event', configure('serve', asked.rest, io.env), io)
    if (config === undefined) return exit.usage
    if (config.mode !== 'serve') throw new Failure('what was announced in strongroom dev ends with its process')
    await print(config, asked, io)
    return exit.ok
  },
}

interface Asked {
  readonly json: boolean
  readonly following: boolean
  readonly account: string | undefined
  readonly region: string | undefined
  readonly source: string | undefined
  /** Milliseconds. */
  readonly span: number | undefined
  readonly rest: readonly string[]
}

const OWN = ['--source', '--account', '--region', '--since']
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

/** Takes the command's own words off the line. */
function parse([verb, ...words]: readonly string[]): Asked {
  if (verb !== 'list') throw wrong('say what to do: event list')
  const line = new Line(words, wrong)
  const { values: given } = line
  const switches = new Set<string>()
  const rest: string[] = []
  while (line.next()) {
    const { word } = line
    if (word === '--json' || word === '--follow') switches.add(word)
    else if (OWN.includes(line.flag)) line.take()
    else rest.push(word)
  }
  const account = accountIn(given, wrong)
  return {
    json: switches.has('--json'),
    following: switches.has('--follow'),
    ...{ account, region: given.get('--region'), source: given.get('--source') },
    span: spanOf(given.get('--since')),
    rest,
  }
}

function spanOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, count, unit] = /^(\d{1,6})([smh])$/.exec(text) ?? []
  if (unit === undefined) throw wrong('--since takes a span such as 90s, 10m or 2h')
  return Number(count) * (UNITS[unit] as number)
}

const wrong = (what: string) => new Failure(what, 'see strongroom event --help', exit.usage)

/** Between two looks for new events, milliseconds. */
const PAUSE_MS = 300

type Place = Parameters<typeof import('@strongroom/server/events').followEvents>[0]

/** Prints the events, and those that come while `pause` answers true (tests); a person interrupts. */
export async function print(
  place: Place,
  { json, following, account, region, source, span }: Omit<Asked, 'rest'>,
  io: Io,
  pause: () => Promise<boolean> = () => delay(PAUSE_MS, true),
): Promise<void> {
  const { followEvents } = await import('@strongroom/server/events')
  await followEvents(
    place,
    { account, region, source, span },
    (event) => io.out(`${json ? JSON.stringify(event) : line(event)}\n`),
    async () => (following ? pause() : false),
  )
}

/** One event for a person; texts in it are other people's. */
function line({ time, account, region, 'detail-type': type, detail }: Envelope): string {
  const members = Object.entries(detail).map(([key, value]) => `${key}=${shown(value)}`)
  return plain([time, account, region, type, members.join(' ')].join('  '))
}

const shown = (value: unknown): string =>
  typeof value === 'string' && /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value)
