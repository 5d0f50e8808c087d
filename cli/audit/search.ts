import {
  type Attribute,
  attributesOf,
  type AuditPlace,
  type Lookup,
  type Mark,
  nameIn,
  now,
  openAuditSearch,
  type StoredRecord,
} from '@strongroom/server/audit'
import { configure } from '@strongroom/server/config'
import { exit, Failure, type Io } from '../command.ts'
import { parseReport, type ReportArguments, timeIn, wholeIn } from '../report/arguments.ts'
import { type Column, csvLine, table } from '../report/table.ts'
import { accepted } from '../settings.ts'
import { styles } from '../style.ts'

const SHOWN = 100
const MOST = 1_000_000
const PAGE = 200

export const searchHelp = `       strongroom audit search [--secret NAME|ARN] [--user NAME|ARN] [--event NAME] [--since TIME] [--until TIME] [flags]
`

export const searchFlags = `search   Finds records by what stands in them, newest first: who did what, on what, from where, which version, how it ended.
         Several flags must all be true. An index answers (the server keeps it); what is newer than that is looked through.
  --secret NAME|ARN      calls on this secret, by anybody who was let in or whose account it is
  --parameter NAME|ARN   the same of a parameter
  --resource ARN         the same of anything that records name: a key, a role
  --user NAME|ARN        a user's name, the name of a role's session, root; or the ARN of a user or of a session
  --event NAME           one operation: GetSecretValue
  --source SERVICE       kms, or kms.amazonaws.com
  --access-key ID, --ip ADDRESS, --error CODE, --event-id ID
  --changes              only what was to change something
  --since, --until TIME  2026-11-01, 2026-11-01T10:30 (UTC), or so long ago: 90m, 24h, 30d
  --account DIGITS, --region REGION
  --limit N              so many; default ${SHOWN}
  --csv                  the table as CSV
`

const COLUMNS: readonly Column[] = [
  { title: 'time' },
  { title: 'who', most: 48 },
  { title: 'what' },
  { title: 'on', most: 48 },
  { title: 'from', most: 40 },
  { title: 'version', most: 36 },
  { title: 'outcome' },
]

const wrong = (what: string) => new Failure(what, 'see strongroom audit --help', exit.usage)

const VALUED = [
  '--secret',
  '--parameter',
  '--resource',
  '--user',
  '--event',
  '--source',
  '--access-key',
  '--ip',
  '--error',
]

/** `strongroom audit search` */
export async function search(args: readonly string[], io: Io): Promise<number> {
  const valued = [...VALUED, '--event-id', '--since', '--until', '--limit']
  const asked = parseReport(args, { name: 'audit', valued, plain: ['--changes'] })
  const config = accepted('audit', configure('serve', asked.rest, io.env), io)
  if (config === undefined) return exit.usage
  if (config.mode !== 'serve')
    throw new Failure(
      'the trail of strongroom dev ends with its process',
      'ask it by its API: aws cloudtrail lookup-events',
    )
  const attributes = attributesIn(asked)
  const limit = wholeIn(asked, '--limit', [1, MOST], wrong) ?? SHOWN
  const lookup = lookupOf(asked, attributes, now())
  const trail = await openAuditSearch(config as AuditPlace, (text) =>
    io.err(`${text}: the journal itself is looked through\n`),
  )
  try {
    if (asked.form === 'csv') io.out(csvLine(COLUMNS.map(({ title }) => title)))
    const rows: (readonly string[])[] = []
    let found = 0
    let more = false
    for (let after: Mark | undefined; ; ) {
      const page = await trail.lookup({ ...lookup, limit: Math.min(PAGE, limit - found), ...(after && { after }) })
      for (const record of page.records) {
        if (asked.form === 'json') io.out(`${record.record}\n`)
        else if (asked.form === 'csv') io.out(csvLine(rowOf(record)))
        else rows.push(rowOf(record))
      }
      found += page.records.length
      after = page.next
      more = after !== undefined
      if (!more || found >= limit) break
    }
    if (asked.form === 'table') {
      if (found === 0) io.err('nothing was found\n')
      else io.out(table(COLUMNS, rows, styles(io).bold))
      if (more) io.err(`there are more than these ${found}: --limit shows more, --until goes on further back\n`)
    }
    return exit.ok
  } finally {
    await trail.close()
  }
}

/** What records must have. */
function attributesIn({ values, flags }: ReportArguments): readonly Attribute[] {
  const found: Attribute[] = []
  const add = (key: Attribute['key'], flag: string, value = values.get(flag)) => {
    if (value !== undefined) found.push({ key, value })
  }
  const isArn = (flag: string) => values.get(flag)?.startsWith('arn:') === true
  for (const [flag, service] of [
    ['--secret', 'secretsmanager'],
    ['--parameter', 'ssm'],
  ] as const) {
    if (isArn(flag) && values.get(flag)?.split(':')[2] !== service)
      throw wrong(`${flag} takes the name or the ARN of a ${flag.slice(2)}`)
    add(isArn(flag) ? 'Arn' : 'Name', flag)
  }
  if (values.has('--secret') && !isArn('--secret'))
    found.push({ key: 'ResourceType', value: 'AWS::SecretsManager::Secret' })
  if (values.has('--resource') && !isArn('--resource')) throw wrong('--resource takes an ARN')
  add('Arn', '--resource')
  add(isArn('--user') ? 'PrincipalArn' : 'Username', '--user')
  add('EventName', '--event')
  const source = values.get('--source')
  add('EventSource', '--source', source === undefined || source.includes('.') ? source : `${source}.amazonaws.com`)
  add('AccessKeyId', '--access-key')
  add('SourceIp', '--ip')
  add('ErrorCode', '--error')
  add('EventId', '--event-id', values.get('--event-id')?.toLowerCase())
  if (flags.has('--changes')) found.push({ key: 'ReadOnly', value: 'false' })
  return found
}

function lookupOf(
  asked: ReportArguments,
  attributes: readonly Attribute[],
  moment: number,
): Omit<Lookup, 'limit' | 'after'> {
  const from = timeIn(asked, '--since', moment, wrong)
  const to = timeIn(asked, '--until', moment, wrong)
  if (from !== undefined && to !== undefined && from > to) throw wrong('--since is later than --until')
  const { account, region } = asked
  return {
    attributes,
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  }
}

interface Told {
  readonly userIdentity?: {
    readonly invokedBy?: string
    readonly principalId?: string
    readonly accountId?: string
  }
  readonly requestParameters?: Readonly<Record<string, unknown>> | null
}

/** A record as a row: who read what, from where, which version. */
function rowOf({ record, eventTime }: StoredRecord): readonly string[] {
  const { principalArn, eventName, eventSource, sourceIp, errorCode, resources, versionId } = attributesOf(record)
  const { userIdentity, requestParameters } = told(record)
  const { invokedBy, principalId, accountId } = userIdentity ?? {}
  const who = principalArn?.split(':').slice(5).join(':') ?? invokedBy ?? principalId ?? accountId ?? 'unknown'
  const via = invokedBy === undefined || invokedBy === who ? '' : ` via ${invokedBy}`
  const names = resources.map(({ name }) => nameIn(name) ?? name)
  const { secretId, name, keyId, versionId: askedVersion, versionStage } = requestParameters ?? {}
  const on =
    names.length > 0 ? names.join(' ') : ([secretId, name, keyId].find((each) => typeof each === 'string') ?? '')
  const version = versionId ?? [askedVersion, versionStage].find((each) => typeof each === 'string') ?? ''
  const time = `${new Date(eventTime).toISOString().slice(0, 19)}Z`
  return [
    time,
    who + via,
    `${eventSource.split('.')[0]}:${eventName}`,
    String(on),
    sourceIp,
    String(version),
    errorCode ?? 'ok',
  ]
}

function told(record: string): Told {
  try {
    return (JSON.parse(record) as Told | null) ?? {}
  } catch {
    return {}
  }
}
