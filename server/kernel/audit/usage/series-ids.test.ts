import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SeriesIds } from '#kernel/audit/usage/series-ids'
import { digestOf } from '#kernel/audit/usage/sqlite-usage'

const digest = (n: number): string => digestOf(`series ${n}`)

test('ids are found again while there is room, however often the table grew', () => {
  const ids = new SeriesIds()
  for (let n = 1; n <= 20_000; n++) ids.set(digest(n), n)
  let wrong = 0
  for (let n = 1; n <= 20_000; n++) if (ids.get(digest(n)) !== n) wrong++
  assert.equal(wrong, 0)
  assert.equal(ids.get(digest(20_001)), undefined)
  ids.set(digest(7), 4_000_000_000)
  assert.equal(ids.get(digest(7)), 4_000_000_000)
  ids.set(digest(8), 5_000_000_000)
  assert.equal(ids.get(digest(8)), 8)
  ids.clear()
  assert.equal(ids.get(digest(7)), undefined)
})

test('beyond the bound all begins anew, and what is found is right', () => {
  const ids = new SeriesIds(1 << 11)
  let found = 0
  for (let n = 1; n <= 5000; n++) {
    ids.set(digest(n), n)
    assert.equal(ids.get(digest(n)), n)
    const other = ids.get(digest(n - 900))
    if (other !== undefined) {
      assert.equal(other, n - 900)
      found++
    }
  }
  assert.ok(found > 0 && found < 4100, `${found}`)
})

test('digests that were chosen to fall together: some are not kept, none is taken for another', () => {
  const ids = new SeriesIds()
  const alike = Array.from({ length: 200 }, (_, n) => {
    const each = Buffer.alloc(16, 1)
    each.writeUInt32LE(n, 12)
    return each.toString('latin1')
  })
  for (const [n, each] of alike.entries()) ids.set(each, n + 1)
  const kept = alike.map((each) => ids.get(each))
  assert.deepEqual(
    kept.slice(0, 64),
    Array.from({ length: 64 }, (_, n) => n + 1),
  )
  assert.equal(
    kept.slice(64).every((id) => id === undefined),
    true,
  )
})
