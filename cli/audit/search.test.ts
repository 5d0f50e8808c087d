import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openNoted } from '../../server/kernel/audit/note.ts'
import { prune, sqlitePruneTables } from '../../server/kernel/audit/pruning.ts'
import { threadReading } from '../../server/kernel/audit/reading.ts'
import { outboxMigrations } from '../../server/kernel/audit/schema.ts'
import { openFileJournal } from '../../server/kernel/audit/sqlite-journal.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { systemRandom } from '../../server/kernel/random.ts'
import { openVault } from '../../server/kernel/sealing/open.ts'
import { migrations } from '../../server/kernel/sealing/schema.ts'
import { fileSeal } from '../../server/kernel/sealing/seal.ts'
import { openSqlite } from '../../server/kernel/storage/sqlite/sqlite.ts'
import { strongroom } from '../strongroom.ts'

const ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-AbCdEf'
const id = (n: number) => `018bcfe5-6800-7${n.toString(16).padStart(3, '0')}-8000-000000000001`

interface Made {
  readonly user?: string
  readonly error?: string
  readonly event?: string
}
function line(n: number, { user = 'alice', error, event = 'GetSecretValue' }: Made = {}) {
  const identity = { type: 'IAMUser', arn: `arn:aws:iam::111122223333:user/${user}`, accountId: '1', userName: user }
  const record = {
    ...{ eventVersion: '1.11', userIdentity: identity, eventTime: 't', eventSource: 'secretsmanager.amazonaws.com' },
    ...{ eventName: event, awsRegion: 'us-east-1', sourceIPAddress: `198.51.100.${n}`, userAgent: '\u001b[31mred' },
    ...(error && { errorCode: error, errorMessage: 'no' }),
    ...{ requestParameters: { secretId: 'prod/db' }, responseElements: null },
    additionalEventData: {
      SecretId: ARN,
      ...(event === 'GetSecretValue' && !error && { SecretVersionId: `version-${n}` }),
    },
    ...{ requestID: 'r', eventID: id(n), readOnly: event === 'GetSecretValue', eventType: 'AwsApiCall' },
  }
  return `${id(n)} ${1_700_000_000_000 + n * 1000} 111122223333 us-east-1 ${JSON.stringify(record)}`
}

const LINES = [
  line(1),
  line(2, { user: 'bob' }),
  line(3, { event: 'PutSecretValue' }),
  line(4, { user: 'eve\u202e', error: 'AccessDeniedException' }),
  line(5),
]

async function directory() {
  const path = await mkdtemp(join(tmpdir(), 'search-cli-'))
  const file = join(path, 'strongroom.db')
  const storage = await openSqlite({ file, migrations: [...migrations, ...outboxMigrations], clock: systemClock })
  const vault = await openVault({ storage, seal: fileSeal(join(path, 'seal.key')), random: systemRandom })
  const writer = { id: systemRandom.uuid(), startedAtMs: 0 }
  const key = vault.macKey('audit/head')
  const journal = await openNoted(storage, key, false, () => openFileJournal(join(path, 'audit.db'), key, writer))
  for (const each of LINES) await journal.append([each])
  return {
    path,
    key,
    /** As the server keeps it. */
    async index() {
      const [journalFile, indexFile] = ['audit.db', 'audit-index.db'].map((name) => join(path, name)) as [
        string,
        string,
      ]
      const reading = threadReading(
        { file: journalFile, indexFile, key: vault.macKey('audit/index'), chainKey: key, keeps: true },
        () => {},
      )
      await reading.lookup({ limit: 1 })
      await reading.close()
    },
    async [Symbol.asyncDispose]() {
      await journal.close()
      await storage.close()
      await rm(path, { recursive: true })
    },
  }
}

const run = (...args: string[]) => command('search', ...args)

async function command(...args: string[]) {
  let out = ''
  let err = ''
  const io = {
    out(text: string) {
      out += text
    },
    err(text: string) {
      err += text
    },
    env: {},
    colour: false,
  }
  const code = await strongroom(['audit', ...args], io)
  return { code, out, err }
}

const HEAD = ['time', 'who', 'what', 'on', 'from', 'version', 'outcome']
const rows = (out: string) =>
  out
    .trimEnd()
    .split('\n')
    .map((row) => row.split(/ {2,}/))

test('who read this secret, from where, and which version? beside the running server, with its index or without', async () => {
  await using data = await directory()
  for (const indexed of [false, true]) {
    if (indexed) await data.index()
    const { code, out, err } = await run('--secret', 'prod/db', '--event', 'GetSecretValue', '--data', data.path)
    assert.deepEqual([code, err], [0, ''])
    assert.deepEqual(rows(out), [
      HEAD,
      [
        '2023-11-14T22:13:25Z',
        'user/alice',
        'secretsmanager:GetSecretValue',
        'prod/db',
        '198.51.100.5',
        'version-5',
        'ok',
      ],
      [
        '2023-11-14T22:13:24Z',
        'user/eve\\u202e',
        'secretsmanager:GetSecretValue',
        'prod/db',
        '198.51.100.4',
        'AccessDeniedException',
      ],
      [
        '2023-11-14T22:13:22Z',
        'user/bob',
        'secretsmanager:GetSecretValue',
        'prod/db',
        '198.51.100.2',
        'version-2',
        'ok',
      ],
      [
        '2023-11-14T22:13:21Z',
        'user/alice',
        'secretsmanager:GetSecretValue',
        'prod/db',
        '198.51.100.1',
        'version-1',
        'ok',
      ],
    ])
  }
})

test('each flag finds its records', async () => {
  await using data = await directory()
  const found = async (...args: string[]) => {
    const { out } = await run(...args, '--json', '--data', data.path)
    return out === ''
      ? []
      : out
          .trimEnd()
          .split('\n')
          .map((text) => Number(JSON.parse(text).sourceIPAddress.split('.')[3]))
  }
  const cases: readonly (readonly [string, readonly number[]])[] = [
    ['', [5, 4, 3, 2, 1]],
    [`--secret ${ARN}`, [5, 4, 3, 2, 1]],
    ['--user bob', [2]],
    ['--user arn:aws:iam::111122223333:user/alice', [5, 3, 1]],
    ['--error AccessDeniedException', [4]],
    ['--ip 198.51.100.3', [3]],
    ['--changes', [3]],
    ['--source secretsmanager', [5, 4, 3, 2, 1]],
    ['--source kms', []],
    [`--event-id ${id(2).toUpperCase()}`, [2]],
    ['--since 2023-11-14T22:13:22 --until 2023-11-14T22:13:23', [3, 2]],
    ['--account 111122223333 --region eu-west-1', []],
    ['--parameter prod/db --event PutSecretValue --user nobody', []],
    ['--limit 2', [5, 4]],
  ]
  for (const [flags, expected] of cases)
    assert.deepEqual(await found(...flags.split(' ').filter(Boolean)), expected, flags)
})

test('a damaged index is told, and the answer is right', async () => {
  await using data = await directory()
  await data.index()
  const db = new DatabaseSync(join(data.path, 'audit-index.db'))
  db.exec(`insert into audit_index_state (id, place, segments, mac) values (1, 'v1 - 9 ', '', x'00')`)
  db.close()
  const { out, err } = await run('--user', 'bob', '--data', data.path)
  assert.match(
    err,
    /^the state of the index of the audit trail is not as it was written: the journal itself is looked through/,
  )
  assert.equal(rows(out).length, 2)
})

test('what can not be understood is said, and nothing else is done', async () => {
  for (const [args, message] of [
    [['--secret', 'arn:aws:ssm:us-east-1:1:parameter/x'], /--secret takes the name or the ARN of a secret/],
    [['--since', 'yesterday'], /--since takes a day or a time/],
    [['--since', '1d', '--until', '2d'], /--since is later than --until/],
    [['--limit', '0'], /--limit takes a number from 1 to 1000000/],
    [['--resource', 'x'], /--resource takes an ARN/],
    [['what'], /what is what\?/],
  ] as const) {
    const { code, err } = await run(...args, '--data', 'nowhere')
    assert.equal(code, 2)
    assert.match(err, message)
  }
})

test('audit verify says what was pruned, and finds what was done to it, to positions and to the index', async () => {
  await using data = await directory()
  await data.index()
  const tamper = (name: string, sql: string) => {
    const db = new DatabaseSync(join(data.path, name))
    db.exec(sql)
    db.close()
  }
  const order = { before: 1_700_000_000_000 + 2500, places: [], now: 1_800_000_000_000 }
  const db = new DatabaseSync(join(data.path, 'audit.db'))
  assert.equal(await prune(sqlitePruneTables(db), data.key, order), 2)
  db.close()
  const { code, out } = await command('verify', '--data', data.path)
  assert.equal(code, 0)
  assert.match(
    out,
    /^pruned: records 1 to 2 of writer [0-9a-f-]{36}, the last of 2023-11-14, by the retention on 2027-01-15\nok: 3 records/,
  )
  tamper('strongroom.db', `insert into audit_follower values ('events', 'v1 - 0 ', x'00', '', 0, 0)`)
  tamper('audit-index.db', `insert into audit_index_state (id, place, segments, mac) values (1, 'v1 - 9 ', '', x'00')`)
  tamper('audit.db', 'update audit_pruned set pruned_at = 1')
  const found = await command('verify', '--data', data.path)
  assert.equal(found.code, 1)
  assert.deepEqual(
    found.out
      .trimEnd()
      .split('\n')
      .map((each) => each.split(':')[0]),
    ['pruned', 'missing', 'position', 'index', 'tampered'],
  )
})
