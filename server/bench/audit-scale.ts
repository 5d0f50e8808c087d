/**
 * `npm run audit:scale -- --records 10000000`: fills a journal with realistic records (with right chains, straight into the file),
 * lets the index be built, and times lookups: the first page of 50, a page deep inside, one that finds nothing.
 *   --data DIR   keep it there (and go on with what is there), for `strongroom audit search` beside it; else it is removed
 *   --lookups 40   of each kind     --without-usage   the index alone: usage is not counted
 */
import { hash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import type { AuditEvent } from '#kernel/audit/event'
import { eventIds } from '#kernel/audit/event-id'
import type { AuditIndex, Lookup } from '#kernel/audit/index/index'
import { keepFileIndex } from '#kernel/audit/index/open'
import type { Attribute } from '#kernel/audit/index/terms'
import { openNoted } from '#kernel/audit/note'
import { lineOf } from '#kernel/audit/record'
import { openAuditDatabase, SqliteChain } from '#kernel/audit/sqlite-chain'
import { openMemoryJournal } from '#kernel/audit/sqlite-journal'
import { sqlitePages } from '#kernel/audit/sqlite-pages'
import type { Caller } from '#kernel/call'
import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { openVault } from '#kernel/sealing/open'
import { fileSeal } from '#kernel/sealing/seal'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { migrations } from '../assembly/schema.ts'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    lookups: { type: 'string', default: '40' },
    data: { type: 'string' },
    'without-usage': { type: 'boolean', default: false },
  },
})
const records = Number(values.records)
const lookups = Number(values.lookups)
const directory = values.data ?? mkdtempSync(join(tmpdir(), 'audit-scale-'))

const ACCOUNT = '111122223333'
const DAYS_MS = 80 * 86_400_000
const SECRETS = 20_000
const BATCH = 48

/** Chance that comes again: the same records in each run. */
let state = 42
const chance = (end: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * end)
}
/** Few are asked for often, many seldom. */
const skewed = (end: number): number => Math.floor((chance(1_000_000) / 1_000_000) ** 3 * end)

const secretOf = (n: number) => {
  const suffix = hash('sha256', `secret ${n}`, 'hex').slice(0, 6)
  return `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:team-${n % 40}/service-${n}-${suffix}`
}
const hex = (text: string, size: number) => hash('sha256', text, 'hex').slice(0, size).toUpperCase()
const callers: readonly Caller[] = Array.from({ length: 600 }, (_, n) =>
  n % 3 === 0
    ? {
        ...{ kind: 'user', account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:user/person-${n}`, userName: `person-${n}` },
        ...{ userId: `AIDA${hex(`u${n}`, 16)}`, accessKeyId: `AKIA${hex(`k${n}`, 16)}` },
      }
    : {
        ...{
          kind: 'role',
          account: ACCOUNT,
          arn: `arn:aws:sts::${ACCOUNT}:assumed-role/app-${n % 60}/i-${hex(`i${n}`, 12)}`,
        },
        ...{ userId: `AROA${hex(`r${n % 60}`, 16)}:i-${hex(`i${n}`, 12)}`, accessKeyId: `ASIA${hex(`s${n}`, 16)}` },
        session: {
          issuer: { type: 'Role', userName: `app-${n % 60}`, arn: 'x', principalId: 'x', accountId: ACCOUNT },
          issuedAt: 0,
        },
      },
) as unknown as readonly Caller[]

function eventAt(time: number, n: number): AuditEvent {
  const who = skewed(callers.length)
  // Everybody has secrets of his own, some of which others have too.
  const secret = (who * 33 + skewed(60)) % SECRETS
  const dice = chance(100)
  const [eventName, readOnly] =
    dice < 88
      ? ['GetSecretValue', true]
      : dice < 94
        ? ['DescribeSecret', true]
        : dice < 98
          ? ['PutSecretValue', false]
          : ['TagResource', false]
  const caller = callers[who] as Caller
  const call = {
    ...{ caller, account: ACCOUNT, region: chance(10) === 0 ? 'eu-west-1' : 'us-east-1', now: time },
    requestId: `${hex(`q${n}`, 8)}-0000-4000-8000-000000000000`,
    ...{
      sourceIp: `10.${skewed(8)}.${skewed(40)}.7`,
      userAgent: 'aws-sdk-js/3.1163.0 ua/2.1 os/linux lang/js md/nodejs#24.21.0',
    },
    ...{ tls: { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' }, host: 'secrets.example.com' },
  } as unknown as AuditEvent['call']
  const refused = chance(200) === 0
  return {
    call,
    eventSource: 'secretsmanager.amazonaws.com',
    ...{ eventName, readOnly },
    requestParameters: { secretId: secretOf(secret), versionStage: 'AWSCURRENT' },
    responseElements: readOnly ? null : { arn: secretOf(secret) },
    ...(refused && {
      errorCode: 'AccessDeniedException',
      errorMessage: 'User is not authorized to perform this action',
    }),
    additionalEventData: {
      SecretId: secretOf(secret),
      ...(eventName === 'GetSecretValue' &&
        !refused && {
          SecretVersionId: `${hash('sha256', `v${secret}`, 'hex').slice(0, 8)}-0000-4000-8000-000000000000`,
        }),
    },
  } as AuditEvent
}

const storage = await openSqlite({ file: join(directory, 'strongroom.db'), migrations, clock: systemClock })
const vault = await openVault({ storage, seal: fileSeal(join(directory, 'seal.key')), random: systemRandom })
const file = join(directory, 'audit.db')
const size = (name: string) => (existsSync(join(directory, name)) ? statSync(join(directory, name)).size / 2 ** 20 : 0)
const say = (text: string) => process.stdout.write(`${text}\n`)
const seconds = (from: number) => ((performance.now() - from) / 1000).toFixed(1)

const db = openAuditDatabase(file)
const there = (db.prepare('select coalesce(sum(sequence), 0) as n from audit_writer').get() as { n: number }).n
if (there < records) {
  const began = performance.now()
  // What is lost in a power cut is written once more.
  db.exec('pragma synchronous = off')
  const key = vault.macKey('audit/head')
  let chain: SqliteChain | undefined
  await openNoted(storage, key, false, (known) => {
    const writer = { id: systemRandom.uuid(), startedAtMs: systemClock.now(), ...(known !== undefined && { known }) }
    chain = new SqliteChain(db, key, writer)
    return { ...openMemoryJournal(key, writer), register: chain.register }
  })
  const nextId = eventIds(systemRandom)
  const start = systemClock.now() - DAYS_MS
  for (let n = there; n < records; n += BATCH) {
    const lines: string[] = []
    for (let i = n; i < Math.min(n + BATCH, records); i++) {
      const time = Math.floor(start + (i / records) * DAYS_MS)
      lines.push(lineOf(eventAt(time, i), nextId(time)))
    }
    chain?.append(lines)
  }
  say(`${records - there} records written in ${seconds(began)} s; the journal has ${size('audit.db').toFixed(0)} MiB`)
}
db.exec('pragma wal_checkpoint(truncate)')

const pages = sqlitePages(db, () => db.close())
const key = vault.macKey('audit/index')
const { index } = keepFileIndex(
  join(directory, 'audit-index.db'),
  { pages, key, clock: systemClock },
  !values['without-usage'],
)
{
  const began = performance.now()
  const cpu = process.cpuUsage()
  await index.catchUp()
  const { user, system } = process.cpuUsage(cpu)
  const rate = ((user + system) / records).toFixed(2)
  say(
    `${values['without-usage'] ? 'indexed' : 'indexed and counted'} in ${seconds(began)} s, ${rate} µs of CPU for each record; the index and the counters have ${size('audit-index.db').toFixed(0)} MiB`,
  )
}

const person = callers.find(({ kind }) => kind === 'user') as Caller
const rare = callers.at(-1) as Caller
const secret = secretOf(1)
const seldom = secretOf(599 * 33 + 59)
const someId = await index.lookup({ limit: 1, to: systemClock.now() - DAYS_MS / 2 })
const kinds: readonly (readonly [string, readonly Attribute[]])[] = [
  ['everything', []],
  ['EventId', [{ key: 'EventId', value: someId.records[0]?.eventId ?? '' }]],
  ['EventName, nearly all', [{ key: 'EventName', value: 'GetSecretValue' }]],
  ['EventName, few', [{ key: 'EventName', value: 'TagResource' }]],
  ['ReadOnly false', [{ key: 'ReadOnly', value: 'false' }]],
  ['Username, often', [{ key: 'Username', value: person.userName ?? '' }]],
  ['AccessKeyId, seldom', [{ key: 'AccessKeyId', value: rare.accessKeyId }]],
  ['ResourceType', [{ key: 'ResourceType', value: 'AWS::SecretsManager::Secret' }]],
  ['ResourceName, often', [{ key: 'ResourceName', value: secret }]],
  ['ResourceName, seldom', [{ key: 'ResourceName', value: seldom }]],
  ['EventSource', [{ key: 'EventSource', value: 'secretsmanager.amazonaws.com' }]],
  ['EventSource, none', [{ key: 'EventSource', value: 'kms.amazonaws.com' }]],
  ['SourceIp', [{ key: 'SourceIp', value: '10.3.7.7' }]],
  ['ErrorCode', [{ key: 'ErrorCode', value: 'AccessDeniedException' }]],
  ['PrincipalArn', [{ key: 'PrincipalArn', value: person.arn }]],
  [
    'Name and Username',
    [
      { key: 'Name', value: 'team-1/service-1' },
      { key: 'Username', value: person.userName ?? '' },
    ],
  ],
]
say(`\n| 50 newest by | found | p50 ms | p99 ms | deep inside: p50 ms | p99 ms |\n|---|---|---|---|---|---|`)
for (const [name, attributes] of kinds) {
  const asked = { account: ACCOUNT, region: 'us-east-1', attributes, limit: 50 }
  const first = await timed(index, () => asked)
  // A page somewhere in the past: as by a token that somebody kept.
  const deep = await timed(index, () => ({ ...asked, after: { time: systemClock.now() - chance(DAYS_MS), id: '' } }))
  say(`| ${name} | ${first.found} | ${first.p50} | ${first.p99} | ${deep.p50} | ${deep.p99} |`)
}
await index.close()
await storage.close()
if (values.data === undefined) rmSync(directory, { recursive: true })

async function timed(over: AuditIndex, asked: () => Lookup) {
  const times: number[] = []
  let found = 0
  for (let i = 0; i < lookups; i++) {
    const lookup = asked()
    const began = performance.now()
    found = (await over.lookup(lookup)).records.length
    times.push(performance.now() - began)
  }
  times.sort((a, b) => a - b)
  const at = (part: number) => (times[Math.min(Math.floor(times.length * part), times.length - 1)] as number).toFixed(1)
  return { found, p50: at(0.5), p99: at(0.99) }
}
