import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createServer as createTlsServer, rootCertificates } from 'node:tls'
import { Secret } from '#kernel/values/bytes'
import { selfSigned } from '../test/certificate.ts'
import { type ConnectFailure, type DatabaseSecret, NotConnected } from './function.ts'
import { oracle } from './oracle.ts'
import { isListener } from './oracle-link.ts'
import { Oracle } from './test/tns/server.ts'

/** Whom a password is shown to. Source: rotation.md 8.2. */

const never = new AbortController().signal

async function start(options: Parameters<typeof Oracle.start>[0] = {}): Promise<Oracle> {
  const server = await Oracle.start(options)
  server.database.seed('APP', 'own')
  server.database.give('APP', { what: 'CREATE SESSION', role: false, option: false })
  return server
}

/** Logs in and out. */
async function visit(port: number, change: Partial<DatabaseSecret>): Promise<void> {
  const secret: DatabaseSecret = {
    engine: 'oracle',
    host: '127.0.0.1',
    port,
    username: 'app',
    password: new Secret('own'),
    dbname: 'ORCLPDB1',
    tls: 'try',
    ...change,
  }
  const session = await oracle.connect(secret, never)
  await session.probe()
  await session.close()
}

const failure = (expected: ConnectFailure, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof NotConnected, String(error))
  assert.equal(error.failure, expected, error.message)
  assert.match(error.message, message)
  return true
}

test('a certificate counts with its authority only, by name and by address', async () => {
  const tls = selfSigned()
  await using server = await start({ tls })
  const { certificate: ca } = tls
  for (const host of ['127.0.0.1', 'localhost'])
    for (const wish of ['try', 'require'] as const) await visit(server.port, { host, ca, tls: wish })
  assert.equal(server.logins.length, 4)
  await assert.rejects(visit(server.port, {}), failure('tls', /self-signed certificate/))
  await assert.rejects(visit(server.port, { ca: selfSigned().certificate }), failure('tls', /self-signed certificate/))
  await assert.rejects(
    visit(server.port, { ca: '-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n' }),
    failure('tls', /^the certificate of the authority in the secret cannot be read$/),
  )
  assert.equal(server.logins.length, 4)
  await server.idle()
  assert.equal(server.open, 0)
})

test('one of several authorities is enough, whoever comes first', async () => {
  const root = selfSigned({ name: 'root' })
  const tls = selfSigned({ issuer: { name: 'root', key: root.key } })
  await using server = await start({ tls })
  const other = selfSigned({ name: 'other' }).certificate
  await visit(server.port, { ca: root.certificate + other, tls: 'require' })
  await visit(server.port, { ca: other + root.certificate, tls: 'require' })
  // as with DB_CA_FILE, which adds to the public ones
  const everybody = [...rootCertificates, root.certificate].join('\n')
  await visit(server.port, { ca: everybody, tls: 'require' })
  await assert.rejects(visit(server.port, { ca: rootCertificates.join('\n') }), failure('tls', /NJS-506/))
})

test('a server that asks for a certificate of the client gets none', async () => {
  const tls = selfSigned()
  const shown: unknown[] = []
  const server = createTlsServer({ cert: tls.certificate, key: tls.key, requestCert: true, rejectUnauthorized: false })
  server.on('secureConnection', (socket) => {
    shown.push(socket.getPeerCertificate())
    socket.on('error', () => socket.destroy()).destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await assert.rejects(visit(port, { ca: tls.certificate, tls: 'require' }), failure('network', /broke off/))
  assert.deepEqual(shown, [{}])
  server.close()
})

test('a certificate for another name, and one that is outdated', async () => {
  const tls = selfSigned()
  await using elsewhere = await start({ tls, host: '127.0.0.2' })
  const { certificate: ca } = tls
  await assert.rejects(visit(elsewhere.port, { host: '127.0.0.2', ca }), failure('tls', /NJS-50[68]/))
  const old = selfSigned({ to: new Date('2021-01-01T00:00:00Z') })
  await using outdated = await start({ tls: old })
  await assert.rejects(visit(outdated.port, { ca: old.certificate }), failure('tls', /expired/))
  assert.deepEqual([...elsewhere.logins, ...outdated.logins], [])
})

test('neither a wrong password nor a refused certificate leads to a connection in clear', async () => {
  const tls = selfSigned()
  await using server = await start({ tls })
  const wrong = { password: new Secret('wrong'), ca: tls.certificate }
  await assert.rejects(visit(server.port, wrong), failure('auth', /ORA-01017/))
  assert.deepEqual(server.logins, [['APP', false]])
  // in clear the listener would have been told whom is asked for, in readable form
  await assert.rejects(visit(server.port, {}), failure('tls', /self-signed/))
  assert.equal(server.logins.length, 1)
})

test('a listener without TLS is asked in clear if the secret leaves that open, and not if it does not', async () => {
  await using server = await start()
  await visit(server.port, {})
  assert.match(server.descriptors[0] ?? '', /^\(CONNECT_DATA=\(COMMAND=ping\)\)$/)
  assert.match(server.descriptors[1] ?? '', /PROTOCOL=tcp\)/)
  await visit(server.port, { tls: 'never' })
  assert.equal(server.logins.length, 2)
  await assert.rejects(
    visit(server.port, { tls: 'require' }),
    failure('tls', /^the listener speaks without TLS on this port$/),
  )
  await assert.rejects(visit(server.port, { password: new Secret('wrong') }), failure('auth', /ORA-01017/))
  assert.equal(server.logins.length, 3)
})

test('a server with TLS that leads elsewhere without TLS is not followed into a session', async () => {
  const tls = selfSigned()
  await using plain = await start()
  await using server = await start({ tls })
  server.moods.redirect = `(ADDRESS=(PROTOCOL=tcp)(HOST=127.0.0.1)(PORT=${plain.port}))`
  await assert.rejects(
    visit(server.port, { ca: tls.certificate, tls: 'require' }),
    failure('tls', /^the server leads to an address without TLS$/),
  )
  assert.deepEqual(plain.statements, [])
  await plain.idle()
})

test('a server that hangs up on a ping is asked with TLS', async () => {
  const first: number[] = []
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', (chunk) => {
      first.push(chunk[0] as number)
      socket.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await assert.rejects(visit(port, {}), failure('tls', /NJS-506/))
  // a packet of the listener's, then a record of TLS
  assert.deepEqual(first, [0, 0x16])
  server.close()
})

test('only a packet of the listener is an answer in clear', () => {
  const answer = (text: string) => Buffer.from(text, 'hex')
  assert.equal(isListener(answer('0008000004000000')), true)
  assert.equal(isListener(answer('000800000b000000')), true)
  const others = [
    '15030300020246', // alert of TLS
    '1503030002024600',
    '160303007a020000',
    '0008000106000000',
    '0008000006000000',
    '0007000004000000',
    '20000000040000',
    '48545450 2f312e31'.replace(' ', ''),
  ]
  for (const text of others) assert.equal(isListener(answer(text)), false, text)
})
