import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { parse, start, Wire } from '../test/http-rig.ts'

/** Answers that take much memory. */

const GET = 'GET /_strongroom/large HTTP/1.1\r\nHost: localhost\r\n\r\n'

/** A server whose answer has `bytes` and must be out within `longestMs`; `over` settles when it is told that it is. */
async function large(bytes: number, longestMs: number) {
  const over = Promise.withResolvers<void>()
  let told = 0
  const sending = {
    longestMs,
    over: () => {
      told++
      over.resolve()
    },
  }
  const body = Buffer.alloc(bytes, 'x')
  const answer = async () => ({ status: 200, headers: [], body, sending })
  const rig = await start({ parts: { downloads: { prefix: '/_strongroom/large', answer } } })
  return Object.assign(rig, { over: over.promise, told: () => told })
}

test('who reads an answer is told apart from who does not: that one is cut off in the end', async () => {
  await using rig = await large(32 * 1024 * 1024, 300)
  const wire = await Wire.open(rig.port)
  wire.socket.pause()
  wire.send(GET)
  await rig.over
  wire.socket.resume()
  await once(wire.socket, 'close')
  assert.ok(wire.received.length < 32 * 1024 * 1024, 'it got the whole answer')
  assert.equal(rig.told(), 1)
})

test('an answer is over when it is out, and the connection goes on', async () => {
  await using rig = await large(10, 60_000)
  const wire = await Wire.open(rig.port)
  wire.send(GET)
  await rig.over
  wire.send('GET /_strongroom/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  const [first, second] = (await wire.end()).split(/(?<=x{10})/)
  assert.deepEqual([parse(first ?? '').body, parse(second ?? '').status], ['x'.repeat(10), 200])
  assert.equal(rig.told(), 1)
})

test('an answer is over when its reader goes away', async () => {
  await using rig = await large(32 * 1024 * 1024, 60_000)
  const wire = await Wire.open(rig.port)
  wire.send(GET)
  await wire.until(/xxx/)
  wire.socket.destroy()
  await rig.over
  assert.equal(rig.told(), 1)
})
