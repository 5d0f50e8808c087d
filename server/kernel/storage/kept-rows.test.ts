import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeptRows } from './kept-rows.ts'
import type { Unit } from './storage.ts'

const unitOf = (generation: number) => ({ generation: () => generation }) as unknown as Unit
const here = { account: '1', region: 'r' }

function kept(mostBytes = 100) {
  const cleared: true[] = []
  const rows = new KeptRows<string>({
    scope: 'secrets',
    mostBytes,
    sizeOf: (row) => row.length,
    compact: (row) => row.toUpperCase(),
    cleared: () => cleared.push(true),
  })
  return { rows, cleared }
}

test('a row is kept as it was compacted, for its account, region and name', () => {
  const { rows } = kept()
  assert.equal(rows.keep(unitOf(1), here, 'a', 'one'), 'ONE')
  assert.equal(rows.find(unitOf(1), here, 'a'), 'ONE')
  assert.equal(rows.find(unitOf(1), here, 'b'), undefined)
  assert.equal(rows.find(unitOf(1), { account: '2', region: 'r' }, 'a'), undefined)
  assert.equal(rows.find(unitOf(1), { account: '1', region: 's' }, 'a'), undefined)
})

test('a change made here takes out its row alone, one made elsewhere everything', () => {
  const { rows, cleared } = kept()
  for (const name of ['a', 'b']) rows.keep(unitOf(1), here, name, name)
  cleared.length = 0
  rows.changed(here, 'a', 1)
  assert.equal(rows.find(unitOf(2), here, 'a'), undefined)
  assert.equal(rows.find(unitOf(2), here, 'b'), 'B')
  assert.equal(cleared.length, 0)
  // Another process has made generation 3; ours began in it and made 4.
  rows.changed(here, 'a', 3)
  assert.equal(rows.find(unitOf(4), here, 'b'), undefined)
  assert.equal(cleared.length, 1)
})

test('what comes first gives way, in its own account and region; what is too large is not kept', () => {
  const { rows } = kept(10)
  const there = { account: '2', region: 'r' }
  rows.keep(unitOf(1), there, 'z', '4444')
  for (const name of ['a', 'b', 'c']) rows.keep(unitOf(1), here, name, '333')
  assert.equal(rows.find(unitOf(1), here, 'a'), undefined)
  assert.deepEqual(
    ['b', 'c'].map((name) => rows.find(unitOf(1), here, name)),
    ['333', '333'],
  )
  // As it came, not compacted: there is no room for it.
  assert.equal(rows.keep(unitOf(1), here, 'd', 'seven77'), 'seven77')
  assert.equal(rows.find(unitOf(1), here, 'd'), undefined)
  assert.equal(rows.find(unitOf(1), there, 'z'), '4444')
  rows.clear()
  assert.equal(rows.find(unitOf(1), there, 'z'), undefined)
  assert.equal(rows.keep(unitOf(1), here, 'd', 'seven77'), 'SEVEN77')
})
