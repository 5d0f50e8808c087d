import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rowsFor, walk } from './listing.ts'
import type { Secret } from './model/secret.ts'
import type { PageQuery, Placed } from './store.ts'

/** A store of `count` secrets named 0, 1, 2, …, that counts the rows it hands out. */
function storeOf(count: number) {
  return {
    rows: 0,
    async page({ after, limit }: PageQuery): Promise<Placed[]> {
      const from = after === undefined ? 0 : after[0] + 1
      const page: Placed[] = []
      for (let n = from; n < Math.min(count, from + limit); n++) {
        page.push({ secret: { name: `${n}` } as Secret, at: [n, `${n}`] })
      }
      this.rows += page.length
      return page
    },
  }
}

const question = { by: 'created-date', order: 'asc', planned: false } as const

test('all pages together are what the filter selects, in order, each page within its bounds', async () => {
  const size = fc.integer({ min: 1, max: 30 })
  const modulus = fc.integer({ min: 1, max: 40 })
  const few = fc.integer({ min: 1, max: 300 })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 500 }), size, modulus, few, async (count, limit, modulus, rows) => {
      const store = storeOf(count)
      const select = ({ name }: { name: string }) => Number(name) % modulus === 0
      const seen: string[] = []
      for (let after: readonly [number, string] | undefined, pages = 0; ; pages++) {
        store.rows = 0
        const found = await walk(store, { ...question, after, select, limit, rows })
        assert.ok(found.secrets.length <= limit)
        assert.ok(store.rows <= rows + Math.ceil(rows / 200))
        assert.ok(pages <= count)
        seen.push(...found.secrets.map(({ name }) => name))
        after = found.next
        if (after === undefined) break
      }
      const all = Array.from({ length: count }, (_, n) => `${n}`)
      assert.deepEqual(
        seen,
        all.filter((name) => select({ name })),
      )
    }),
    { numRuns: 60 },
  )
})

test('without a filter a page reads one row more than it shows, and the last one has no next', async () => {
  const store = storeOf(200)
  const first = await walk(store, { ...question, after: undefined, select: undefined, limit: 100, rows: 1000 })
  assert.equal(first.secrets.length, 100)
  assert.deepEqual(first.next, [99, '99'])
  assert.equal(store.rows, 101)
  const last = await walk(store, { ...question, after: first.next, select: undefined, limit: 100, rows: 1000 })
  assert.equal(last.secrets.length, 100)
  assert.equal(last.next, undefined)
})

test('a filter that selects nothing answers an empty page after so many rows', async () => {
  const store = storeOf(500_000)
  const found = await walk(store, { ...question, after: undefined, select: () => false, limit: 100, rows: 1000 })
  assert.deepEqual(found, { secrets: [], next: [999, '999'] })
  assert.ok(store.rows <= 1010)
})

test('the more values to test in each row, the fewer rows: 1,000 for ten, 100 for a hundred', () => {
  const filters = (count: number) => [{ Key: 'name', Values: Array<string>(count).fill('x') }]
  assert.equal(rowsFor(undefined), 1000)
  assert.equal(rowsFor(filters(10)), 1000)
  assert.equal(rowsFor(filters(20)), 500)
  assert.equal(rowsFor(filters(100)), 100)
  assert.equal(rowsFor(filters(1000)), 100)
})
