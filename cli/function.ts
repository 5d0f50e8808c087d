import { setTimeout as delay } from 'node:timers/promises'
import { configure } from '@strongroom/server/config'
import type { LogGroup, LogReader, Place, StoredLine } from '@strongroom/server/function-logs'
import { type Command, exit, Failure, type Io } from './command.ts'
import { accountIn, Line, spanIn } from './line.ts'
import { accepted } from './settings.ts'
import { styles } from './style.ts'

/** `strongroom function` */
export const functionCommand: Command = {
  name: 'function',
  summary: 'print what functions logged',
  help: () => `usage: strongroom function logs NAME|ARN [--follow] [--since SPAN] [--stream TEXT] [--account DIGITS] [--json] [flags]
       strongroom function list [--json] [flags]

Functions are made and invoked by the API: aws lambda create-function, aws lambda invoke. What they print is kept by the server and
read here, while it runs or when it does not. Values of secrets that a function handled are replaced by ****.

logs       Prints the log of a function, oldest line first: time, and the line.
  --follow         go on with new lines until interrupted
  --since SPAN     only lines of the last SPAN: 90s, 10m, 2h or 7d; default: all that is kept (30 days, or the retention of its log group)
  --stream TEXT    only streams with this in their name, such as [$LATEST] or 2026/01/02; each process has a stream of its own
  --account DIGITS whose function a bare name is; needed when several accounts have one of that name
list       Prints the functions that have a log, with the size of it and the time of its newest line.
--json     one JSON object for each line or function, one per line
--data DIR, --database URL, --seal-file FILE, --region REGION
           where the server keeps its state, and the region of the function (default: the server's first): as for strongroom serve

examples:
  strongroom function logs rotate-api-key --since 10m
  strongroom function logs rotate-api-key --follow --json | jq -r .message
`,
  async run(args, io) {
    const asked = parse(args)
    const config = accepted('function', configure('serve', asked.rest, io.env), io)
    if (config === undefined) return exit.usage
    if (config.mode !== 'serve') throw new Failure('what functions logged in strongroom dev ends with its process')
    const reader = await opened(config)
    try {
      if (asked.verb === 'list') list(await reader.groups(), asked.json, io)
      else await print(reader, asked, config.regions[0] as string, io)
      return exit.ok
    } finally {
      await reader.close()
    }
  },
}

async function opened(place: Place): Promise<LogReader> {
  const { LogReader } = await import('@strongroom/server/function-logs')
  return LogReader.open(place)
}

interface Asked {
  readonly verb: 'logs' | 'list'
  readonly json: boolean
  readonly following: boolean
  /** Milliseconds. */
  readonly span: number | undefined
  readonly stream: string | undefined
  readonly account: string | undefined
  readonly region: string | undefined
  readonly name: string
  readonly rest: readonly string[]
}

const OWN = ['--since', '--stream', '--account']
const ARN = /^arn:aws:lambda:([a-z0-9-]+):([0-9]{12}):function:([A-Za-z0-9-_]{1,64})(?::[A-Za-z0-9$_-]+)?$/

/** Takes the command's own words off the line. */
function parse(args: readonly string[]): Asked {
  const [verb, ...words] = args
  if (verb !== 'logs' && verb !== 'list') throw wrong('say what to do: function logs NAME or function list')
  const line = new Line(words, wrong)
  const { values: given } = line
  const rest: string[] = []
  let json = false
  let following = false
  let bare: string | undefined
  while (line.next()) {
    const { word } = line
    if (word === '--json') json = true
    else if (word === '--follow' && verb === 'logs') following = true
    else if (verb === 'logs' && OWN.includes(line.flag)) line.take()
    else if (word.startsWith('-')) rest.push(...line.passed())
    else if (verb === 'logs' && bare === undefined) bare = word
    else rest.push(word)
  }
  const account = accountIn(given, wrong)
  const [, region, owner, named] = ARN.exec(bare ?? '') ?? []
  const name = named ?? bare ?? ''
  if (verb === 'logs' && !/^[A-Za-z0-9-_]{1,64}$/.test(name)) {
    throw wrong(
      bare === undefined ? 'say of which function: function logs NAME' : 'a function is named by its name or its ARN',
    )
  }
  const span = spanIn(given, '--since', wrong)
  return { verb, json, following, span, stream: given.get('--stream'), account: owner ?? account, region, name, rest }
}

const wrong = (what: string) => new Failure(what, 'see strongroom function --help', exit.usage)

/** Between two looks for new lines, milliseconds. */
const PAUSE_MS = 300

/**
 * Prints the lines of a function, and those that come while `pause` answers true (tests); a person interrupts.
 * `now`: milliseconds since the epoch.
 */
export async function print(
  reader: Pick<LogReader, 'groups' | 'follow'>,
  asked: Pick<Asked, 'account' | 'region' | 'name' | 'span' | 'stream' | 'json' | 'following'>,
  defaultRegion: string,
  io: Io,
  pause: () => Promise<boolean> = () => delay(PAUSE_MS, true),
): Promise<void> {
  const { name, stream, span, json, following, region = defaultRegion } = asked
  const group = `/aws/lambda/${name}`
  const owners = (await reader.groups()).filter((one) => one.group === group && one.region === region)
  const accounts = owners.map(({ account }) => account)
  if (asked.account === undefined && accounts.length > 1) {
    throw new Failure(
      `${accounts.length} accounts have a function ${name}: whose is meant?`,
      `give --account: ${accounts.join(', ')}`,
      exit.usage,
    )
  }
  const account = asked.account ?? accounts[0]
  if (account === undefined || (!accounts.includes(account) && !following)) {
    throw new Failure(
      `there is no log of a function ${name} in ${region}`,
      'strongroom function list shows which there are',
    )
  }
  const newest = owners.find((one) => one.account === account)?.lastAt ?? 0
  // By the newest line, not by this machine's time: the server may have another one.
  const since = span === undefined ? 0 : Math.max(newest, await now()) - span
  await reader.follow(
    { account, region, group, since, stream },
    (line) => io.out(shown(line, json)),
    async () => (following ? pause() : false),
  )
}

/** The machine's time, by the server's door to it. */
async function now(): Promise<number> {
  const { machineNow } = await import('@strongroom/server/function-logs')
  return machineNow()
}

function shown({ time, text, stream }: StoredLine, json: boolean): string {
  const timestamp = new Date(time).toISOString()
  if (json) return `${JSON.stringify({ timestamp, stream, message: text })}\n`
  return `${timestamp}  ${printable(text)}\n`
}

/** What a function printed must not paint the reader's terminal; its tabs stay, its line ends within a line become new lines. */
function printable(text: string): string {
  return text
    .replace(/[\r\n]+$/, '')
    .replace(/\r\n?|\n/g, '\n    ')
    .replace(/[\p{Cc}\u2028\u2029]/gu, (at) =>
      at === '\t' || at === '\n' ? at : `\\u${at.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
}

function list(groups: readonly LogGroup[], json: boolean, io: Io): void {
  const { bold } = styles(io)
  if (!json)
    io.out(bold(`${'ACCOUNT'.padEnd(14)}${'REGION'.padEnd(16)}${'NEWEST LINE'.padEnd(22)}${'BYTES'.padEnd(10)}NAME\n`))
  for (const { account, region, group, bytes, streams, lastAt } of groups) {
    const name = group.replace(/^\/aws\/lambda\//, '')
    const newest = new Date(lastAt).toISOString()
    if (json) io.out(`${JSON.stringify({ account, region, name, group, streams, bytes, newest })}\n`)
    else {
      const at = `${newest.slice(0, 19)}Z`
      io.out(`${account.padEnd(14)}${region.padEnd(16)}${at.padEnd(22)}${String(bytes).padEnd(10)}${name}\n`)
    }
  }
}
