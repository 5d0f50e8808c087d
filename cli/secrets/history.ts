import { now } from '@strongroom/server/wire'
import { type Command, exit, type Io } from '../command.ts'
import { plain, styles } from '../style.ts'
import { connect, wireHelp, wireSettings } from '../wire/client.ts'
import { parseSecrets, wholeOf } from './arguments.ts'
import { type Change, type Entry, type HistoryPage, isoTime, shownChange, shownTime, timeOf } from './past.ts'

const PAGE = 100

/** `strongroom history` */
export const history: Command = {
  name: 'history',
  summary: 'who changed a secret, when and how',
  help: () => `usage: strongroom history NAME|ARN [--since TIME] [--until TIME] [--limit N] [--json] [flags]

Lists the changes of a secret, the newest first: each version and each change of labels, description, tags, key, policy, rotation and
deletion, with who made it, when, from where and by which request. No value is shown: strongroom diff compares values. A secret that is
gone for good keeps its history for as long as the server's --history says.

--since TIME, --until TIME
                         only changes in that time: 2026-11-01, 2026-11-01T10:30 (UTC), or so long ago: 90m, 24h, 7d
--limit N                only the newest N
--json                   one JSON object for each change, one per line
${wireHelp}
examples:
  strongroom history prod/db
  strongroom history prod/db --since 7d --json | jq -r '.time + " " + .principalArn'
`,
  async run(args, io) {
    const asked = parseSecrets(args, {
      name: 'history',
      words: ['NAME'],
      valued: ['--since', '--until', '--limit'],
      plain: ['--json'],
    })
    const { values, wrong } = asked
    const [name = ''] = asked.words
    const limit = wholeOf(asked, '--limit', [1, 1_000_000_000 - 1]) ?? Number.POSITIVE_INFINITY
    const time = (flag: string) => {
      const text = values.get(flag)
      return text === undefined ? undefined : timeOf(text, flag, now(), wrong) / 1000
    }
    const [StartTime, EndTime] = [time('--since'), time('--until')]
    const json = asked.flags.has('--json')
    using client = await connect(wireSettings(values), io)
    const input = {
      SecretId: name,
      MaxResults: Math.min(PAGE, limit),
      ...(StartTime !== undefined && { StartTime }),
      ...(EndTime !== undefined && { EndTime }),
    }
    let count = 0
    for await (const page of client.pages<typeof input, HistoryPage>('strongroom', 'ListSecretHistory', input)) {
      if (count === 0 && !json) io.out(headOf(page, io))
      for (const entry of page.Entries) {
        if (count++ < limit) io.out(json ? `${JSON.stringify(jsonOf(entry, page))}\n` : shown(entry, io))
      }
      if (count >= limit || (await io.drained?.()) === false) break
    }
    if (count === 0 && !json) io.err('no change is known of that time\n')
    return exit.ok
  },
}

function headOf({ Name, ARN, GoneDate }: HistoryPage, io: Io): string {
  const { bold, yellow } = styles(io)
  const gone = GoneDate === undefined ? '' : `  ${yellow(`(gone for good since ${shownTime(GoneDate)})`)}`
  return `${bold(plain(Name))}  ${plain(ARN)}${gone}\n`
}

/** A change in lines: when, what and who; then from where; then what became of which member. */
function shown(entry: Entry, io: Io): string {
  const { bold } = styles(io)
  const by = entry.InvokedBy === undefined ? '' : ` by ${plain(entry.InvokedBy)}`
  const from = [
    ...(entry.SourceIPAddress === undefined ? [] : [`from ${plain(entry.SourceIPAddress)}`]),
    ...(entry.RequestId === undefined ? [] : [`request ${plain(entry.RequestId)}`]),
  ].join(', ')
  const version =
    entry.VersionId === undefined
      ? []
      : [`version ${plain(entry.VersionId)}${entry.ValueKept === false ? ' (its value is not kept any more)' : ''}`]
  const lines = [
    ...(from === '' ? [] : [from]),
    ...version,
    ...(entry.Changes ?? []).filter((change) => !isTheVersion(change, entry)).map((change) => shownChange(change)),
  ]
  const head = `${shownTime(entry.Time)}  ${bold(plain(entry.EventName ?? entry.Kind))}  ${plain(entry.PrincipalArn ?? '-')}${by}`
  return `\n${head}\n${lines.map((line) => `    ${line}\n`).join('')}`
}

/** That the version of the entry came is said already. */
const isTheVersion = ({ Member, From, To }: Change, { VersionId }: Entry) =>
  Member === 'Version' && From === undefined && To === VersionId

function jsonOf(entry: Entry, { ARN }: HistoryPage): object {
  return {
    arn: ARN,
    entryId: entry.EntryId,
    time: isoTime(entry.Time),
    kind: entry.Kind,
    eventName: entry.EventName,
    principalArn: entry.PrincipalArn,
    principalId: entry.PrincipalId,
    sessionIssuerArn: entry.SessionIssuerArn,
    invokedBy: entry.InvokedBy,
    sourceIPAddress: entry.SourceIPAddress,
    requestId: entry.RequestId,
    versionId: entry.VersionId,
    valueKept: entry.ValueKept,
    changes: (entry.Changes ?? []).map(({ Member, From, To }) => ({ member: Member, from: From, to: To })),
  }
}
