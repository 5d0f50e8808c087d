import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Streamed } from '#kernel/protocol/reply'
import { parse, start, Wire } from '../test/http-rig.ts'
import { sendStream } from './streaming.ts'

/** Answers that go on. */

const CALL = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n'

/** A stream that a test feeds. `asked`: how many pieces were asked for. */
function fed() {
  let wake = Promise.withResolvers<void>()
  const waiting: (Uint8Array | Error)[] = []
  const over = Promise.withResolvers<void>()
  const state = { asked: 0, over: 0, ended: false }
  const stir = () => {
    wake.resolve()
    wake = Promise.withResolvers()
  }
  const stream: Streamed = {
    requestId: 'r',
    async next() {
      state.asked++
      while (waiting.length === 0 && !state.ended) await wake.promise
      const piece = waiting.shift()
      if (piece instanceof Error) throw piece
      return piece
    },
    stop() {
      waiting.push(Buffer.from('last'))
      state.ended = true
      stir()
    },
    over() {
      state.over++
      state.ended = true
      stir()
      over.resolve()
    },
  }
  return {
    ...{ stream, state, over: over.promise },
    give(piece: string | Uint8Array | Error) {
      waiting.push(typeof piece === 'string' ? Buffer.from(piece) : piece)
      stir()
    },
  }
}

const answering = (stream: Streamed) =>
  start({ handle: async () => ({ status: 200, headers: ['Content-Type', 'x/stream'], body: '', stream }) })

test('headers and the first piece leave at once, each other when it is there, in chunks, and the connection ends with it', async () => {
  const { stream, give, state } = fed()
  await using rig = await answering(stream)
  const wire = await Wire.open(rig.port)
  wire.send(CALL)
  give('one')
  const { headers, status } = parse(await wire.until(/one/))
  assert.equal(status, 200)
  assert.deepEqual(
    ['content-type', 'transfer-encoding', 'connection', 'content-length'].map((name) => headers.get(name)),
    ['x/stream', 'chunked', 'close', undefined],
  )
  assert.equal(rig.listening.load().requests, 1)
  give('two')
  await wire.until(/two/)
  stream.stop()
  assert.match(await wire.end(), /last\r\n0\r\n\r\n$/)
  assert.ok(state.over > 0)
  assert.equal(rig.listening.load().requests, 0)
})

test('a stream is over when its reader goes away', async () => {
  const { stream, give, over } = fed()
  await using rig = await answering(stream)
  const wire = await Wire.open(rig.port)
  wire.send(CALL)
  give('one')
  await wire.until(/one/)
  wire.socket.destroy()
  await over
})

test('a server that closes lets streams end in their own words', async () => {
  const { stream, give } = fed()
  const rig = await answering(stream)
  const wire = await Wire.open(rig.port)
  wire.send(CALL)
  give('one')
  await wire.until(/one/)
  await rig.listening.close(60_000)
  assert.match(await wire.end(), /last\r\n0\r\n\r\n$/)
})

test('a failure of ours is logged, and what was said before it is out', async () => {
  const { stream, give } = fed()
  await using rig = await answering(stream)
  const wire = await Wire.open(rig.port)
  wire.send(CALL)
  give('one')
  give(new Error('broken'))
  assert.match(await wire.end(), /one\r\n0\r\n\r\n$/)
  assert.match(rig.logged.join(), /a request failed inside the server \{"requestId":"r"/)
})

test('who does not read is asked for no more pieces, and is cut off in the end', async () => {
  const { stream, give, state, over } = fed()
  const server = createServer((req, res) => {
    res.writeHead(200)
    void sendStream(req, res, stream, 300)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const wire = await Wire.open((server.address() as AddressInfo).port)
  wire.socket.pause()
  wire.send(CALL)
  const large = Buffer.alloc(32 * 1024 * 1024, 'x')
  give(large)
  give(large)
  await over
  assert.equal(state.asked, 1)
  wire.socket.resume()
  await wire.end()
  assert.ok(wire.received.length < large.length)
  server.close()
})
