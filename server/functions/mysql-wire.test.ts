import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { selfSigned } from '../test/certificate.ts'
import { type Mariadb, mariadbMissing, startMariadb } from '../test/mariadb.ts'
import { failureOf, secretOf } from './test/mariadb-logins.ts'

/** TLS, against a real MariaDB. */

const skip = mariadbMissing() ?? false
const certified = selfSigned()

describe('a server with TLS', { skip }, () => {
  let server: Mariadb
  const ca = certified.certificate
  before(async () => {
    server = await startMariadb({ tls: certified })
    await server.run(`CREATE USER app@'%' IDENTIFIED BY 'pw'`, `CREATE USER strict@'%' IDENTIFIED BY 'pw' REQUIRE SSL`)
  })
  after(() => server[Symbol.asyncDispose]())

  test('is accepted with its authority, by name and by address, and the session is encrypted', async () => {
    for (const tls of ['try', 'require'] as const)
      for (const host of ['127.0.0.1', 'localhost']) {
        assert.equal(await failureOf(secretOf(server, 'app', 'pw', { tls, ca, host })), undefined)
        assert.equal(await failureOf(secretOf(server, 'strict', 'pw', { tls, ca, host })), undefined)
      }
    assert.equal(await failureOf(secretOf(server, 'strict', 'pw', { tls: 'never' })), 'auth')
    assert.equal(await failureOf(secretOf(server, 'app', 'pw', { tls: 'never' })), undefined)
  })

  test('is refused without its authority, with another one, and where its certificate names other hosts', async () => {
    const other = selfSigned().certificate
    for (const tls of ['try', 'require'] as const) {
      assert.equal(await failureOf(secretOf(server, 'app', 'pw', { tls })), 'tls')
      assert.equal(await failureOf(secretOf(server, 'app', 'pw', { tls, ca: other })), 'tls')
      // the certificate is for localhost and 127.0.0.1
      assert.equal(await failureOf(secretOf(server, 'app', 'pw', { tls, ca, host: '127.0.0.2' })), 'tls')
    }
    assert.equal(await failureOf(secretOf(server, 'app', 'pw', { tls: 'never', host: '127.0.0.2' })), undefined)
  })

  test('gets no second login in clear: neither for a wrong password nor for a refused certificate', async () => {
    let connections = 0
    const proxy = createServer((socket) => {
      connections += 1
      const { connect } = process.getBuiltinModule('node:net')
      const behind = connect(server.port, server.host)
      socket.pipe(behind).pipe(socket)
      for (const end of [socket, behind]) end.on('error', () => behind.destroy())
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    const { port } = proxy.address() as { port: number }
    assert.equal(await failureOf(secretOf(server, 'app', 'wrong', { ca, port })), 'auth')
    assert.equal(connections, 1)
    assert.equal(await failureOf(secretOf(server, 'app', 'pw', { port })), 'tls')
    assert.equal(connections, 2)
    proxy.close()
  })
})
