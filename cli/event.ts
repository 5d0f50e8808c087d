import { setTimeout as delay } from 'node:timers/promises'
import { configure } from '@strongroom/server/config'
import type { Envelope } from '@strongroom/server/events'
import { type Command, exit, Failure, type Io } from './command.ts'
import { accountIn, Line, spanIn } from './line.ts'
import { accepted } from './settings.ts'
import { plain } from './style.ts'

/** `strongroom event` */
export const event: Command = {
  name: 'event',
  summary: 'print what services announced, and what could not be delivered; deliver it again',
  help: () => `usage: strongroom event list [--follow] [--trail] [--source NAME] [--account DIGITS] [--region REGION] [--since SPAN] [--json] [flags]
       strongroom event failed [--rule NAME|ARN] [--account DIGITS] [--region REGION] [--json] [flags]
       strongroom event redeliver ID | --rule NAME|ARN [--account DIGITS] [--region REGION] [flags]

Services announce what happens: a label of a secret was moved, a parameter was made, overwritten, labelled or deleted, a parameter policy
had its effect, a key has new material. The events are those of EventBridge, with nothing secret in them; the server keeps them for 24 hours.
What rules send of them to targets and cannot be delivered is kept for 14 days, as in a dead-letter queue. All of it is read here, while
the server runs or when it does not.

list      Prints the events, the oldest first: time, account, region, detail-type, and what is in the detail.
  --follow         go on with new events until interrupted
  --trail          the records of the audit trail too, as the events that rules see: the last 10,000
  --source NAME    only those of one source, such as aws.ssm
  --account DIGITS only those of one account
  --region REGION  only those of one region
  --since SPAN     only those of the last SPAN: 90s, 10m, 2h or 7d
  --json           each event as EventBridge hands it over, one JSON object per line
failed    Prints what could not be delivered, the oldest first: when, id, rule, target, how often it was tried, and why.
  --rule NAME|ARN  only that of one rule
  --json           one JSON object per line, with the event and what was to be sent of it: those of applications may hold anything
redeliver Sends what could not be delivered once more: one by its id, or all of a rule. The running server does it, or the next one.
--data DIR, --database URL, --seal-file FILE
                   where the server keeps its state: as for strongroom serve

examples:
  strongroom event list --source aws.secretsmanager --since 1h
  strongroom event list --follow --json | jq -r 'select(."detail-type" == "Parameter Store Policy Action") | .detail'
  strongroom event failed --json | jq -r '[.rule, .code] | @tsv' | sort | uniq -c
  strongroom event redeliver --rule orders-to-shop
`,
  async run(args, io) {
    const asked = parse(args)
    const config = accepted('event', configure('serve', asked.rest, io.env), io)
    if (config === undefined) return exit.usage
    if (config.mode !== 'serve') throw new Failure('what was announced in strongroom dev ends with its process')
    if (asked.verb === 'failed') await printFailed(config, asked, io)
    else if (asked.verb === 'redeliver') await redeliver(config, asked, io)
    else await print(config, asked, io)
    return exit.ok
  },
}

interface Asked {
  readonly verb: 'list' | 'failed' | 'redeliver'
  readonly json: boolean
  readonly following: boolean
  readonly trail?: boolean
  readonly rule: string | undefined
  readonly id: string | undefined
  readonly account: string | undefined
  readonly region: string | undefined
  readonly source: string | undefined
  /** Milliseconds. */
  readonly span: number | undefined
  readonly rest: readonly string[]
}

/** What each verb takes: values, and switches. */
const OWN: Readonly<Record<Asked['verb'], readonly string[]>> = {
  list: ['--source', '--account', '--region', '--since', '--json', '--follow', '--trail'],
  failed: ['--rule', '--account', '--region', '--json'],
  redeliver: ['--rule', '--account', '--region'],
}
const SWITCHES = ['--json', '--follow', '--trail']
const isVerb = (word: string | undefined): word is Asked['verb'] => word !== undefined && Object.hasOwn(OWN, word)
/** An id of what could not be delivered. */
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Takes the command's own words off the line. */
function parse([verb, ...words]: readonly string[]): Asked {
  if (!isVerb(verb)) throw wrong('say what to do: event list, event failed or event redeliver')
  const line = new Line(words, wrong)
  const { values: given } = line
  const switches = new Set<string>()
  const rest: string[] = []
  let id: string | undefined
  while (line.next()) {
    const { word } = line
    if (verb === 'redeliver' && ID.test(word)) {
      if (id !== undefined) throw wrong('redeliver takes one id')
      id = word
    } else if (!OWN[verb].includes(line.flag)) rest.push(word)
    else if (SWITCHES.includes(word)) switches.add(word)
    else line.take()
  }
  const account = accountIn(given, wrong)
  const rule = given.get('--rule')
  if (verb === 'redeliver' && (id === undefined) === (rule === undefined))
    throw wrong('event redeliver takes an id as event failed prints it, or --rule')
  return {
    ...{ verb, id, rule },
    json: switches.has('--json'),
    following: switches.has('--follow'),
    trail: switches.has('--trail'),
    ...{ account, region: given.get('--region'), source: given.get('--source') },
    span: spanIn(given, '--since', wrong),
    rest,
  }
}

const wrong = (what: string) => new Failure(what, 'see strongroom event --help', exit.usage)

/** Between two looks for new events, milliseconds. */
const PAUSE_MS = 300

type Place = Parameters<typeof import('@strongroom/server/events').followEvents>[0]

/** Prints the events, and those that come while `pause` answers true (tests); a person interrupts. */
export async function print(
  place: Place,
  { json, following, trail, account, region, source, span }: Omit<Asked, 'rest' | 'verb' | 'rule' | 'id'>,
  io: Io,
  pause: () => Promise<boolean> = () => delay(PAUSE_MS, true),
): Promise<void> {
  const { followEvents } = await import('@strongroom/server/events')
  await followEvents(
    place,
    { account, region, source, span, trail },
    (event) => io.out(`${json ? JSON.stringify(event) : line(event)}\n`),
    async () => (following ? pause() : false),
  )
}

/** Prints what could not be delivered. */
async function printFailed(place: Place, { json, rule, account, region }: Asked, io: Io): Promise<void> {
  const { failedEvents } = await import('@strongroom/server/events')
  await failedEvents(place, { rule, account, region }, (failed) => {
    const { id, failedAt, rule, target, attempts, code, reason, event, input, ...rest } = failed
    const times = { failedAt: instant(failedAt), createdAt: instant(rest.createdAt) }
    const { account, region } = rest
    if (json)
      io.out(
        `${JSON.stringify({ id, account, region, ...times, rule, target, attempts, code, reason, input, event })}\n`,
      )
    else io.out(`${plain([times.failedAt, id, rule, target, `tries=${attempts}`, code, reason].join('  '))}\n`)
  })
}

async function redeliver(place: Place, { id, rule, account, region }: Asked, io: Io): Promise<void> {
  const { redeliverEvents } = await import('@strongroom/server/events')
  const count = await redeliverEvents(place, id === undefined ? { rule, account, region } : { id })
  io.out(`${count} ${count === 1 ? 'event goes' : 'events go'} out again\n`)
}

const instant = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** One event for a person; texts in it are other people's. */
function line({ time, account, region, 'detail-type': type, detail }: Envelope): string {
  const members = Object.entries(detail).map(([key, value]) => `${key}=${shown(value)}`)
  return plain([time, account, region, type, members.join(' ')].join('  '))
}

const shown = (value: unknown): string =>
  typeof value === 'string' && /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value)
