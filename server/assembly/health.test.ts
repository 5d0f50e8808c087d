import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FollowerState } from '#kernel/audit/follower'
import { SettableClock } from '#kernel/clock'
import { systemRandom as random } from '#kernel/random'
import { noteDrill } from '#kernel/sealing/drill'
import { openVault } from '#kernel/sealing/open'
import { migrations } from '#kernel/sealing/schema'
import { memorySeal } from '#kernel/sealing/seal'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { statement } from '#kernel/storage/storage'
import { drillHealth, followerNotes } from './health.ts'

const DAY = 86_400_000
const begin = Date.UTC(2026, 10, 22)

test('health says when the last drill was proven, and has a note when it, or the store’s beginning, is long ago', async (t) => {
  const storage = await openSqlite({ file: ':memory:', migrations, clock: new SettableClock(begin) })
  t.after(() => storage.close())
  const vault = await openVault({ storage, seal: memorySeal(), random, clock: new SettableClock(begin) })
  const told = (days: number, drillMs = 90 * DAY) => drillHealth(storage, vault, begin + days * DAY, drillMs)
  assert.deepEqual(await told(90), {})
  assert.deepEqual(await told(91), { note: 'no drill has proven that a backup opens: see strongroom seal drill' })
  await storage.unit('write', (unit) => noteDrill(unit, vault, { provenAt: begin + 10 * DAY, seal: 'shamir' }))
  assert.deepEqual(await told(100), { lastDrill: '2026-12-02T00:00:00.000Z' })
  assert.deepEqual(await told(101), {
    lastDrill: '2026-12-02T00:00:00.000Z',
    note: 'the last drill that proved that a backup opens is more than 90 days ago: see strongroom seal drill',
  })
  assert.deepEqual(await drillHealth(storage, vault, begin + 101 * DAY, undefined), {})
  // a date that somebody wrote into the store proves nothing
  const forged = `update seal_drill set proven_at = ${begin + 100 * DAY}`
  await storage.unit('write', (unit) => unit.run(statement('test/forge', forged), {}))
  assert.deepEqual(await told(101), { note: 'no drill has proven that a backup opens: see strongroom seal drill' })
})

test('health names the followers of the audit journal that fail or are late, and says nothing of why', () => {
  const now = Date.UTC(2026, 10, 22)
  const state = (name: string, more: Partial<FollowerState> = {}): FollowerState => ({
    ...{ name, behind: 0, since: undefined, trouble: undefined },
    ...more,
  })
  assert.deepEqual(followerNotes([state('events'), state('export:file', { behind: 3, since: now - 60_000 })], now), [])
  const notes = followerNotes(
    [
      state('export:http', { behind: 9, since: now - 5_000, trouble: 'siem.internal answers 503' }),
      state('export:syslog', { behind: 9, since: now - 3_600_000, trouble: 'refused' }),
      state('trail-files', { behind: 9, since: now - 601_000 }),
    ],
    now,
  )
  assert.deepEqual(notes, [
    'audit records can not be handed on to export:http, export:syslog: they are kept, and tried again; see the log',
    'audit records are handed on late to trail-files',
  ])
})
