import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Full, Turns } from './turns.ts'

const never = new AbortController().signal

/** Takes places in order; answers the names in the order in which they were given. */
async function order(turns: Turns, wanted: readonly string[]): Promise<string[]> {
  const given: string[] = []
  for (const name of wanted) {
    const [key = ''] = name
    void turns.take(key, 60_000, never).then(() => given.push(name))
  }
  for (const _ of wanted) {
    await new Promise(setImmediate)
    turns.free()
  }
  await new Promise(setImmediate)
  return given
}

test('functions that wait take turns, however many events one of them has', async () => {
  const turns = new Turns(1, 100)
  await turns.take('x', 1000, never)
  assert.deepEqual(await order(turns, ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1']), [
    'a1',
    'b1',
    'c1',
    'a2',
    'b2',
    'a3',
    'a4',
  ])
})

test('no more places are given than there are, and all come back', async () => {
  const turns = new Turns(2, 100)
  await turns.take('a', 1000, never)
  await turns.take('b', 1000, never)
  let third = false
  const waiting = turns.take('a', 60_000, never).then(() => {
    third = true
  })
  await new Promise(setImmediate)
  assert.deepEqual([turns.taken, turns.waiting, third], [2, 1, false])
  turns.free()
  await waiting
  assert.deepEqual([turns.taken, turns.waiting], [2, 0])
  turns.free()
  turns.free()
  assert.deepEqual([turns.taken, turns.waiting], [0, 0])
})

test('who waits in vain, goes away or finds too many before him leaves nothing behind', async () => {
  const turns = new Turns(1, 2)
  await turns.take('a', 1000, never)
  const gone = new AbortController()
  const first = assert.rejects(turns.take('a', 60_000, gone.signal), { name: 'AbortError' })
  const second = assert.rejects(turns.take('b', 5, never), Full)
  await assert.rejects(turns.take('c', 1000, never), Full)
  gone.abort()
  await Promise.all([first, second])
  assert.equal(turns.waiting, 0)
  turns.free()
  await turns.take('d', 1000, never)
  assert.equal(turns.taken, 1)
})
