import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '#kernel/values/bytes'
import { selfSigned } from '../test/certificate.ts'
import { type ConnectFailure, type DatabaseSecret, NotConnected } from './function.ts'
import { builtIn } from './index.ts'
import { sqlserver } from './sqlserver.ts'
import { fault } from './test/fault.ts'
import { hashed } from './test/tds/model.ts'
import { accepts, databaseNow, newDatabase, newLogin, saOf, secretOf } from './test/tds/rig.ts'
import { TdsServer } from './test/tds/server.ts'
import { ENCRYPT } from './test/tds/wire.ts'

/** The driver and our use of it, against a server of TDS in small: there is no SQL Server to ask. */

const signal = AbortSignal.timeout(60_000)
const certified = selfSigned()
const ca = certified.certificate

/** Why no login came about, and in which words; undefined when one did. */
async function refusalOf(secret: DatabaseSecret): Promise<[ConnectFailure, string] | undefined> {
  try {
    const session = await sqlserver.connect(secret, signal)
    await session.probe()
    await session.close()
    return undefined
  } catch (error) {
    assert.ok(error instanceof NotConnected, String(error))
    assert.ok(!JSON.stringify([error.message, error.cause]).includes(secret.password.reveal()))
    return [error.failure, error.message]
  }
}
const failureOf = async (secret: DatabaseSecret) => (await refusalOf(secret))?.[0]

test('the engine: names, length of a name, characters left out', () => {
  assert.deepEqual(sqlserver.names, ['sqlserver'])
  assert.equal(sqlserver.excludeCharacters, '/@"\'\\')
  assert.equal(sqlserver.passwordLength, 32)
  assert.equal(sqlserver.usernameLimit(new Map()), 128)
  assert.equal(sqlserver.usernameSize?.('a😀'), 3)
  for (const form of ['Single', 'Multi'])
    assert.equal(typeof builtIn(`SecretsManagerRDSSQLServerRotation${form}User`), 'function')
})

test('TLS: the certificate has to be one of the authority, and for the host', async () => {
  await using server = await TdsServer.start({ tls: certified })
  for (const tls of ['try', 'require'] as const) {
    assert.equal(await failureOf(saOf(server, { tls, ca })), undefined)
    assert.equal(await failureOf(saOf(server, { tls, ca, host: 'localhost' })), undefined)
    // no authority: that of nobody knows it; another authority; a host that the certificate does not name
    assert.equal(await failureOf(saOf(server, { tls })), 'tls')
    assert.equal(await failureOf(saOf(server, { tls, ca: selfSigned().certificate })), 'tls')
  }
  assert.ok(server.attempts.length === 4 && server.attempts.every(({ secure, error }) => secure && error === 0))
  // nothing but PRELOGIN was ever seen outside of TLS
  assert.ok(server.inClear.every((payload) => payload.length < 100))
})

test('TLS: a certificate for another host is refused, by name and by address', async () => {
  const authority = selfSigned({ name: 'authority' })
  await using server = await TdsServer.start({ tls: certified })
  const host = '127.0.0.2'
  await using there = await elsewhereOf(server, host)
  assert.equal(await failureOf(saOf(server, { tls: 'try', ca, host, port: there.port })), 'tls')
  assert.equal(await failureOf(saOf(server, { ca: authority.certificate })), 'tls')
  assert.deepEqual(server.attempts, [])
})

/** Hands what comes to another address of this machine on to the server. */
async function elsewhereOf(server: TdsServer, host: string) {
  const sockets = new Set<Socket>()
  const relay = createServer((from) => {
    const to = connect(server.port, '127.0.0.1')
    for (const socket of [from, to]) sockets.add(socket.on('error', () => undefined))
    from.pipe(to).pipe(from)
  }).listen(0, host)
  await once(relay, 'listening')
  return {
    port: (relay.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      relay.close()
    },
  }
}

test('plain only if the server says that it has no TLS, and it was not asked to have it', async () => {
  await using server = await TdsServer.start()
  assert.equal(await failureOf(saOf(server, { tls: 'try' })), undefined)
  assert.equal(await failureOf(saOf(server, { tls: 'never' })), undefined)
  assert.deepEqual(await refusalOf(saOf(server, { tls: 'require' })), ['tls', 'the server does not support TLS'])
  assert.equal(server.attempts.length, 2)
})

test('a login that can be read needs `ssl` false, but on this machine: who says that there is no TLS may be on the way', async () => {
  await using server = await TdsServer.start()
  const [failure, message] = (await refusalOf(saOf(server, { tls: 'try', host: '127.1' }))) ?? []
  assert.equal(failure, 'tls')
  assert.match(message ?? '', /set `ssl` to false/)
  assert.deepEqual(server.attempts, [])
  assert.equal(await failureOf(saOf(server, { tls: 'never', host: '127.1' })), undefined)
  assert.equal(await failureOf(saOf(server, { tls: 'try', host: 'localhost' })), undefined)
})

test('a wrong password is never said a second time, least of all in clear', async () => {
  await using server = await TdsServer.start({ tls: certified })
  assert.equal(await failureOf(secretOf(server, 'sa', 'wrong', { ca })), 'auth')
  assert.deepEqual(server.attempts, [{ user: 'sa', secure: true, error: 18456 }])
  const wrong = Buffer.from('wrong', 'utf16le')
  assert.ok(server.inClear.every((payload) => !payload.includes(wrong)))
})

test('an answer about TLS that is none does not lead to a login in clear', async () => {
  for (const says of ['silent', ENCRYPT.off, 7] as const) {
    await using server = await TdsServer.start({ says })
    assert.equal(await failureOf(saOf(server)), 'tls', String(says))
    assert.deepEqual(server.attempts, [])
  }
  // has none, then wants it
  await using server = await TdsServer.start({ tls: certified })
  assert.equal(await failureOf(saOf(server, { tls: 'never', ca })), 'tls')
  assert.deepEqual(server.attempts, [])
})

// Source: sys.messages 4060, 18456, 18470, 18486, 18487, 18488
test('only a wrong password counts as one', async () => {
  await using server = await TdsServer.start()
  newDatabase(server, 'shop')
  const states = { locked: 'other', expired: 'other', 'must change': 'other', disabled: 'other' } as const
  for (const [barred, failure] of Object.entries(states)) {
    const name = `who is ${barred}`
    newLogin(server, name, 'First-password', { barred: barred as keyof typeof states })
    assert.equal(await failureOf(secretOf(server, name, 'First-password')), failure)
    assert.equal(await failureOf(secretOf(server, name, 'Other-password')), 'auth')
  }
  newLogin(server, 'app', 'First-password')
  assert.equal(await failureOf(secretOf(server, 'app', 'First-password')), undefined)
  assert.equal(await failureOf(secretOf(server, 'nobody', 'First-password')), 'auth')
  const opened = server.attempts.length
  assert.equal(await failureOf(secretOf(server, 'app', 'First-password', { dbname: 'missing' })), 'missing database')
  assert.equal(await failureOf(secretOf(server, 'app', 'First-password', { dbname: 'shop' })), 'missing database')
  // once each: the driver would try again
  assert.equal(server.attempts.length, opened + 2)
  assert.equal(await failureOf(secretOf(server, 'app', 'wrong', { dbname: 'missing' })), 'auth')
  await server.idle()
})

test('nobody there, somebody who breaks off, somebody who says nothing', async () => {
  await using server = await TdsServer.start({ tls: certified })
  const gone = await TdsServer.start()
  const secret = saOf(gone)
  await gone[Symbol.asyncDispose]()
  assert.deepEqual(await refusalOf(secret), ['network', 'the server cannot be reached (ECONNREFUSED)'])
  for (const at of ['prelogin', 'login']) {
    server.hook = (point) => (point.at === at ? 'cut' : 'go')
    assert.equal(await failureOf(saOf(server, { ca })), 'network')
  }
  server.hook = () => 'stall'
  const silence = AbortSignal.timeout(200)
  await assert.rejects(sqlserver.connect(saOf(server, { ca }), silence), { message: 'the function was stopped' })
  await server.idle()
})

test('a server that says nothing is waited for five seconds', async (t) => {
  await using server = await TdsServer.start()
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  server.hook = () => {
    resolve()
    return 'stall'
  }
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const refusal = refusalOf(saOf(server))
  await asked
  t.mock.timers.tick(4999)
  t.mock.timers.tick(1)
  assert.deepEqual(await refusal, ['network', 'the server cannot be reached (ETIMEOUT)'])
  await server.idle()
})

test('bytes that are no TDS are a failed login', async () => {
  for (const bytes of [
    'HTTP/1.1 400 Bad Request\r\n\r\n',
    '\x04\x01\x00\x09\x00\x00\x01\x00\xff',
    '\x04\x01\x00\x00',
    '',
  ]) {
    const server = createServer((socket) => socket.on('error', () => undefined).end(Buffer.from(bytes, 'latin1')))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const failure = await failureOf({ ...saOf({ port } as TdsServer), port })
    assert.ok(failure === 'other' || failure === 'network' || failure === 'tls', `${failure} ${bytes}`)
    server.close()
  }
})

test('sent to another server: with TLS it has to be the same host, without nobody is followed', async () => {
  await using target = await TdsServer.start({ tls: certified })
  await using server = await TdsServer.start({ tls: certified })
  server.elsewhere = { host: 'localhost', port: target.port }
  assert.equal(await failureOf(saOf(server, { ca })), undefined)
  assert.deepEqual(target.attempts, [{ user: 'sa', secure: true, error: 0 }])
  // and no further
  target.elsewhere = { host: 'localhost', port: server.port }
  assert.equal(await failureOf(saOf(server, { ca })), 'other')

  await using stranger = await TdsServer.start({ tls: selfSigned() })
  server.elsewhere = { host: 'localhost', port: stranger.port }
  assert.equal(await failureOf(saOf(server, { ca })), 'tls')
  assert.deepEqual(stranger.attempts, [])

  // that one has no TLS, but the one that was asked has
  await using plain = await TdsServer.start()
  server.elsewhere = { host: 'localhost', port: plain.port }
  assert.equal(await failureOf(saOf(server, { ca })), 'tls')
  assert.deepEqual(plain.attempts, [])
  assert.ok(server.attempts.every(({ secure }) => secure))

  plain.elsewhere = { host: 'localhost', port: target.port }
  const before = target.attempts.length
  assert.equal(await failureOf(saOf(plain)), 'other')
  assert.equal(target.attempts.length, before)
})

test("one's own password: by the old one, in a login and in a user of a contained database", async () => {
  await using server = await TdsServer.start()
  const { principals } = newDatabase(server, 'contained', 1)
  principals.push({ id: 9, name: 'app', sid: 'aa', type: 'S', password: hashed('First-password1') })
  newLogin(server, 'app', 'Login-password1', { policy: true })
  newDatabase(server, 'shop')
  for (const [dbname, first, statement] of [
    ['contained', 'First-password1', 'ALTER USER [app] WITH PASSWORD='],
    ['master', 'Login-password1', 'ALTER LOGIN [app] WITH PASSWORD='],
  ] as const) {
    const session = await sqlserver.connect(secretOf(server, 'app', first, { dbname }), signal)
    const set = session.setOwnPassword('app', new Secret('Next-password1'), new Secret(`${first}x`))
    await assert.rejects(
      set,
      fault('SQL Server: 15151 the user is not there, or we may not change it so', 'DatabaseError'),
    )
    await assert.rejects(
      session.setOwnPassword('app', new Secret('simple'), new Secret(first)),
      fault('SQL Server: 15118 the password does not meet its policy', 'DatabaseError'),
    )
    assert.equal(accepts(server, 'app', first, dbname), true)
    await session.setOwnPassword('app', new Secret('Next-password1'), new Secret(first))
    await session.close()
    assert.deepEqual(
      [accepts(server, 'app', first, dbname), accepts(server, 'app', 'Next-password1', dbname)],
      [false, true],
    )
    assert.ok(server.statements.at(-1)?.startsWith(statement))
    // sent away would be the password of the other: the one of the same name is another user
    assert.equal(
      accepts(server, 'app', 'Next-password1', dbname === 'master' ? 'contained' : 'master'),
      dbname === 'master',
    )
  }
  await server.idle()
})

test('a login that has a user in a contained database has its password on the server', async () => {
  await using server = await TdsServer.start()
  const { sid } = newLogin(server, 'app', 'First-password1')
  databaseNow(server, 'master')
  newDatabase(server, 'contained', 1).principals.push({ id: 9, name: 'app', sid, type: 'S' })
  const session = await sqlserver.connect(secretOf(server, 'app', 'First-password1', { dbname: 'contained' }), signal)
  await session.setOwnPassword('app', new Secret('Next-password1'), new Secret('First-password1'))
  await session.close()
  assert.equal(accepts(server, 'app', 'Next-password1'), true)
})

test('SQL Server 2008 is not asked for what it does not know', async () => {
  for (const version of ['Microsoft SQL Server 2008 (SP4) - 10.0', 'Microsoft SQL Server 2008 R2 (SP3) - 10.50']) {
    await using server = await TdsServer.start({ version })
    newLogin(server, 'app', 'first')
    const session = await sqlserver.connect(secretOf(server, 'app', 'first'), signal)
    await session.setOwnPassword('app', new Secret('next'), new Secret('first'))
    await session.close()
    assert.ok(!server.statements.join().includes('containment'))
    assert.equal(accepts(server, 'app', 'next'), true)
  }
})

test('a stop ends the connection in the midst of a statement; a broken connection is told', async () => {
  await using server = await TdsServer.start()
  for (const how of ['cut', 'stall'] as const) {
    const controller = new AbortController()
    const session = await sqlserver.connect(saOf(server), controller.signal)
    server.hook = () => {
      if (how === 'stall') setImmediate(() => controller.abort())
      return how
    }
    await assert.rejects(
      session.probe(),
      how === 'cut'
        ? fault(/^the connection to the database broke, or it did not answer \(E[A-Z]+\)$/, 'OperationalError')
        : fault('the function was stopped'),
    )
    await assert.rejects(session.probe())
    server.hook = () => 'go'
    await session.close()
    await server.idle()
  }
})

test('a server that answers without an end is left', { timeout: 60_000 }, async () => {
  await using server = await TdsServer.start()
  const session = await sqlserver.connect(saOf(server), signal)
  server.hook = () => 'flood'
  await assert.rejects(
    session.probe(),
    fault(/^the connection to the database broke, or it did not answer/, 'OperationalError'),
  )
  await session.close()
  await server.idle()
})

test('names and passwords of any shape change nothing but the user they name', async () => {
  await using server = await TdsServer.start()
  newLogin(server, 'canary', 'canary')
  const part = fc.constantFrom(
    ']',
    "'",
    '"',
    '\\',
    ';',
    '--',
    '/*',
    '\n',
    '.',
    'é',
    '密',
    '😀',
    'a',
    'B',
    ' x',
    "' --",
    '] --',
  )
  const text = fc.array(part, { minLength: 1, maxLength: 20 }).map((parts) => parts.join(''))
  const password = text.filter((made) => !/\\\n/.test(made))
  let users = 0
  await fc.assert(
    fc.asyncProperty(text, password, password, async (shape, first, next) => {
      const name = `${shape}${++users}`
      newLogin(server, name, first)
      const others = server.state.principals.filter((one) => one.name !== name).map((one) => JSON.stringify(one))
      const session = await sqlserver.connect(secretOf(server, name, first), signal)
      await session.setOwnPassword(name, new Secret(next), new Secret(first))
      await session.close()
      assert.equal(accepts(server, name, next), true)
      const after = server.state.principals.filter((one) => one.name !== name).map((one) => JSON.stringify(one))
      assert.deepEqual(after, others)
    }),
    { numRuns: 40 },
  )
})

test('a name or password that no login can have is refused before anybody is asked', async () => {
  await using server = await TdsServer.start()
  for (const secret of [
    secretOf(server, 'a\0b', 'x'),
    secretOf(server, 'u'.repeat(129), 'x'),
    secretOf(server, 'app', 'p'.repeat(129)),
    secretOf(server, 'app', 'p\ud800'),
    secretOf(server, 'app', 'x', { dbname: 'd\0' }),
  ])
    await assert.rejects(sqlserver.connect(secret, signal), { name: 'FunctionFault' })
  assert.equal(server.inClear.length, 0)
})
