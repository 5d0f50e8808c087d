import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventIds } from '#kernel/audit/event-id'
import { systemRandom } from '#kernel/random'

test('event ids are version 7 UUIDs that ascend, also when the clock stands still or 4,096 come in one millisecond', () => {
  const next = eventIds(systemRandom)
  const ids = Array.from({ length: 10_000 }, () => next(1_700_000_000_000))
  ids.push(next(1_600_000_000_000), next(1_800_000_000_000))
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(new Set(ids).size, ids.length)
  assert.deepEqual([...ids].sort(), ids)
  assert.equal(ids[0]?.slice(0, 13), '018bcfe5-6800')
})

test('two processes never make the same event id', () => {
  assert.notEqual(eventIds(systemRandom)(1), eventIds(systemRandom)(1))
})
