import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import { type DatabaseSecret, NotConnected } from './function.ts'
import { mysql } from './mysql.ts'

/** A server without TLS that asks for the password itself, encrypted to its own key. Source: MySQL, caching_sha2_password. */

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const KEY = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }))
const SCRAMBLE = Buffer.from('abcdefghijklmnopqrst')
const REFUSED = Buffer.from('\xff\x15\x04#28000no', 'latin1')

const bytes = (...parts: (number | string | Buffer)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part as string))))
/** Of CLIENT_PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH; not of CLIENT_SSL. */
const greeting = (plugin: string) =>
  bytes(
    ...[
      10,
      '8.0.30\0',
      Buffer.from([1, 0, 0, 0]),
      SCRAMBLE.subarray(0, 8),
      0,
      Buffer.from([0x01, 0x82, 45, 2, 0, 8, 0]),
    ],
    ...[21, Buffer.alloc(10), SCRAMBLE.subarray(8), 0, `${plugin}\0`],
  )

/** What the server is told by a login, after its key was shown: whether it is the password, encrypted. */
async function shown(plugin: string, tls: DatabaseSecret['tls']): Promise<{ stolen: boolean; failure: unknown }> {
  let stolen = false
  const asksForKey = plugin === 'sha256_password' ? 1 : 2
  const server = createServer((socket) => {
    const say = (after: number, body: Buffer) =>
      socket.write(bytes(body.length & 255, body.length >> 8, 0, after + 1, body))
    socket.on('error', () => socket.destroy())
    say(-1, greeting(plugin))
    let switched = false
    socket.on('data', (said) => {
      const [sequence = 0, body] = [said[3], said.subarray(4)]
      if (body.length >= 256) {
        stolen = true
        say(sequence, REFUSED)
      } else if (body.length === 1 && body[0] === asksForKey) say(sequence, bytes(1, KEY))
      else say(sequence, switched ? bytes(1, 4) : bytes(0xfe, `${plugin}\0`, SCRAMBLE, 0))
      switched = true
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const secret = { engine: 'mysql', host: '127.0.0.1', port, username: 'app', password: new Secret('its own'), tls }
  const failure = await mysql.connect(secret, AbortSignal.timeout(30_000)).catch((error: unknown) => error)
  server.close()
  return { stolen, failure }
}

for (const plugin of ['caching_sha2_password', 'sha256_password'])
  test(`${plugin}: without TLS the password is not encrypted to the key of whoever says that there is none`, async () => {
    const unsaid = await shown(plugin, 'try')
    assert.equal(unsaid.stolen, false)
    assert.ok(unsaid.failure instanceof NotConnected)
    assert.equal(unsaid.failure.failure, 'tls')
    assert.match(unsaid.failure.message, /`ssl` to false/)
    // `ssl` false: as the server of the application does
    const said = await shown(plugin, 'never')
    assert.equal(said.stolen, true)
    assert.ok(said.failure instanceof NotConnected)
    assert.equal(said.failure.failure, 'auth')
  })
