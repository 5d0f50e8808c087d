import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '#kernel/values/bytes'
import { sqlserver } from './sqlserver.ts'
import { done, welcome } from './test/tds/tokens.ts'
import { ENCRYPT, Messages, packets, prelogin, TYPE } from './test/tds/wire.ts'

/** A database server is a stranger: whatever it answers, this process goes on, and the step fails with a word. */

const TOKENS = [
  0x79, 0x81, 0xa4, 0xa5, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xd1, 0xd2, 0xd3, 0xe3, 0xe4, 0xed, 0xee, 0xfd, 0xfe,
  0xff, 0,
]
const token = fc.constantFrom(...TOKENS)
const body = fc.uint8Array({ maxLength: 40 })
const length = (of: Uint8Array) => Buffer.from([of.length, 0])
const piece = fc.oneof(
  fc.tuple(token, body).map(([kind, bytes]) => Buffer.from([kind, ...bytes])),
  fc.tuple(token, body).map(([kind, bytes]) => Buffer.from([kind, ...length(bytes), ...bytes])),
  fc.constantFrom(done(), welcome('master')),
)
const message = fc.array(piece, { maxLength: 5 }).map((pieces) => Buffer.concat(pieces))

/** Answers as it should until it comes to what a login or a session asks for at this place; then in whatever way it is told. */
async function startStranger() {
  const sockets = new Set<Socket>()
  const stranger = { wellBehaved: 0, answers: [] as Buffer[], port: 0 }
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    const messages = new Messages()
    let asked = 0
    const answer = (type: number): Buffer | undefined => {
      if (type === TYPE.prelogin) return prelogin(ENCRYPT.notSupported)
      asked += 1
      if (asked > stranger.wellBehaved) return stranger.answers.shift()
      return asked === 1 ? welcome('master') : done()
    }
    socket.on('data', (chunk) => {
      for (const { type } of messages.push(chunk)) {
        const payload = answer(type)
        if (payload !== undefined) socket.write(packets(TYPE.result, payload))
        if (stranger.answers.length === 0) setImmediate(() => socket.end())
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  stranger.port = (server.address() as { port: number }).port
  const stop = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return Object.assign(stranger, { [Symbol.dispose]: stop })
}

test('random tokens in a login, behind it and in an answer', async (t) => {
  // the driver tells of some of them itself
  t.mock.method(console, 'error', () => undefined)
  using stranger = await startStranger()
  const reached = [0, 0, 0]
  for (const place of [0, 1, 2])
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 3 }), async (answers) => {
        Object.assign(stranger, { wellBehaved: place, answers: [...answers] })
        const secret = {
          engine: 'sqlserver',
          host: '127.0.0.1',
          port: stranger.port,
          username: 'app',
          password: new Secret('of-the-user'),
          tls: 'never',
        } as const
        try {
          const session = await sqlserver.connect(secret, AbortSignal.timeout(5000))
          reached[place] = (reached[place] ?? 0) + 1
          try {
            await session.probe()
            await session.setOwnPassword('app', new Secret('next'), secret.password)
          } finally {
            await session.close()
          }
        } catch (error) {
          assert.ok(error instanceof Error)
          assert.match(error.name, /^(NotConnected|FunctionFault)$/, error.stack)
          assert.ok(!error.message.includes('of-the-user'))
        }
      }),
      { numRuns: 100 },
    )
  assert.ok((reached[2] ?? 0) > 50, `${reached}`)
})
