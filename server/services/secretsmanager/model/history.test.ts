import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roomForOneMore, surplus } from './history.ts'

test('one more version fits as long as those that may not go are fewer than the limit', () => {
  const cases: [total: number, removable: number, room: boolean, prune: boolean][] = [
    [0, 0, true, false],
    [99, 0, true, false],
    [100, 0, false, false],
    [100, 1, true, true],
    [100, 98, true, true],
    [99, 50, true, false],
    [130, 30, false, false],
    [130, 31, true, true],
  ]
  for (const [total, removable, room, prune] of cases) {
    assert.deepEqual(roomForOneMore(total, removable, 100), { room, prune }, `${total}, ${removable}`)
  }
  assert.deepEqual([surplus(99, 100), surplus(100, 100), surplus(104, 100)], [0, 0, 4])
})
