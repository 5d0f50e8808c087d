import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusal } from '../test/world.ts'
import { after, page } from './page.ts'

test('a page ends at the limit, and its marker leads to the next', () => {
  const first = page(['a', 'b', 'c'], 2, 'keys', (row) => row)
  assert.deepEqual([first.items, first.Truncated], [['a', 'b'], true])
  assert.equal(after(first.NextMarker, 'keys'), 'b')
  assert.deepEqual(
    page(['c'], 2, 'keys', (row) => row),
    { items: ['c'], Truncated: false },
  )
  assert.equal(after(undefined, 'keys'), '')
})

test('a marker that is not ours, or of another list, is refused (kms.md 3.4)', () => {
  const { NextMarker } = page(['a', 'b'], 1, 'keys', (row) => row)
  for (const marker of ['x', '!', `${NextMarker}=`, ''])
    assert.throws(() => after(marker, 'keys'), refusal('InvalidMarkerException'))
  assert.throws(() => after(NextMarker, 'aliases'), refusal('InvalidMarkerException'))
})
