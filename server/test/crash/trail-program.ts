/**
 * One process of the test beside it: writes records without end and says which of them are durable; `follows`: it also follows the
 * journal, keeps its index and prunes it. Arguments: directory, `follows` or `writes`.
 */
import { createSecretKey } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Follower } from '#kernel/audit/follower'
import { eventIds } from '#kernel/audit/event-id'
import { followTrail } from '#kernel/audit/following'
import { threadReading } from '#kernel/audit/reading'
import { Retention } from '#kernel/audit/retention'
import { outboxMigrations } from '#kernel/audit/schema'
import { openFileJournal } from '#kernel/audit/sqlite-journal'
import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { statement } from '#kernel/storage/storage'

const [directory = '', role = ''] = process.argv.slice(2)
export const key = createSecretKey(Buffer.alloc(32, 7))
export const notes = { name: 'test/notes', sql: 'create table note (id text not null primary key);\n' }
const put = statement('note/put', 'insert into note (id) values (:id)')

const BATCH = 400
const KEPT_MS = 700

function lineOf(id: string): string {
  const record = {
    ...{ eventVersion: '1.11', userIdentity: { type: 'IAMUser', userName: `u${id.slice(-3)}` }, eventTime: 't' },
    ...{
      eventSource: 's.amazonaws.com',
      eventName: 'Do',
      sourceIPAddress: '::1',
      userAgent: 'a',
      requestParameters: null,
    },
    ...{ requestID: 'r', eventID: id, readOnly: true, eventType: 'AwsApiCall' },
  }
  return `${id} ${systemClock.now()} 111122223333 us-east-1 ${JSON.stringify(record)}`
}

async function main(): Promise<void> {
  const file = join(directory, 'audit.db')
  const journal = await openFileJournal(
    file,
    key,
    { id: systemRandom.uuid(), startedAtMs: systemClock.now() },
    { shared: true },
  )
  if (role === 'follows') await follow(file)
  const nextId = eventIds(systemRandom)
  for (;;) {
    const ids = Array.from({ length: 1 + systemRandom.below(BATCH) }, () => nextId(systemClock.now()))
    await journal.append(ids.map(lineOf))
    process.stdout.write(`${ids.join('\n')}\n`)
    await pause(systemRandom.below(5))
  }
}

async function follow(file: string): Promise<void> {
  const clock = systemClock
  const storage = await openSqlite({
    file: join(directory, 'strongroom.db'),
    migrations: [...outboxMigrations, notes],
    clock,
  })
  const indexFile = join(directory, 'audit-index.db')
  const reading = threadReading({ file, indexFile, key, chainKey: key, keeps: true }, (text) =>
    process.stderr.write(`${text}\n`),
  )
  reading.keep()
  const noting: Follower = {
    name: 'noting',
    from: 'start',
    wanted: () => ({}),
    async take(unit, records) {
      // a second time it is an error
      for (const { eventId } of records) await unit.run(put, { id: eventId })
    },
  }
  let written = 0
  const following = followTrail({
    ...{ storage, source: reading, clock, key, node: systemRandom.uuid(), alone: true, followers: [noting] },
    flushed: async () => undefined,
    ended: async () => [],
    written: () => ++written,
    onProblem: (name, problem) => process.stderr.write(`${name}: ${problem}\n`),
  })
  following.start()
  const retention = new Retention({
    ...{ keptMs: KEPT_MS, clock, storage, key, followers: ['noting'] },
    prune: (order) => reading.prune(order),
    record: async () => undefined,
    onProblem: (error) => process.stderr.write(`${error}\n`),
  })
  const rounds = async () => {
    for (;;) {
      await reading.lookup({ limit: 20, attributes: [{ key: 'Username', value: 'u001' }] })
      await retention.run()
      await pause(20)
    }
  }
  void rounds().catch((error) => process.stderr.write(`${error}\n`))
}

if (role !== '') await main()
