import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Turns } from './turns.ts'

const throttled = { code: 'ThrottlingException', message: 'Rate exceeded' }

/** Turns at work that ends when it is told to, in the order in which it began. */
function slow(room: ConstructorParameters<typeof Turns>[0]) {
  const turns = new Turns(room)
  const began: string[] = []
  const ends: (() => void)[] = []
  const take = (who: string, name: string) =>
    turns.take(who, () => {
      began.push(name)
      return new Promise<void>((resolve) => ends.push(resolve))
    })
  const end = async () => {
    ends.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { turns, began, take, end }
}

test('who asks once comes after one turn of each, not after all that others have asked for', async () => {
  const { began, take, end } = slow({ atOnce: 1, waiting: 20, ofOne: 10 })
  const all = ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'b2'].map((name) => take(name.charAt(0), name))
  for (let i = 0; i < 7; i++) await end()
  await Promise.all(all)
  assert.deepEqual(began, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4'])
})

test('so many work at once, so many wait of one and of all; the next is told to come back', async () => {
  const { began, take, end } = slow({ atOnce: 2, waiting: 4, ofOne: 3 })
  const all = ['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => take('a', name))
  assert.deepEqual(began, ['a1', 'a2'])
  await assert.rejects(take('a', 'a6'), throttled)
  all.push(take('b', 'b1'))
  await assert.rejects(take('c', 'c1'), throttled)
  for (let i = 0; i < 6; i++) await end()
  await Promise.all(all)
  assert.deepEqual(began, ['a1', 'a2', 'a3', 'b1', 'a4', 'a5'])
  // Nobody is forgotten: there is room again.
  const more = take('c', 'c2')
  assert.equal(began.at(-1), 'c2')
  await end()
  await more
})

test('work that fails gives its turn on', async () => {
  const turns = new Turns({ atOnce: 1, waiting: 1, ofOne: 1 })
  const failing = turns.take('a', () => Promise.reject(new Error('no')))
  const next = turns.take('b', async () => 'done')
  await assert.rejects(failing, /no/)
  assert.equal(await next, 'done')
  assert.equal(await turns.take('a', async () => 'again'), 'again')
})
