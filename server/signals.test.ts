import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { type Stoppable, untilStopped } from './signals.ts'

/** A server that is told to stop by hand. */
function rig(more: Partial<Stoppable> = {}) {
  const signals = new EventEmitter()
  const did: string[] = []
  const note = (_: object, text: string): void => void did.push(text)
  const gate = Promise.withResolvers<void>()
  const code = untilStopped({
    signals,
    log: { info: note, warn: note, error: note },
    stop: () => {
      did.push('stop')
      return gate.promise
    },
    reload: () => void did.push('reload'),
    force: () => void did.push('force'),
    ...more,
  })
  return { signals, did, gate, code }
}

const told = 'stopping: requests in flight may finish'

test('SIGTERM and SIGINT stop the server, which answers 0 when it is done', async () => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    const { signals, did, gate, code } = rig()
    signals.emit(signal)
    gate.resolve()
    assert.equal(await code, 0)
    assert.deepEqual(did, [told, 'stop'])
    assert.deepEqual(signals.eventNames(), [])
  }
})

test('a second signal ends it at once', async () => {
  const { signals, did, gate, code } = rig()
  signals.emit('SIGTERM')
  signals.emit('SIGINT')
  assert.deepEqual(did, ['stopping at once', 'force'])
  gate.resolve()
  assert.equal(await code, 0)
})

test('SIGHUP reloads and does not stop; without anything to reload it stops', async () => {
  const serve = rig()
  serve.signals.emit('SIGHUP')
  serve.signals.emit('SIGHUP')
  assert.deepEqual(serve.did, ['reload', 'reload'])
  const signals = new EventEmitter()
  const note = (): void => undefined
  const code = untilStopped({ signals, log: { info: note, warn: note, error: note }, stop: async () => undefined })
  signals.emit('SIGHUP')
  assert.equal(await code, 0)
})

test('a stop that fails is logged and answers 1', async () => {
  const { signals, did, gate, code } = rig()
  signals.emit('SIGTERM')
  gate.reject(new Error('the store does not close'))
  assert.equal(await code, 1)
  assert.deepEqual(did, [told, 'stop', 'stopping failed'])
})
