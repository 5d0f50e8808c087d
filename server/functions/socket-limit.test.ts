import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import type { DatabaseSecret } from './function.ts'
import { mysql } from './mysql.ts'
import { postgres } from './postgres.ts'
import { redis } from './redis.ts'

/** The beginning of a message that never ends. PostgreSQL: one of 2 GB. MySQL: one packet of 16 MB after another. Redis: a text of 2 GB. */
const ENDLESS = {
  postgres: { engine: postgres, begin: Buffer.from([0x52, 0x7f, 0xff, 0xff, 0xff]), packet: Buffer.alloc(1_048_576) },
  mysql: {
    engine: mysql,
    begin: Buffer.alloc(0),
    packet: Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0]), Buffer.alloc(0xffffff)]),
  },
  redis: { engine: redis, begin: Buffer.from('$2000000000\r\n'), packet: Buffer.alloc(1_048_576, 'a') },
}

for (const [name, { engine, begin, packet }] of Object.entries(ENDLESS))
  test(`${name}: a server that never stops talking is cut off`, async () => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.resume()
      socket.write(begin)
      const talk = () => {
        while (!socket.destroyed && socket.write(packet));
      }
      socket.on('drain', talk)
      talk()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const secret: DatabaseSecret = {
      engine: name,
      host: '127.0.0.1',
      port,
      username: 'app',
      password: new Secret('its own'),
      tls: 'never',
    }
    await assert.rejects(engine.connect(secret, AbortSignal.timeout(60_000)), { name: 'NotConnected' })
    server.close()
    await once(server, 'close')
  })
