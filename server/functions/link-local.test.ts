import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { isLoopback } from '#kernel/outbound/addresses'
import { Secret } from '#kernel/values/bytes'
import { type Engine, NotConnected } from './function.ts'
import { guarded } from './link-local.ts'
import { mongodb } from './mongodb.ts'
import { mariadb } from './mysql.ts'
import { oracle } from './oracle.ts'
import { postgres } from './postgres.ts'
import { redis } from './redis.ts'
import { redshift } from './redshift.ts'
import { singleUser } from './single-user.ts'
import { sqlserver } from './sqlserver.ts'
import { FakeSecrets, run } from './test/fake-secrets.ts'
import { fault } from './test/fault.ts'

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/db-AbCdEf'
const engines: readonly Engine[] = [postgres, redshift, mariadb, sqlserver, oracle, mongodb, redis]

test('a secret that names an address of the link leads nowhere, by whatever name', async () => {
  for (const engine of engines)
    for (const host of ['169.254.169.254', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', 'fe80::1', '0xa9fea9fe']) {
      const secrets = new FakeSecrets()
      const [named] = engine.names
      const json = { engine: named, host, username: 'app', password: 'own', dbname: 'shop', ssl: false }
      secrets.put(ARN, 'v1', JSON.stringify(json), 'AWSCURRENT')
      secrets.put(ARN, 'v2', JSON.stringify(json), 'AWSPENDING')
      const event = { SecretId: ARN, ClientRequestToken: 'v2' }
      await assert.rejects(
        run(singleUser(engine), secrets, event, ['testSecret']),
        fault(/network: .*(ELINKLOCAL|link-local|NJS-503)/, 'OperationalError'),
        `${named} ${host}`,
      )
    }
})

test('nothing is said to where a name leads that may not be, whoever resolved it', async () => {
  const sockets: Socket[] = []
  let said = 0
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('data', (chunk) => {
      said += chunk.length
      socket.destroy()
    })
    socket.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const never = new AbortController().signal
  for (const engine of engines)
    for (const host of ['127.1', '127.0.0.1'])
      for (const tls of ['try', 'require', 'never'] as const) {
        // the driver never resolves an address, so that one is refused before: by `refuseLinkLocal`
        if (engine === mongodb && host === '127.0.0.1') continue
        const secret = { engine: 'x', host, port, username: 'app', password: new Secret('own'), dbname: 'shop', tls }
        await assert.rejects(
          guarded(() => engine.connect(secret, never), isLoopback),
          (error) => {
            assert.ok(error instanceof NotConnected, String(error))
            assert.equal(error.failure, 'network', error.message)
            assert.match(error.message, /ELINKLOCAL|link-local|NJS-503/, `${engine.names[0]} ${host} ${tls}`)
            return true
          },
        )
      }
  assert.equal(said, 0)
  for (const socket of sockets) socket.destroy()
  server.close()
})
