import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { followTrail } from '#kernel/audit/following'
import type { Lookup } from '#kernel/audit/index/index'
import { threadReading } from '#kernel/audit/reading'
import { outboxMigrations } from '#kernel/audit/schema'
import { openFileReader } from '#kernel/audit/sqlite-reader'
import { verify } from '#kernel/audit/verify'
import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { statement } from '#kernel/storage/storage'
import { key, notes } from './trail-program.ts'

const program = fileURLToPath(new URL('./trail-program.ts', import.meta.url))

/** Runs a process of the program until it is killed after some time; answers what it said was durable, and what it complained of. */
async function killed(
  directory: string,
  role: string,
  afterMs: number,
): Promise<{ ids: string[]; complaints: string }> {
  const child = spawn(process.execPath, [program, directory, role], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let complaints = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    // the time counts from when it works
    if (out === '') void pause(afterMs).then(() => child.kill('SIGKILL'))
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  await new Promise((resolve) => child.once('close', resolve))
  // what was cut in the middle of a line may be durable or not
  return {
    ids: out
      .slice(0, out.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean),
    complaints,
  }
}

const ROUNDS = 4
/** On a slow machine a round may end before anything is pruned: then there are more. */
const MOST_ROUNDS = 20

/** How many records were pruned so far. */
async function prunedIn(directory: string): Promise<number> {
  const reader = openFileReader(join(directory, 'audit.db'))
  try {
    const { pruned } = await reader.snapshot((snapshot) => verify(snapshot, key))
    return pruned.reduce((sum, { through }) => sum + through, 0)
  } finally {
    await reader.close()
  }
}

test('kill -9 at random moments, two writers, an index that is kept and blocks that are pruned: the chain holds, a follower loses and doubles nothing, the index answers right', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'trail-crash-'))
  const durable: string[] = []
  try {
    let rounds = 0
    while (rounds < ROUNDS || (rounds < MOST_ROUNDS && (await prunedIn(directory)) === 0)) {
      rounds++
      const longest = 900 * Math.max(1, 2 * (rounds - ROUNDS))
      const both = await Promise.all([
        killed(directory, 'follows', 100 + systemRandom.below(longest)),
        killed(directory, 'writes', 100 + systemRandom.below(900)),
      ])
      for (const { ids, complaints } of both) {
        for (const id of ids) durable.push(id)
        assert.equal(complaints, '')
      }
    }
    const file = join(directory, 'audit.db')
    const clock = systemClock
    const storage = await openSqlite({
      file: join(directory, 'strongroom.db'),
      migrations: [...outboxMigrations, notes],
      clock,
    })
    const told: string[] = []
    const start = { file, indexFile: join(directory, 'audit-index.db'), key, chainKey: key, keeps: true }
    const reading = threadReading(start, (text) => told.push(text))
    const put = statement('note/put', 'insert into note (id) values (:id)')
    const following = followTrail({
      ...{ storage, source: reading, clock, key, node: 'last', alone: true },
      followers: [
        {
          name: 'noting',
          from: 'start',
          wanted: () => ({}),
          async take(unit, records) {
            for (const { eventId } of records) await unit.run(put, { id: eventId })
          },
        },
      ],
      flushed: async () => undefined,
      ended: async () => [],
      written: () => 0,
      onProblem: (_, problem) => told.push(String(problem)),
    })
    await following.settle()
    await following.stop()
    const noted = await storage.unit('read', (unit) =>
      unit.all<{ id: string }>(statement('note/all', 'select id from note'), {}),
    )
    await storage.close()
    const ids = new Set(noted.map(({ id }) => id))
    assert.deepEqual(
      durable.filter((id) => !ids.has(id)),
      [],
    )

    const reader = openFileReader(file)
    const verdict = await reader.snapshot((snapshot) => verify(snapshot, key))
    await reader.close()
    assert.deepEqual(verdict.problems, [])
    assert.equal(verdict.writers, 2 * rounds)
    const pruned = verdict.pruned.reduce((sum, { through }) => sum + through, 0)
    assert.equal(noted.length, verdict.records + pruned)

    let found = 0
    let last = Number.MAX_SAFE_INTEGER
    for (let after: Lookup['after']; ; ) {
      const page = await reading.lookup({ limit: 2000, ...(after && { after }) })
      for (const { eventTime } of page.records) {
        assert.ok(eventTime <= last)
        last = eventTime
      }
      found += page.records.length
      after = page.next
      if (after === undefined) break
    }
    assert.equal(found, verdict.records)
    await reading.close()
    const db = new DatabaseSync(start.indexFile)
    const segments = (db.prepare('select count(*) as n from audit_segment').get() as { n: number }).n
    db.close()
    assert.deepEqual(told, [])
    t.diagnostic(JSON.stringify({ written: noted.length, left: verdict.records, pruned, segments }))
    assert.ok(pruned > 0, 'nothing was pruned')
  } finally {
    await rm(directory, { recursive: true })
  }
})
