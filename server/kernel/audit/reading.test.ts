import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Journal } from '#kernel/audit/journal'
import { openPostgresJournal } from '#kernel/audit/postgres-journal'
import { type Reading, threadReading } from '#kernel/audit/reading'
import { journalAndIndexMigrations } from '#kernel/audit/schema'
import { openFileJournal } from '#kernel/audit/sqlite-journal'
import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { type Postgres, postgresMissing, startPostgres } from '../../test/postgres.ts'

const key = createSecretKey(Buffer.alloc(32, 7))
const A = 'aaaaaaaa-0000-4000-8000-000000000001'
const B = 'bbbbbbbb-0000-4000-8000-000000000002'

const id = (n: number) => `018bcfe5-6800-7${n.toString(16).padStart(3, '0')}-8000-000000000001`
const line = (n: number, user = 'alice') => {
  const identity = { type: 'IAMUser', arn: `arn:aws:iam::111122223333:user/${user}`, userName: user }
  const record = {
    ...{ eventVersion: '1.11', userIdentity: identity, eventTime: 't', eventSource: 'secretsmanager.amazonaws.com' },
    ...{ eventName: 'GetSecretValue', sourceIPAddress: '::1', requestParameters: null, requestID: 'r' },
    ...{ eventID: id(n), readOnly: true, eventType: 'AwsApiCall', recipientAccountId: '111122223333' },
  }
  return `${id(n)} ${1_700_000_000_000 + n} 111122223333 us-east-1 ${JSON.stringify(record)}`
}

const ids = async (reading: Reading, user = 'alice') => {
  const { records } = await reading.lookup({
    account: '111122223333',
    attributes: [{ key: 'Username', value: user }],
    limit: 10,
  })
  return records.map(({ eventId }) => eventId)
}

interface Place {
  journal(writer: string): Promise<Journal>
  reading(keeps: boolean, told?: string[]): Reading
}

/** What every engine does. */
function contract(engine: string, make: () => Promise<Place & AsyncDisposable>): void {
  test(`${engine}: a thread takes for followers, looks up, and counts, up to this moment`, async () => {
    await using place = await make()
    const a = await place.journal(A)
    const b = await place.journal(B)
    await a.append([line(1), line(2, 'bob')])
    const reading = place.reading(true)
    assert.deepEqual(await ids(reading), [id(1)])
    await b.append([line(3)])
    await a.append([line(4)])
    assert.deepEqual(await ids(reading), [id(4), id(3), id(1)])
    const heads = await reading.heads(0, [])
    assert.deepEqual(
      heads.stands.map(({ writer, sequence }) => [writer, sequence]),
      [
        [A, 3],
        [B, 1],
      ],
    )
    const from = { journal: A, known: 0, open: new Map() }
    const { records, done } = await reading.take(from, heads, { accounts: new Set(['111122223333']) })
    assert.deepEqual([records.map(({ eventId }) => eventId), done], [[id(1), id(2), id(4), id(3)], true])
    const counted = await reading.usage.usage({ from: 0, to: 2e12, by: ['principal'] })
    assert.deepEqual(
      counted.map(({ keys, calls }) => [...keys, calls]),
      [
        ['arn:aws:iam::111122223333:user/alice', 3],
        ['arn:aws:iam::111122223333:user/bob', 1],
      ],
    )
    const other = place.reading(false)
    assert.deepEqual(await ids(other, 'bob'), [id(2)])
    await other.close()
    await reading.close()
    const again = place.reading(true)
    await a.append([line(5)])
    assert.deepEqual(await ids(again), [id(5), id(4), id(3), id(1)])
    const [all] = await again.usage.usage({ from: 0, to: 2e12, by: [] })
    assert.equal(all?.calls, 5)
    await again.close()
    await a.close()
    await b.close()
  })
}

const folder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'reading-'))
  const file = join(path, 'audit.db')
  const indexFile = join(path, 'audit-index.db')
  return {
    indexFile,
    journal: (writer: string) => openFileJournal(file, key, { id: writer, startedAtMs: 1 }),
    reading: (keeps: boolean, told: string[] = []) =>
      threadReading({ file, indexFile, key, chainKey: key, keeps }, (text) => void told.push(text)),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  }
}

contract('sqlite', folder)

test('an index that was deleted is made anew; one that is damaged too, and it is told', async () => {
  await using place = await folder()
  const journal = await place.journal(A)
  await journal.append([line(1)])
  const first = place.reading(true)
  assert.deepEqual(await ids(first), [id(1)])
  await first.close()
  for (const end of ['', '-wal', '-shm']) await rm(place.indexFile + end, { force: true })
  const second = place.reading(true)
  assert.deepEqual(await ids(second), [id(1)])
  await second.close()
  assert.ok(existsSync(place.indexFile))
  await writeFile(place.indexFile, 'this is no database, but somebody put it here. '.repeat(200))
  for (const keeps of [false, true]) {
    const told: string[] = []
    const third = place.reading(keeps, told)
    assert.deepEqual(await ids(third), [id(1)])
    await third.close()
    assert.deepEqual(told, ['the file of the index of the audit trail is damaged: it is made anew'])
  }
  const fourth = place.reading(true)
  const [all] = await fourth.usage.usage({ from: 0, to: 2e12, by: [] })
  assert.equal(all?.calls, 1)
  await fourth.close()
  await journal.close()
})

const missing = postgresMissing()
if (missing === undefined) {
  let server: Postgres
  before(async () => {
    server = await startPostgres()
  })
  after(() => server[Symbol.asyncDispose]())
  contract('postgres', async () => {
    const url = await server.database()
    const options = { url, migrations: journalAndIndexMigrations, clock: systemClock, random: systemRandom }
    await (await openPostgres(options)).close()
    return {
      journal: (writer) => openPostgresJournal(url, key, { id: writer, startedAtMs: 1 }),
      reading: (keeps, told = []) => threadReading({ url, key, chainKey: key, keeps }, (text) => void told.push(text)),
      [Symbol.asyncDispose]: async () => {},
    }
  })
}
