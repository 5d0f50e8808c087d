import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { BSON } from 'mongodb'
import { mongodb } from './mongodb.ts'
import { Frames } from './mongodb-frames.ts'
import { answer } from './test/mongo/frames.ts'
import { login, never } from './test/mongo/login.ts'
import { startMongo } from './test/mongo/server.ts'

/** Servers that mean ill. Source: MongoDB Wire Protocol; what the driver does with each was seen with mongodb 7.9. */

const OK = { ok: 1, users: [{ user: 'a' }] }
const message = (operation = 2013): Buffer => answer({ id: 7, operation, database: 'admin', body: {} }, OK)

/** The message with a number at a place. */
function changed(at: number, value: number, operation = 2013): Buffer {
  const copy = Buffer.from(message(operation))
  copy.writeInt32LE(value, at)
  return copy
}

test('whole messages come out as they went in, however they are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(2013, 2004), { maxLength: 5 }), fc.array(fc.nat(40)), (operations, cuts) => {
      const sent = operations.map(message)
      const all = Buffer.concat(sent)
      const frames = new Frames()
      const got: Buffer[] = []
      let from = 0
      for (const cut of [...cuts, all.length]) {
        got.push(...frames.add(all.subarray(from, from + cut)))
        from += cut
      }
      assert.deepEqual(got, sent)
    }),
  )
})

test('a message that is no answer of a MongoDB is refused when its header is there, or its document', () => {
  const wrong: Readonly<Record<string, Buffer>> = {
    'size 0: the driver reads nothing for ever': changed(0, 0),
    'a negative size': changed(0, -1),
    'a size of a header only': changed(0, 16),
    '2 GB': changed(0, 0x7fffffff),
    'more than 1 MiB': changed(0, 1_048_577),
    'compressed (OP_COMPRESSED)': changed(12, 2012),
    'a request': changed(12, 2004),
    'no operation at all': changed(12, -1),
    'more to come': changed(16, 2),
    'a checksum, which was not asked for': changed(16, 1),
    'a document of -1 bytes: the driver goes back for ever': changed(21, -1),
    'a document of 0 bytes': changed(21, 0),
    'a document that ends before the message': changed(21, 10),
    'a document that ends behind the message': changed(21, 1000),
    '2,000 million documents': changed(32, 0x7fffffff, 2004),
    'no document': changed(32, 0, 2004),
  }
  for (const [what, bytes] of Object.entries(wrong))
    assert.throws(() => new Frames().add(bytes), /not what a MongoDB says/, what)
  const section = Buffer.from(message())
  section[20] = 1
  assert.throws(() => new Frames().add(section), /not what a MongoDB says/)
})

/** A server that answers each first message with these bytes. */
async function saying(bytes: Uint8Array): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => socket.end(bytes))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

test('the driver gets none of it: the login fails, and the process lives', async () => {
  for (const bytes of [changed(0, 0), changed(21, -1), changed(32, 0x7fffffff, 2004), changed(12, 2012)]) {
    await using server = await saying(bytes)
    const secret = login(server, { tls: 'never' })
    await assert.rejects(mongodb.connect(secret, never), { name: 'NotConnected', message: /not what a MongoDB says/ })
  }
})

test('documents in documents, as deep as a message can hold them', async () => {
  let nested = Buffer.from(BSON.serialize({ ok: 1 }))
  // each level: a size, the type 3, the name `a`, the document, the end
  const levels: Buffer[] = []
  const ends: Buffer[] = []
  let size = nested.length
  while (size < 1_000_000) {
    size += 8
    const begin = Buffer.alloc(7)
    begin.writeInt32LE(size, 0)
    begin.set([3, 97, 0], 4)
    levels.push(begin)
    ends.push(Buffer.alloc(1))
  }
  nested = Buffer.concat([...levels.reverse(), nested, ...ends])
  const head = Buffer.alloc(36)
  head.writeInt32LE(36 + nested.length, 0)
  head.writeInt32LE(1, 12)
  head.writeInt32LE(1, 32)
  await using server = await saying(Buffer.concat([head, nested]))
  await assert.rejects(mongodb.connect(login(server, { tls: 'never' }), never), { name: 'NotConnected' })
})

test('answers of a MongoDB with some bytes changed: a login, or none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { minLength: 1, maxLength: 4 }), async (changes) => {
      await using server = await startMongo({
        spoil: (bytes) => {
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
          return bytes
        },
      })
      const stop = AbortSignal.timeout(500)
      const session = await mongodb.connect(login(server, { tls: 'never' }), stop).catch((error: unknown) => error)
      if (!(session instanceof Error)) await (session as Awaited<ReturnType<typeof mongodb.connect>>).close()
    }),
    { numRuns: 60 },
  )
})
