import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rowsFor, walk, type Place } from './listing.ts'
import { EVERYTHING, type Segment } from './model/segments.ts'

/** Keys k0000, k0001, …, and how many of them were looked at. */
function storeOf(count: number) {
  const keys = Array.from({ length: count }, (_, n) => `k${String(n).padStart(6, '0')}`)
  return {
    keys,
    rows: 0,
    seeks: 0,
  }
}

type Store = ReturnType<typeof storeOf>

function pageOf(store: Store) {
  return async ({ from, to }: Segment, after: string, limit: number) => {
    const first = store.keys.findIndex((key) => key >= from && key > after)
    const found = first < 0 ? [] : store.keys.slice(first, first + limit).filter((key) => key < to)
    store.rows += found.length
    store.seeks += 1
    return found
  }
}

const question = { keyOf: (key: string) => key, after: undefined }

test('all pages together are what is selected in all places, in order, each page within its bounds', async () => {
  const within = fc.integer({ min: 0, max: 400 })
  const places = fc.array(fc.tuple(within, within), { minLength: 1, maxLength: 5 })
  const size = fc.integer({ min: 1, max: 30 })
  await fc.assert(
    fc.asyncProperty(
      within,
      places,
      size,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 300 }),
      async (count, places, limit, modulus, rows) => {
        const store = storeOf(count)
        const bounds = places.map(([from, size]) => [from, from + size] as const)
        const key = (n: number) => `k${String(n).padStart(6, '0')}`
        const pieces = bounds.map(([from, to]) => ({ from: key(from), to: key(to) }))
        const selective = modulus > 1
        const select = (row: string) => Number(row.slice(1)) % modulus === 0
        const seen: string[] = []
        for (let after: Place | undefined, pages = 0; ; pages++) {
          assert.ok(pages <= count * 5 + 10)
          store.rows = 0
          const found = await walk({ ...question, pieces, select, selective, after, limit, rows, page: pageOf(store) })
          assert.ok(found.rows.length <= limit)
          assert.ok(store.rows <= rows + 200 + places.length)
          seen.push(...found.rows)
          after = found.next
          if (after === undefined) break
        }
        const wanted = bounds.flatMap(([from, to]) => store.keys.slice(from, to))
        assert.deepEqual(
          seen,
          wanted.filter((row) => select(row)),
        )
      },
    ),
    { numRuns: 80 },
  )
})

test('without a filter a page reads one row more than it shows, and the last one has no next (trap 24)', async () => {
  const store = storeOf(20)
  const asked = {
    ...question,
    pieces: [EVERYTHING],
    select: () => true,
    selective: false,
    limit: 10,
    rows: 1000,
    page: pageOf(store),
  }
  const first = await walk(asked)
  assert.equal(first.rows.length, 10)
  assert.deepEqual(first.next, [0, 'k000009'])
  assert.equal(store.rows, 11)
  const last = await walk({ ...asked, after: first.next })
  assert.equal(last.rows.length, 10)
  assert.equal(last.next, undefined)
})

test('a filter that selects nothing answers an empty page with a token after so many rows (trap 25)', async () => {
  const store = storeOf(5000)
  const asked = {
    ...question,
    pieces: [EVERYTHING],
    select: () => false,
    selective: true,
    limit: 10,
    rows: 1000,
    page: pageOf(store),
  }
  assert.deepEqual(await walk(asked), { rows: [], next: [0, 'k000999'] })
  assert.ok(store.rows <= 1010)
})

test('many places where nothing is end a page too', async () => {
  const store = storeOf(0)
  const pieces = Array.from({ length: 500 }, (_, n) => ({ from: `p${n}`, to: `p${n}!` }))
  const found = await walk({
    ...question,
    pieces,
    select: () => true,
    selective: false,
    limit: 10,
    rows: 1000,
    page: pageOf(store),
  })
  assert.deepEqual(found.rows, [])
  assert.deepEqual(found.next, [100, ''])
  assert.equal(store.seeks, 100)
})

test('the more values to test in each row, the fewer rows: 1,000 for ten, 100 for a hundred', () => {
  const filters = (count: number) => [{ Key: 'Name', Values: Array<string>(count).fill('x') }]
  assert.equal(rowsFor(undefined), 1000)
  assert.equal(rowsFor(filters(10)), 1000)
  assert.equal(rowsFor(filters(20)), 500)
  assert.equal(rowsFor(filters(1000)), 100)
})
