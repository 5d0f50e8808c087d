import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOf } from './deadline.ts'

const never = new Promise<never>(() => undefined)

test('a function that settles settles as it does, stopped or not', async () => {
  assert.equal(await endOf(Promise.resolve('done'), new AbortController().signal, 0), 'done')
  assert.equal(await endOf(Promise.resolve('done'), AbortSignal.abort(), 1000), 'done')
  await assert.rejects(endOf(Promise.reject(new Error('its own')), AbortSignal.abort(), 1000), { message: 'its own' })
})

test('a function that does not end when it is stopped is given up', async () => {
  const expected = { name: 'FunctionFault', message: 'the function did not end when it was stopped' }
  await assert.rejects(endOf(never, AbortSignal.abort(), 1), expected)
  const controller = new AbortController()
  const ended = endOf(never, controller.signal, 1)
  controller.abort()
  await assert.rejects(ended, expected)
})

test('what a given up function throws later is nobody’s unhandled rejection', async () => {
  const late = Promise.withResolvers<void>()
  await assert.rejects(endOf(late.promise, AbortSignal.abort(), 1))
  late.reject(new Error('too late'))
  await new Promise((resolve) => setImmediate(resolve))
})
