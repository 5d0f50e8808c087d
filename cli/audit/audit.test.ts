import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openNoted } from '../../server/kernel/audit/note.ts'
import { outboxMigrations } from '../../server/kernel/audit/schema.ts'
import { openFileJournal } from '../../server/kernel/audit/sqlite-journal.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { systemRandom } from '../../server/kernel/random.ts'
import { openVault } from '../../server/kernel/sealing/open.ts'
import { migrations } from '../../server/kernel/sealing/schema.ts'
import { fileSeal } from '../../server/kernel/sealing/seal.ts'
import { openSqlite } from '../../server/kernel/storage/sqlite/sqlite.ts'
import { strongroom } from '../strongroom.ts'
import { parseAudit } from './arguments.ts'
import { follow, shown } from './tail.ts'

const record = (n: number) =>
  JSON.stringify({
    userIdentity: { arn: 'arn:aws:iam::111122223333:user/Alice' },
    eventTime: '2026-01-02T03:04:05Z',
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'GetSecretValue',
    sourceIPAddress: '127.0.0.1',
    requestParameters: { secretId: `s${n}` },
    ...(n === 3 ? { errorCode: 'AccessDeniedException' } : {}),
  })
const line = (n: number) => `event-${n} ${1_700_000_000_000 + n} 111122223333 us-east-1 ${record(n)}`

/** The data directory of a server that has stored `count` records, and still runs. */
async function directory(count: number) {
  const path = await mkdtemp(join(tmpdir(), 'audit-cli-'))
  const storage = await openSqlite({
    file: join(path, 'strongroom.db'),
    migrations: [...migrations, ...outboxMigrations],
    clock: systemClock,
  })
  const vault = await openVault({ storage, seal: fileSeal(join(path, 'seal.key')), random: systemRandom })
  const writer = { id: systemRandom.uuid(), startedAtMs: 0 }
  const key = vault.macKey('audit/head')
  const journal = await openNoted(storage, key, false, () => openFileJournal(join(path, 'audit.db'), key, writer))
  for (let n = 1; n <= count; n++) await journal.append([line(n)])
  return {
    path,
    async [Symbol.asyncDispose]() {
      await journal.close()
      await storage.close()
      await rm(path, { recursive: true })
    },
  }
}

async function run(...args: string[]) {
  let out = ''
  let err = ''
  const code = await strongroom(args, {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    env: {},
    colour: false,
  })
  return { code, out, err }
}

test('audit verify says ok beside the running server, and exits 1 and names the record when one was altered', async () => {
  await using data = await directory(3)
  assert.deepEqual(await run('audit', 'verify', '--data', data.path), {
    code: 0,
    out: 'ok: 3 records of 1 writers, all as they were written\n',
    err: '',
  })
  const db = new DatabaseSync(join(data.path, 'audit.db'))
  db.exec(`update audit_block set lines = replace(lines, 'Alice', 'Mallory') where sequence = 2`)
  db.close()
  const { code, out } = await run('audit', 'verify', '--data', data.path)
  assert.equal(code, 1)
  assert.match(
    out,
    /^altered: record 2 of writer [0-9a-f-]{36} \(event event-2\) does not fit its place.*\ntampered: 3 rec/,
  )
  const json = await run('audit', 'verify', '--json', '--data', data.path)
  assert.equal(json.code, 1)
  assert.equal(JSON.parse(json.out).problems[0].eventId, 'event-2')
})

test('audit verify with anchors finds that the whole trail was set back', async () => {
  await using data = await directory(3)
  const anchors = join(data.path, 'heads.json')
  await writeFile(anchors, (await run('audit', 'verify', '--json', '--data', data.path)).out)
  assert.equal((await run('audit', 'verify', '--anchors', anchors, '--data', data.path)).code, 0)
  const db = new DatabaseSync(join(data.path, 'audit.db'))
  db.exec(`delete from audit_block where sequence = 3;
    update audit_writer set sequence = 2, hash = (select hash from audit_block where sequence = 2),
      mac = (select mac from audit_block where sequence = 2)`)
  db.close()
  assert.equal((await run('audit', 'verify', '--data', data.path)).code, 0)
  const { code, out } = await run('audit', 'verify', `--anchors=${anchors}`, '--data', data.path)
  assert.equal(code, 1)
  assert.match(out, /a head that was noted earlier/)
})

test('audit verify finds that the trail is another one than the store knows', async () => {
  await using data = await directory(1)
  await using other = await directory(2)
  const db = new DatabaseSync(join(data.path, 'audit.db'))
  db.exec('delete from audit_block; delete from audit_writer; delete from audit_register')
  db.close()
  const { code, out } = await run('audit', 'verify', '--data', data.path)
  assert.equal(code, 1)
  assert.match(
    out,
    /^register: the main store knows of 1 writers, the journal of 0: it is another one, or was set back/,
  )
  assert.equal((await run('audit', 'verify', '--data', other.path)).code, 0)
})

test('what can’t be read is told with exit code 2, and nothing is made', async () => {
  await using data = await directory(1)
  const empty = await mkdtemp(join(tmpdir(), 'audit-cli-'))
  try {
    const none = await run('audit', 'verify', '--data', empty)
    assert.equal(none.code, 2)
    assert.match(none.err, /^error: strongroom audit: there is no .*strongroom\.db\nhint: name the directory/)
    assert.equal((await run('audit', 'tail', '--data', empty)).code, 2)
    const other = join(empty, 'seal.key')
    const lost = await run('audit', 'verify', '--data', data.path, '--seal-file', other)
    assert.equal(lost.code, 2)
    assert.equal(existsSync(other), false)
    assert.equal((await run('audit', 'verify', '--anchors', other, '--data', data.path)).code, 2)
    assert.equal((await run('audit')).code, 2)
    assert.equal((await run('audit', 'verify', '--nonsense')).code, 2)
    assert.equal((await run('audit', 'tail', '-n', '-1')).code, 2)
  } finally {
    await rm(empty, { recursive: true })
  }
})

test('audit tail prints the newest records, for people and as CloudTrail has them', async () => {
  await using data = await directory(3)
  const { code, out } = await run('audit', 'tail', '-n', '2', '--data', data.path)
  assert.equal(code, 0)
  assert.equal(
    out,
    `2026-01-02T03:04:05Z  111122223333  us-east-1  secretsmanager:GetSecretValue  ok  arn:aws:iam::111122223333:user/Alice  127.0.0.1  {"secretId":"s2"}
2026-01-02T03:04:05Z  111122223333  us-east-1  secretsmanager:GetSecretValue  AccessDeniedException  arn:aws:iam::111122223333:user/Alice  127.0.0.1  {"secretId":"s3"}
`,
  )
  const json = await run('audit', 'tail', '--json', '-n=1', '--data', data.path)
  assert.equal(json.out, `${record(3)}\n`)
})

test('following goes on from where tail ended', async () => {
  const pages = [[1, 2], [3], [], [4], []]
  const seen: string[] = []
  let pauses = 0
  const stored = (n: number) => ({
    writer: 'w',
    sequence: n,
    eventId: `event-${n}`,
    eventTime: n,
    account: 'a',
    region: 'r',
    record: '{}',
    hash: '',
    mac: null,
  })
  await follow(
    { after: async (position) => ({ records: (pages.shift() ?? []).map(stored), position }) },
    new Map(),
    ({ eventId }) => seen.push(eventId),
    async () => ++pauses < 2,
  )
  assert.deepEqual(seen, ['event-1', 'event-2', 'event-3', 'event-4'])
  assert.equal(shown({ ...stored(1), record: '{"eventName":"\\u001b[31m"}' }, false).includes('\u001b'), false)
  assert.match(shown({ ...stored(1), record: 'no json' }, false), /event-1 is no JSON/)
  const failed = {
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'RotationFailed',
    errorMessage: 'Error when executing lambda f during testSecret step',
    additionalEventData: { SecretId: 'arn:of:db' },
    requestParameters: null,
  }
  assert.equal(
    shown({ ...stored(1), record: JSON.stringify(failed) }, false),
    'a  r  secretsmanager:RotationFailed  Error when executing lambda f during testSecret step  unknown  {"SecretId":"arn:of:db"}\n',
  )
})

test('flags of the server stay for its config', () => {
  assert.deepEqual(parseAudit(['tail', '--data', 'x', '-n', '5', '--follow', '--json']), {
    verb: 'tail',
    json: true,
    anchors: undefined,
    count: 5,
    following: true,
    rest: ['--data', 'x'],
  })
})
