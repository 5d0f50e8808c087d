import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rowsFor, walk } from './listing.ts'
import { namePrefixes, selectorOf } from './model/filters.ts'
import type { Secret } from './model/secret.ts'
import type { PageQuery, Placed } from './lists.ts'

/** A store of `count` secrets named 0, 1, 2, …, that counts the rows it hands out. */
function storeOf(count: number) {
  return {
    rows: 0,
    named: () => assert.fail('there is no name to look for'),
    countNamed: () => assert.fail('there is no name to look for'),
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

/** A store of secrets of these names, made one after the other but for some made at once, that counts the rows it hands out. */
function named(names: readonly string[]) {
  const placed = names.map((name, n) => {
    const secret = { name, createdAt: n >> 1, suffix: `s${n % 7}` }
    return { secret: secret as unknown as Secret, created: secret.createdAt, place: `${name} ${secret.suffix}` }
  })
  type At = readonly [number, string]
  const compare = ([a, x]: At, [b, y]: At) => a - b || (x < y ? -1 : x > y ? 1 : 0)
  const within = (prefixes: readonly string[]) =>
    placed.filter(({ secret }) => prefixes.some((prefix) => secret.name.startsWith(prefix)))
  return {
    rows: 0,
    async page({ by, order, after, limit }: PageQuery): Promise<Placed[]> {
      const sign = order === 'asc' ? 1 : -1
      const all = placed
        .map(({ secret, created, place }): Placed => ({ secret, at: [by === 'name' ? 0 : created, place] }))
        .sort((a, b) => sign * compare(a.at, b.at))
        .filter(({ at }) => after === undefined || sign * compare(at, after) > 0)
        .slice(0, limit)
      this.rows += all.length
      return all
    },
    async named(prefixes: readonly string[], _by: string, most: number): Promise<Placed[]> {
      const all = within(prefixes).slice(0, most)
      this.rows += all.length
      return all.map(({ secret, created, place }) => ({ secret, at: [created, place] }))
    },
    countNamed: async (prefixes: readonly string[], most: number) => Math.min(within(prefixes).length, most + 1),
  }
}

test('what names begin with is sought in the index: the same secrets in the same order, each page within its bounds', async () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'Z'), minLength: 1, maxLength: 4 })
  const property = fc.asyncProperty(
    fc.uniqueArray(letters, { maxLength: 120 }),
    fc.array(fc.oneof(letters, fc.constantFrom('é', 'a b', 'a\u007f')), { minLength: 1, maxLength: 4 }),
    fc.constantFrom('name', 'created-date'),
    fc.constantFrom('asc', 'desc'),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 60 }),
    async (names, Values, by, order, limit, rows) => {
      const store = named(names)
      const filters = [{ Key: 'name', Values }]
      const question = { by, order, planned: true, select: selectorOf(filters), limit, rows } as const
      const prefixes = namePrefixes(filters)
      assert.ok(prefixes !== undefined)
      const pages = async (more: object) => {
        const seen: string[] = []
        for (let after: readonly [number, string] | undefined, count = 0; ; count++) {
          store.rows = 0
          const found = await walk(store, { ...question, ...more, after })
          assert.ok(store.rows <= rows + Math.ceil(rows / 200) + Values.length, `${store.rows} rows`)
          assert.ok(count <= names.length + Values.length + 1)
          seen.push(...found.secrets.map(({ name }) => name))
          after = found.next
          if (after === undefined) return seen
        }
      }
      assert.deepEqual(await pages({ names: prefixes }), await pages({}))
    },
  )
  await fc.assert(property, { numRuns: 300 })
})

test('five names among thousands are one page, in any order', async () => {
  const names = Array.from({ length: 5 }, (_, n) => `rare/${n}`)
  const store = named([...Array.from({ length: 5000 }, (_, n) => `often/${n}`), ...names])
  for (const by of ['name', 'created-date'] as const) {
    store.rows = 0
    const listing = { by, order: 'desc', planned: true, after: undefined, select: () => true, names: ['rare'] } as const
    const found = await walk(store, { ...listing, limit: 100, rows: 1000 })
    assert.deepEqual(
      found.secrets.map(({ name }) => name),
      names.toReversed(),
    )
    assert.equal(found.next, undefined)
    assert.ok(store.rows <= 300)
  }
})

test('the beginnings of names are those of a filter that says them, none within another', () => {
  const filters = (...Values: string[]) => [
    { Key: 'all', Values: ['x'] },
    { Key: 'name', Values },
  ]
  assert.deepEqual(namePrefixes(filters('b/', 'a', 'ab', 'b/c', 'B')), ['B', 'a', 'b/'])
  assert.deepEqual(namePrefixes(filters('é')), [])
  assert.equal(namePrefixes(filters('a', '!b')), undefined)
  assert.equal(namePrefixes([{ Key: 'tag-key', Values: ['a'] }]), undefined)
  assert.equal(namePrefixes(undefined), undefined)
})
