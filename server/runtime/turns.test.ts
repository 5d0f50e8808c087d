import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Full, Turns } from './turns.ts'

const never = new AbortController().signal

/** Takes places in order (`Aa1`: account A, function a); answers the names in the order in which they were given. */
async function order(turns: Turns, wanted: readonly string[]): Promise<string[]> {
  const given: string[] = []
  const held: string[] = ['X']
  for (const name of wanted) {
    const [account = '', key = ''] = name
    void turns.take(account, key, 60_000, never).then(() => {
      given.push(name)
      held.push(account)
    })
  }
  for (const _ of wanted) {
    await new Promise(setImmediate)
    turns.free(held.shift() ?? '')
  }
  await new Promise(setImmediate)
  return given
}

/** A house of one place for each of two accounts, one of which never ends. */
async function narrow(): Promise<Turns> {
  const turns = new Turns(1, 100)
  await turns.take('Z', 'z', 1000, never)
  await turns.take('X', 'x', 1000, never)
  return turns
}

test('functions that wait take turns, however many events one of them has', async () => {
  const given = await order(await narrow(), ['Aa1', 'Aa2', 'Aa3', 'Aa4', 'Ab1', 'Ab2', 'Ac1'])
  assert.deepEqual(given, ['Aa1', 'Ab1', 'Ac1', 'Aa2', 'Ab2', 'Aa3', 'Aa4'])
})

test('accounts that wait take turns, however many functions and events one of them has', async () => {
  const given = await order(await narrow(), ['Aa1', 'Aa2', 'Ab1', 'Ac1', 'Ba1', 'Ba2', 'Ca1'])
  assert.deepEqual(given, ['Aa1', 'Ba1', 'Ca1', 'Ab1', 'Ba2', 'Ac1', 'Aa2'])
})

test('an account whose functions never end leaves others places, and the last one is for who has none', async () => {
  const turns = new Turns(6, 100)
  const has: Record<string, number> = {}
  const end = new AbortController()
  const settled: Promise<unknown>[] = []
  for (const account of 'AAAAAAAABBBBCC') {
    const taken = turns.take(account, 'f', 60_000, end.signal).then(() => {
      has[account] = (has[account] ?? 0) + 1
    })
    settled.push(taken.catch(() => undefined))
    await new Promise(setImmediate)
  }
  assert.deepEqual(has, { A: 6, B: 1, C: 1 })
  assert.deepEqual([turns.taken, turns.waiting], [8, 6])
  // What A gives back goes round; the one place that stays free is for who has none.
  turns.free('A')
  await new Promise(setImmediate)
  assert.deepEqual(has, { A: 6, B: 1, C: 1 })
  await turns.take('D', 'f', 1000, never)
  turns.free('A')
  turns.free('A')
  await new Promise(setImmediate)
  assert.deepEqual([has, turns.taken, turns.waiting], [{ A: 7, B: 1, C: 1 }, 7, 5])
  end.abort()
  await Promise.all(settled)
})

test('no more places are given than there are, and all come back', async () => {
  const turns = new Turns(2, 100)
  await turns.take('A', 'a', 1000, never)
  await turns.take('A', 'b', 1000, never)
  let third = false
  const waiting = turns.take('A', 'a', 60_000, never).then(() => {
    third = true
  })
  await new Promise(setImmediate)
  assert.deepEqual([turns.taken, turns.waiting, third], [2, 1, false])
  turns.free('A')
  await waiting
  assert.deepEqual([turns.taken, turns.waiting], [2, 0])
  turns.free('A')
  turns.free('A')
  assert.deepEqual([turns.taken, turns.waiting], [0, 0])
  assert.throws(() => turns.free('A'), /nobody has/)
})

test('who waits in vain, goes away or finds too many before him leaves nothing behind', async () => {
  const turns = new Turns(1, 2)
  await turns.take('A', 'a', 1000, never)
  await turns.take('Z', 'a', 1000, never)
  const gone = new AbortController()
  const first = assert.rejects(turns.take('A', 'a', 60_000, gone.signal), { name: 'AbortError' })
  const second = assert.rejects(turns.take('A', 'b', 5, never), Full)
  await assert.rejects(turns.take('B', 'c', 1000, never), Full)
  gone.abort()
  await Promise.all([first, second])
  assert.equal(turns.waiting, 0)
  turns.free('A')
  await turns.take('A', 'd', 1000, never)
  assert.equal(turns.taken, 2)
})

test('one account can not fill the line of all, nor can two', async () => {
  const turns = new Turns(1, 100)
  await turns.take('A', 'a', 1000, never)
  await turns.take('B', 'a', 1000, never)
  const end = new AbortController()
  let refused = 0
  const settled: Promise<unknown>[] = []
  const wait = (account: string) =>
    settled.push(
      turns.take(account, 'a', 60_000, end.signal).catch((error: unknown) => {
        if (error instanceof Full) refused++
      }),
    )
  for (let one = 0; one < 80; one++) wait('A')
  await new Promise(setImmediate)
  assert.deepEqual([turns.waiting, refused], [75, 5])
  for (let one = 0; one < 20; one++) wait('B')
  await new Promise(setImmediate)
  assert.deepEqual([turns.waiting, refused], [90, 10])
  for (let one = 0; one < 10; one++) wait(`C${one}`)
  await new Promise(setImmediate)
  assert.deepEqual([turns.waiting, refused], [100, 10])
  end.abort()
  await Promise.all(settled)
  assert.equal(turns.waiting, 0)
})
