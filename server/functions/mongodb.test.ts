import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '#kernel/values/bytes'
import { selfSigned } from '../test/certificate.ts'
import { type DatabaseSecret, FunctionFault, NotConnected } from './function.ts'
import { mongodb } from './mongodb.ts'
import { as, failure, login, never, using } from './test/mongo/login.ts'
import { type MongoDouble, startMongo } from './test/mongo/server.ts'

/** The driver is the real one; the server is ours (test/mongo). Sources: rotation.md 8.2, 8.5, 8.6, 9. */

/** A user who may change its own password. */
function addUser(server: MongoDouble, name: string, password: string, db = 'admin'): void {
  server.users.customRoles.add('changeOwn@admin')
  const roles = [
    { role: 'readWrite', db: 'shop' },
    { role: 'changeOwn', db: 'admin' },
  ]
  server.users.add(name, db, password, roles)
}

test('a user changes its own password, in the database where it is kept; connections are closed', async () => {
  await using server = await startMongo()
  addUser(server, 'app', 'first', 'shop')
  addUser(server, 'app', 'of another app')
  await using(login(server, as('app', 'first', 'shop')), async (session) => {
    await session.probe()
    await session.setOwnPassword('app', new Secret('second'), new Secret('first'))
  })
  assert.equal(server.accepts('app', 'second', 'shop'), true)
  assert.equal(server.accepts('app', 'of another app'), true)
  await assert.rejects(mongodb.connect(login(server, as('app', 'first', 'shop')), never), failure('auth'))
  await server.closed()
  assert.equal(server.open, 0)
})

test('SCRAM-SHA-256 where a user has it, else SHA-1', async () => {
  await using server = await startMongo()
  for (const mechanism of ['SCRAM-SHA-1', 'SCRAM-SHA-256'])
    server.users.add(mechanism, 'admin', 'its own', [], { mechanisms: [mechanism] })
  for (const name of ['SCRAM-SHA-1', 'SCRAM-SHA-256']) {
    await using(login(server, as(name, 'its own')), (session) => session.probe())
    await assert.rejects(mongodb.connect(login(server, as(name, 'wrong')), never), failure('auth'))
  }
})

test('why a login fails is told apart', async () => {
  await using server = await startMongo()
  await assert.rejects(mongodb.connect(login(server, as('chief', 'wrong')), never), failure('auth', /^18 /))
  await assert.rejects(mongodb.connect(login(server, as('nobody', 'wrong')), never), failure('auth', /^18 /))
  await assert.rejects(mongodb.connect(login(server, as('chief', 'of the chief', 'other')), never), failure('auth'))
  await assert.rejects(
    mongodb.connect(login(server, { host: 'no.such.host.invalid' }), never),
    failure('network', /^ENOTFOUND/),
  )
  await assert.rejects(mongodb.connect(login({ port: 1 }), never), failure('network', /^ECONNREFUSED/))
  await using old = await startMongo({ hello: { maxWireVersion: 6 } })
  await assert.rejects(mongodb.connect(login(old), never), failure('other', /maximum wire version 6/))
  await server.closed()
})

test('who does not know the password, or asks for none, is no server of this user', async () => {
  await using impostor = await startMongo({ impostor: true })
  await assert.rejects(mongodb.connect(login(impostor), never), failure('other', /invalid signature/))
  await using arbiter = await startMongo({ hello: { arbiterOnly: true, setName: 'rs0', isWritablePrimary: false } })
  await assert.rejects(mongodb.connect(login(arbiter), never), failure('other', /asks for no password/))
})

test('a server that wants the password hashed for hours is not obeyed', async () => {
  for (const rounds of ['2000000000', '1e9', '4096,i=99999999', '-1'])
    for (const speculates of [true, false]) {
      await using server = await startMongo({ rounds, speculates })
      await assert.rejects(mongodb.connect(login(server), never), failure('other', /more rounds of hashing/))
    }
})

test('the password goes to the host that the secret names, never to one that the server tells of', async () => {
  await using other = await startMongo()
  const elsewhere = `127.0.0.1:${other.port}`
  await using server = await startMongo({
    hello: { setName: 'rs0', hosts: [elsewhere], primary: elsewhere, me: 'somebody:1', secondary: false },
  })
  await using(login(server), (session) => session.probe())
  assert.deepEqual(other.received, [])
})

test('a server without TLS closes the connection: then, and only if the secret leaves it open, one in clear', async () => {
  await using server = await startMongo()
  await using(login(server), (session) => session.probe())
  await using(login(server, { tls: 'never' }), (session) => session.probe())
  await server.closed()
  const before = server.received.length
  await assert.rejects(mongodb.connect(login(server, { tls: 'require' }), never), failure('tls', /does not speak TLS/))
  assert.ok(server.received.slice(before).every((chunk) => chunk[0] === 0x16))
})

test('a certificate counts with its authority and for its host only; a refused one leads to no connection in clear', async () => {
  const tls = selfSigned()
  await using server = await startMongo({ tls })
  for (const host of ['127.0.0.1', 'localhost'])
    await using(login(server, { host, ca: tls.certificate, tls: 'require' }), (session) => session.probe())
  await assert.rejects(mongodb.connect(login(server), never), failure('tls', /SELF_SIGNED/))
  await assert.rejects(mongodb.connect(login(server, { ca: selfSigned().certificate }), never), failure('tls'))
  await assert.rejects(
    mongodb.connect(login(server, { ca: tls.certificate, ...as('chief', 'wrong') }), never),
    failure('auth'),
  )
  await assert.rejects(mongodb.connect(login(server, { tls: 'never' }), never), failure('network'))
  await using elsewhere = await startMongo({ tls, host: '127.0.0.2' })
  await assert.rejects(
    mongodb.connect(login(elsewhere, { host: '127.0.0.2', ca: tls.certificate }), never),
    failure('tls', /ERR_TLS_CERT_ALTNAME_INVALID/),
  )
  const old = selfSigned({ to: new Date('2021-01-01T00:00:00Z') })
  await using outdated = await startMongo({ tls: old })
  await assert.rejects(
    mongodb.connect(login(outdated, { ca: old.certificate }), never),
    failure('tls', /CERT_HAS_EXPIRED/),
  )
  await assert.rejects(mongodb.connect(login(server, { ca: 'no certificate' }), never), Error)
})

test('DocumentDB: SHA-1 although it does not say so, no restrictions, users in one place', async () => {
  await using server = await startMongo({ kind: 'documentdb' })
  server.users.add('app', 'admin', 'first', [{ role: 'readWrite', db: 'shop' }])
  await assert.rejects(mongodb.connect(login(server, as('app_clone', 'made up')), never), failure('auth', /^18 /))
  await using(login(server), (session) => session.setClone('app', 'app_clone', new Secret('of the clone')))
  assert.equal(server.accepts('app_clone', 'of the clone'), true)
  assert.deepEqual(server.users.find('app_clone', 'admin')?.roles, [{ role: 'readWrite', db: 'shop' }])
  await using(login(server, as('app_clone', 'of the clone')), (session) => session.probe())
})

test('a server that talks nonsense is no MongoDB', async () => {
  const nonsense = [
    'HTTP/1.1 400 Bad Request\r\n\r\n',
    Buffer.alloc(64),
    Buffer.alloc(64, 0xff),
    Buffer.from([16, 0, 0, 0]),
  ]
  for (const said of nonsense) {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.once('data', () => socket.end(said))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    for (const tls of ['never', 'try', 'require'] as const)
      await assert.rejects(mongodb.connect(login({ port }, { tls }), never), (error: unknown) => {
        assert.ok(error instanceof NotConnected, String(error))
        assert.notEqual(error.failure, 'auth')
        return true
      })
    await new Promise((resolve) => server.close(resolve))
  }
})

test('a stop ends the login and what is on its way', async () => {
  await using server = await startMongo()
  for (const command of ['usersInfo', 'saslContinue']) {
    const stop = new AbortController()
    server.next(command, 'silence')
    const going = mongodb.connect(login(server, { tls: 'never' }), stop.signal).then((session) => session.probe())
    while (!server.asked.includes(`admin.${command}`)) await new Promise((resolve) => setImmediate(resolve))
    stop.abort()
    await assert.rejects(going, Error)
    // one that was stopped amid its login is let go of by the driver a little later
    if (command === 'usersInfo') await server.closed()
  }
  await assert.rejects(mongodb.connect(login(server), AbortSignal.abort()), { name: 'AbortError' })
})

test('a host is a host, whatever stands in it', async () => {
  const hosts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc
      .array(
        fc.constantFrom(
          'a',
          'db',
          '.',
          ',',
          '@',
          ':',
          '?',
          '&',
          'tls=false',
          '%2F',
          '%',
          '/',
          '#',
          '[',
          ']',
          '.sock',
          '+srv',
          ' ',
        ),
        {
          maxLength: 8,
        },
      )
      .map((parts) => parts.join('')),
  )
  const { port, asked, close } = await listener()
  await fc.assert(
    fc.asyncProperty(hosts, async (host) => {
      const stop = AbortSignal.abort()
      // either no host, or one that would be asked for (if it were not stopped)
      const error = await mongodb.connect(login({ port }, { host }), stop).then(
        () => assert.fail(),
        (reason: unknown) => reason as Error,
      )
      if (error instanceof FunctionFault)
        assert.equal(error.message, 'host of the secret JSON must be a host name or an address')
      else {
        assert.equal(error.name, 'AbortError')
        assert.match(host, /^[\w.:-]+$/)
      }
    }),
    { numRuns: 300 },
  )
  assert.equal(asked(), 0)
  await close()
})

async function listener() {
  let count = 0
  const server = createServer((socket) => {
    count++
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    asked: () => count,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

test('names and databases that nobody can have are refused before anything is sent', async () => {
  const { port, asked, close } = await listener()
  const bad: Partial<DatabaseSecret>[] = [
    { username: 'a\0b' },
    { username: '\ud800' },
    { username: '' },
    { username: 'a=b=c' },
    { username: 'a,b,r=x' },
    { password: new Secret('a\0') },
    { password: new Secret('') },
    ...['$external', 'a.b', 'a b', 'a/b', 'a\\b', 'a"b', 'x'.repeat(64), '\ud800'].map((dbname) => ({ dbname })),
    { usersOf: '$external' },
  ]
  for (const change of bad) await assert.rejects(mongodb.connect(login({ port }, change), never), FunctionFault)
  assert.equal(asked(), 0)
  await close()
})

test('any name and any password that the server can have', async () => {
  await using server = await startMongo()
  const special = fc.array(
    fc.constantFrom("'", '"', '\\', ';', '$', '{', '}', '%', ' ', 'é', 'ﬁ', ':', '@', '/', '.', '_clone'),
    { minLength: 1, maxLength: 12 },
  )
  let made = 0
  await fc.assert(
    fc.asyncProperty(special, special, fc.constantFrom('', '=', ','), async (name, pass, one) => {
      const user = `f${++made}${one}😀${name.join('')}`
      const password = `${pass.join('')}${one}`
      await using(login(server), (session) => session.setClone('chief', user, new Secret(password)))
      assert.equal(server.accepts(user, password), true)
      await using(login(server, as(user, password)), (session) => session.probe())
      await assert.rejects(mongodb.connect(login(server, as(user, `${password}x`)), never), failure('auth'))
    }),
    { numRuns: 25 },
  )
  await server.closed()
})

test("what the server's own environment says of MongoDB's driver writes nothing anywhere", async (t) => {
  const written: unknown[] = []
  t.mock.method(process.stderr, 'write', (chunk: unknown) => written.push(chunk))
  await using server = await startMongo()
  process.env.MONGODB_LOG_ALL = 'trace'
  try {
    await using(login(server), (session) => session.setOwnPassword('chief', new Secret('second'), new Secret('x')))
  } finally {
    delete process.env.MONGODB_LOG_ALL
  }
  assert.deepEqual(written, [])
})
