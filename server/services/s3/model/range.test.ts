import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rangeOf } from './range.ts'

test('a range is what RFC 9110 says it is; what is none means all', () => {
  const table = [
    [undefined, undefined],
    ['bytes=0-0', { from: 0, to: 0 }],
    ['bytes=2-', { from: 2, to: 9 }],
    ['bytes=2-100', { from: 2, to: 9 }],
    ['bytes=-3', { from: 7, to: 9 }],
    ['bytes=-30', { from: 0, to: 9 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-2', undefined],
    ['bytes=0-1,3-4', undefined],
    ['bytes=-', undefined],
    ['items=0-1', undefined],
  ] as const
  for (const [header, expected] of table) assert.deepEqual(rangeOf(header, 10), expected, String(header))
})
