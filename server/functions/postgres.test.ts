import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import pg from 'pg'
import { Secret } from '#kernel/values/bytes'
import { selfSigned } from '../test/certificate.ts'
import { postgresMissing } from '../test/postgres.ts'
import { type ConnectFailure, type DatabaseSecret, FunctionFault, NotConnected } from './function.ts'
import { postgres, verifier } from './postgres.ts'
import { fault } from './test/fault.ts'
import { type Rig, startRig } from './test/postgres-rig.ts'

const skip = postgresMissing() ?? false
const never = new AbortController().signal

let rig: Rig
before(async () => {
  if (skip) return
  rig = await startRig()
  await rig.sql("CREATE ROLE chief SUPERUSER LOGIN PASSWORD 'of the chief'")
})
after(async () => {
  if (!skip) await rig[Symbol.asyncDispose]()
})

const login = (username: string, password: string, change: Partial<DatabaseSecret> = {}): DatabaseSecret => ({
  engine: 'postgres',
  host: '127.0.0.1',
  port: rig.port,
  username,
  password: new Secret(password),
  tls: 'try',
  ...change,
})

async function asChief<T>(act: (session: Awaited<ReturnType<typeof postgres.connect>>) => Promise<T>): Promise<T> {
  const session = await postgres.connect(login('chief', 'of the chief'), never)
  try {
    return await act(session)
  } finally {
    await session.close()
  }
}

const failure = (expected: ConnectFailure, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof NotConnected, String(error))
  assert.equal(error.failure, expected, error.message)
  if (message !== undefined) assert.match(error.message, message)
  return true
}

test('names full of quotes are names: roles are made, given their password and logged in as', { skip }, async () => {
  const names = [
    'a"b',
    "a';drop role chief;--",
    '"; DROP ROLE chief; --',
    'ü',
    'a\\',
    'a\\"b\\\'c',
    'a b',
    '$1',
    '%s %I',
    'U&"d\\0061t"',
    'x\ny',
    '--',
    'n'.repeat(57),
    'select',
    'Caps',
  ]
  for (const name of names) {
    const original = name.slice(0, 57)
    const clone = postgres.clone(original)
    await rig.sql(`CREATE ROLE "${original.replaceAll('"', '""')}" LOGIN PASSWORD 'own'`)
    await asChief((session) => session.setClone(original, clone, new Secret('first')))
    const own = await postgres.connect(login(clone, 'first'), never)
    await own.setOwnPassword(clone, new Secret("se'co\\nd"), new Secret('first'))
    await own.close()
    assert.equal(await rig.accepts(clone, "se'co\\nd"), true, name)
    assert.equal(await rig.accepts(clone, 'first'), false, name)
    await asChief((session) => session.setClone(original, clone, new Secret('third')))
    assert.equal(await rig.accepts(clone, 'third'), true, name)
  }
})

test('any name and any password that the server can have', { skip }, async () => {
  const text = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 12 })
    .filter((made) => !made.includes('\0') && made.isWellFormed() && Buffer.byteLength(made) <= 50)
  const special = fc.array(fc.constantFrom("'", '"', '\\', ';', '--', '$$', '/*', '%', ' ', 'é', '\n', '\t', 'E'), {
    minLength: 1,
    maxLength: 20,
  })
  let made = 0
  await asChief(async (session) => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          text,
          special.map((parts) => parts.join('')),
        ),
        special,
        async (end, parts) => {
          const name = `f${++made}${end}`
          const password = parts.join('')
          await session.setClone('chief', name, new Secret(password))
          assert.equal(await rig.accepts(name, password), true)
          assert.equal(await rig.accepts(name, `${password}x`), false)
        },
      ),
      { numRuns: 40 },
    )
  })
  const { rows } = await rig.sql("SELECT count(*)::int AS n FROM pg_roles WHERE rolname ~ '^f[0-9]'")
  assert.deepEqual(rows, [{ n: made }])
})

test('a password with every printable character, and one beyond ASCII', { skip }, async () => {
  const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('')
  await rig.sql("CREATE ROLE every LOGIN PASSWORD 'first'")
  let current = 'first'
  for (const password of [printable, 'pässwörd ﬁ ½', 'md5abc', '  ', "E'\\x41'"]) {
    const session = await postgres.connect(login('every', current), never)
    await session.setOwnPassword('every', new Secret(password), new Secret(current))
    await session.probe()
    await session.close()
    const again = await postgres.connect(login('every', password), never)
    await again.close()
    await assert.rejects(postgres.connect(login('every', `${password}!`), never), failure('auth'))
    current = password
  }
})

test('the server is given a verifier, not the password, where it keeps verifiers', { skip }, async (t) => {
  const query = t.mock.method(pg.Client.prototype, 'query')
  await rig.sql("CREATE ROLE seen LOGIN PASSWORD 'first'")
  const session = await postgres.connect(login('seen', 'first'), never)
  await session.setOwnPassword('seen', new Secret('the new one'), new Secret('first'))
  await session.close()
  const sent = JSON.stringify(query.mock.calls.map((call) => call.arguments))
  assert.match(sent, /ALTER USER \\"seen\\" WITH PASSWORD 'SCRAM-SHA-256\$4096:/)
  assert.ok(!sent.includes('the new one'))
  const { rows } = await rig.sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'seen'")
  const [, rounds, salt] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$/.exec(rows[0].rolpassword) ?? []
  assert.equal(rows[0].rolpassword, await verifier('the new one', Buffer.from(String(salt), 'base64'), Number(rounds)))
  assert.equal(rounds, '4096')
  // two with the same password differ: the salt is another one each time
  await asChief((chief) => chief.setClone('seen', 'seen_clone', new Secret('the new one')))
  const both = await rig.sql("SELECT DISTINCT rolpassword FROM pg_authid WHERE rolname LIKE 'seen%'")
  assert.equal(both.rows.length, 2)
})

test('a server that keeps MD5 gets the password itself, and makes of it what it keeps', { skip }, async () => {
  await using old = await startRig({
    hba: ['host all all 127.0.0.1/32 md5'],
    settings: { password_encryption: 'md5' },
  })
  await old.sql("CREATE ROLE app LOGIN PASSWORD 'first'")
  const session = await postgres.connect(login('app', 'first', { port: old.port }), never)
  await session.setOwnPassword('app', new Secret("sec'ond"), new Secret('first'))
  await session.close()
  const { rows } = await old.sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'app'")
  assert.equal(rows[0].rolpassword, `md5${createHash('md5').update("sec'ondapp").digest('hex')}`)
  assert.equal(await old.accepts('app', "sec'ond"), true)
})

test('why a login fails is told apart', { skip }, async () => {
  await rig.sql("CREATE ROLE plain LOGIN PASSWORD 'own'; CREATE ROLE nologin PASSWORD 'own'")
  const refused = (change: Partial<DatabaseSecret>, password = 'own') =>
    postgres.connect(login('plain', password, change), never)
  await assert.rejects(refused({}, 'wrong'), failure('auth', /^28P01 /))
  await assert.rejects(refused({ username: 'nobody at all' }), failure('auth'))
  await assert.rejects(refused({}, ''), failure('auth'))
  await assert.rejects(refused({ username: 'nologin' }), failure('not admitted', /^28000 /))
  await assert.rejects(refused({ dbname: 'none' }), failure('missing database', /^3D000 /))
  await assert.rejects(refused({ tls: 'require' }), failure('tls', /^the server does not support TLS$/))
  await assert.rejects(refused({ host: 'no.such.host.invalid' }), failure('network'))
  await assert.rejects(refused({ port: 1 }), failure('network', /ECONNREFUSED/))
})

test('NUL, half characters and names that the server would cut are refused before anything is sent', {
  skip,
}, async () => {
  for (const change of [{ username: 'a\0b' }, { dbname: 'a\0' }, { username: '\ud800' }])
    await assert.rejects(postgres.connect(login('chief', 'of the chief', change), never), FunctionFault)
  await assert.rejects(postgres.connect(login('chief', 'a\0'), never), FunctionFault)
  await asChief(async (session) => {
    await assert.rejects(
      session.setClone('chief', 'ü'.repeat(32), new Secret('x')),
      fault('the name of the user is longer than 63 bytes'),
    )
    await assert.rejects(session.setClone('chief', 'a\0b', new Secret('x')), fault(/NUL/))
    await assert.rejects(session.setOwnPassword('chief', new Secret('x\0y'), new Secret('')), fault(/NUL/))
  })
  assert.equal(await rig.accepts('chief', 'of the chief'), true)
})

test('a certificate counts with its authority only, and a refused one leads to no plain connection', {
  skip,
}, async () => {
  const tls = selfSigned()
  await using server = await startRig({
    tls,
    hba: ['host all all 127.0.0.1/32 scram-sha-256', 'host all all ::1/128 scram-sha-256'],
  })
  await server.sql("CREATE ROLE app LOGIN PASSWORD 'own'")
  const at = (change: Partial<DatabaseSecret>, password = 'own') =>
    postgres.connect(login('app', password, { port: server.port, ...change }), never)
  for (const host of ['127.0.0.1', 'localhost']) {
    const session = await at({ host, ca: tls.certificate, tls: 'require' })
    await session.probe()
    const { rows } = await server.sql(
      "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'strongroom rotation'",
    )
    assert.deepEqual(rows, [{ ssl: true }])
    await session.close()
  }
  // the server would take it in plain, too: that we do not ask for it is the point
  await (await at({ tls: 'never' })).close()
  await assert.rejects(at({}), failure('tls', /SELF_SIGNED/))
  await assert.rejects(at({ ca: selfSigned().certificate }), failure('tls'))
  await assert.rejects(at({ ca: tls.certificate }, 'wrong'), failure('auth'))
})

test('a certificate for another name, and one that is outdated', { skip }, async () => {
  const tls = selfSigned()
  await using server = await startRig({ tls, settings: { listen_addresses: '127.0.0.1,127.0.0.2' } })
  const elsewhere = login('chief', 'x', { port: server.port, ca: tls.certificate, host: '127.0.0.2' })
  await assert.rejects(postgres.connect(elsewhere, never), failure('tls', /ERR_TLS_CERT_ALTNAME_INVALID/))
  const old = selfSigned({ to: new Date('2021-01-01T00:00:00Z') })
  await using outdated = await startRig({ tls: old })
  const late = login('chief', 'x', { port: outdated.port, ca: old.certificate })
  await assert.rejects(postgres.connect(late, never), failure('tls', /CERT_HAS_EXPIRED/))
})

test('a server that asks for no password proves nothing', { skip }, async () => {
  await using open = await startRig({ hba: ['host all all 127.0.0.1/32 trust'] })
  await open.sql('CREATE ROLE app LOGIN')
  await assert.rejects(
    postgres.connect(login('app', 'any', { port: open.port }), never),
    failure('other', /without a password/),
  )
})

/** Speaks for a server: answers each connection's first bytes, and keeps all it gets. */
async function pretend(
  answer: (socket: Socket, nth: number) => void,
): Promise<{ server: Server; port: number; got: Buffer[] }> {
  const got: Buffer[] = []
  let nth = 0
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => got.push(chunk))
    socket.once('data', () => answer(socket, nth++))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as { port: number }).port, got }
}

/** AuthenticationCleartextPassword */
const CLEARTEXT = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3])

test("what the server's own environment says of PostgreSQL is not for the databases of its users", {
  skip,
}, async () => {
  const set = {
    PGOPTIONS: '-c search_path=evil -c no_such_setting=1',
    PGREPLICATION: 'database',
    PGSSLMODE: 'no-verify',
    PGSSLNEGOTIATION: 'direct',
    PGUSER: 'nobody',
    PGPASSWORD: 'other',
    PGDATABASE: 'none',
    PGAPPNAME: 'other',
  }
  const saved = { ...process.env }
  Object.assign(process.env, set)
  try {
    await asChief((session) => session.probe())
    await assert.rejects(postgres.connect(login('', 'x'), never), failure('other', /names no user/))
    await assert.rejects(postgres.connect(login('chief', 'x', { host: '' }), never), failure('other', /no host/))
    await assert.rejects(postgres.connect(login('chief', ''), never), failure('auth'))
  } finally {
    for (const name of Object.keys(set)) delete process.env[name]
    Object.assign(process.env, saved)
  }
})

test('who says that he has no TLS and wants the password in clear does not get it', async () => {
  const { server, port, got } = await pretend((socket, nth) => {
    socket.write(nth % 2 === 0 ? 'N' : CLEARTEXT)
    socket.on('data', () => socket.destroy())
  })
  const secret: DatabaseSecret = {
    engine: 'postgres',
    host: '127.0.0.1',
    port,
    username: 'app',
    password: new Secret('very secret'),
    tls: 'try',
  }
  await assert.rejects(postgres.connect(secret, never), failure('tls', /`ssl` to false/))
  assert.ok(!Buffer.concat(got).includes('very secret'))
  server.close()
})

test('a server that says nothing, or breaks off, or talks nonsense, is out of reach; a stop ends the wait', async () => {
  const secret = (port: number): DatabaseSecret => ({
    engine: 'postgres',
    host: '127.0.0.1',
    port,
    username: 'app',
    password: new Secret('very secret'),
    tls: 'try',
  })
  const broken = await pretend((socket) => socket.destroy())
  await assert.rejects(postgres.connect(secret(broken.port), never), failure('network'))
  const nonsense = await pretend((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await assert.rejects(postgres.connect(secret(nonsense.port), never), failure('tls'))
  const stop = new AbortController()
  const silent = await pretend(() => stop.abort())
  await assert.rejects(postgres.connect(secret(silent.port), stop.signal), NotConnected)
  await assert.rejects(postgres.connect(secret(silent.port), stop.signal), { name: 'AbortError' })
  for (const { server } of [broken, nonsense, silent]) server.close()
})

test('what a server says in refusing is told without the password, and in one line', async () => {
  const text = 'SFATAL\0C28000\0Myour password "very secret" is bad\n[ERROR] forged line\0\0'
  const size = Buffer.alloc(5)
  size.write('E')
  size.writeInt32BE(text.length + 4, 1)
  const { server, port } = await pretend((socket) => socket.write(Buffer.concat([size, Buffer.from(text)])))
  const secret = (password: string): DatabaseSecret => ({
    engine: 'postgres',
    host: '127.0.0.1',
    port,
    username: 'app',
    password: new Secret(password),
    tls: 'never',
  })
  await assert.rejects(
    postgres.connect(secret('very secret'), never),
    failure('not admitted', /^28000 \(what the database said holds a secret and is not shown\)$/),
  )
  await assert.rejects(
    postgres.connect(secret('unrelated'), never),
    failure('not admitted', /^28000 your password "very secret" is bad \[ERROR\] forged line$/),
  )
  server.close()
})
