import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { KeptRows } from './kept-rows.ts'
import { Overflow, overflowIn } from './overflow.ts'
import type { Unit } from './storage.ts'

const MIB = 1024 * 1024

function directory(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'strongroom-overflow-'))
  t.after(() => rmSync(made, { recursive: true }))
  return made
}

function opened(t: TestContext, mostBytes = 8 * MIB): Overflow {
  const overflow = new Overflow(directory(t), mostBytes, 12_345)
  t.after(() => overflow.close())
  return overflow
}

/** Records that begin with their key, as those who use it make them. */
const record = (key: string, text: string) => Buffer.from(`${key}=${text}`)
const isOf = (key: string) => (one: Buffer) => one.toString().startsWith(`${key}=`)
const put = (overflow: Overflow, key: string, text: string) => overflow.put(overflow.hash(key), record(key, text))
const get = (overflow: Overflow, key: string) => {
  const found = overflow.find(overflow.hash(key), isOf(key))
  return found?.toString().slice(key.length + 1)
}

test('its file has no name: nobody opens it, nothing is left of it', (t) => {
  const place = directory(t)
  const overflow = overflowIn(place, { bytes: (size) => Buffer.alloc(size, 7) })
  assert.ok(overflow)
  put(overflow, 'a', 'one')
  assert.deepEqual(readdirSync(place), [])
  overflow.close()
  assert.equal(overflowIn(join(place, 'none'), { bytes: (size) => Buffer.alloc(size) }), undefined)
})

test('it is a map of what was put down last, through growth, removals and records of any size', (t) => {
  const key = fc.integer({ min: 0, max: 400 }).map(String)
  const step = fc.oneof(
    fc.record({ kind: fc.constant('put' as const), key, size: fc.oneof(fc.nat(60), fc.nat(3000)) }),
    fc.record({ kind: fc.constant('remove' as const), key, size: fc.constant(0) }),
    fc.record({ kind: fc.constant('get' as const), key, size: fc.constant(0) }),
  )
  const overflow = opened(t, 64 * MIB)
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      overflow.clear()
      const model = new Map<string, string>()
      for (const { kind, key, size } of steps) {
        if (kind !== 'get') {
          overflow.remove(overflow.hash(key), isOf(key))
          model.delete(key)
        }
        if (kind === 'put') {
          put(overflow, key, 'x'.repeat(size))
          model.set(key, 'x'.repeat(size))
        }
        assert.equal(get(overflow, key), model.get(key))
      }
      for (const [key, text] of model) assert.equal(get(overflow, key), text)
    }),
    { numRuns: 40 },
  )
})

test('ten thousand records are all there, most of them in the file', (t) => {
  const overflow = opened(t, 64 * MIB)
  for (let n = 0; n < 10_000; n++) put(overflow, `key-${n}`, `${n} ${'y'.repeat(n % 900)}`)
  for (let n = 0; n < 10_000; n++) assert.equal(get(overflow, `key-${n}`), `${n} ${'y'.repeat(n % 900)}`)
  assert.equal(get(overflow, 'key-10000'), undefined)
})

test('when it is full the older half goes, never a record for another', (t) => {
  const overflow = opened(t, MIB)
  for (let n = 0; n < 5000; n++) {
    put(overflow, `key-${n}`, `${n} ${'z'.repeat(1000)}`)
    assert.equal(get(overflow, `key-${n}`), `${n} ${'z'.repeat(1000)}`)
  }
  let there = 0
  for (let n = 0; n < 5000; n++) {
    const found = get(overflow, `key-${n}`)
    if (found === undefined) continue
    assert.equal(found, `${n} ${'z'.repeat(1000)}`)
    there++
  }
  assert.ok(there >= 400 && there <= 1040, `${there} records`)
})

test('after a failure of the disk it has nothing, and says nothing', (t) => {
  const overflow = opened(t)
  put(overflow, 'a', 'one')
  overflow.close()
  assert.equal(get(overflow, 'a'), undefined)
  put(overflow, 'a', 'two')
  assert.equal(get(overflow, 'a'), undefined)
})

test('rows that find no room in memory are found all the same, until they change', (t) => {
  const unitOf = (generation: number) => ({ generation: () => generation }) as unknown as Unit
  const here = { account: '1', region: 'r' }
  const overflow = opened(t)
  const rows = new KeptRows<string>({
    scope: 'secrets',
    mostBytes: 30,
    sizeOf: (row) => row.length,
    compact: (row) => row,
    overflow: {
      open: () => overflow,
      pack: (row) => (row.startsWith('memory only') ? undefined : Buffer.from(row)),
      unpack: (record, cell, name) => {
        assert.deepEqual(cell, here)
        assert.match(name, /^n\d+$/)
        return record.toString()
      },
    },
  })
  const names = Array.from({ length: 50 }, (_, n) => `n${n}`)
  for (const name of names) rows.keep(unitOf(1), here, name, `row of ${name}`)
  // several times: what comes back into memory pushes others out
  for (let turn = 0; turn < 5; turn++) {
    for (const name of names) assert.equal(rows.find(unitOf(1), here, name), `row of ${name}`)
  }
  assert.equal(rows.find(unitOf(1), { account: '2', region: 'r' }, 'n1'), undefined)
  rows.changed(here, 'n7', 1)
  assert.equal(rows.find(unitOf(2), here, 'n7'), undefined)
  rows.keep(unitOf(2), here, 'n7', 'changed')
  for (let turn = 0; turn < 20; turn++) assert.equal(rows.find(unitOf(2), here, 'n7'), 'changed')
  rows.keep(unitOf(2), here, 'n7', 'changed again')
  for (let turn = 0; turn < 20; turn++) assert.equal(rows.find(unitOf(2), here, 'n7'), 'changed again')
  rows.keep(unitOf(2), here, 'n8', 'memory only, a long one')
  assert.equal(rows.find(unitOf(2), here, 'n8'), 'memory only, a long one')
  for (const name of names.slice(9)) assert.equal(rows.find(unitOf(2), here, name), `row of ${name}`)
  // another process has changed something
  for (const name of names) assert.equal(rows.find(unitOf(9), here, name), undefined)
})

test('a row that is asked for again comes back into memory; those that are asked for once do not push it out', (t) => {
  const unit = { generation: () => 1 } as unknown as Unit
  const here = { account: '1', region: 'r' }
  let read = 0
  const rows = new KeptRows<string>({
    scope: 'secrets',
    mostBytes: 12,
    sizeOf: (row) => row.length,
    compact: (row) => row,
    overflow: {
      open: () => opened(t),
      pack: (row) => Buffer.from(row),
      unpack: (record) => {
        read++
        return record.toString()
      },
    },
  })
  for (const name of ['a', 'b', 'c', 'd', 'e']) rows.keep(unit, here, name, `row ${name}`)
  const reads = (name: string) => {
    const before = read
    assert.equal(rows.find(unit, here, name), `row ${name}`)
    return read - before
  }
  // two find room in memory
  assert.deepEqual(['a', 'b', 'c', 'd', 'e'].map(reads), [0, 0, 1, 1, 1])
  assert.deepEqual([reads('c'), reads('c'), reads('c')], [1, 0, 0])
  assert.deepEqual(['b', 'c'].map(reads), [0, 0])
  assert.equal(reads('a'), 1)
})
