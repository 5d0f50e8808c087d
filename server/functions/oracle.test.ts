import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '#kernel/values/bytes'
import { type ConnectFailure, type DatabaseSecret, FunctionFault, NotConnected } from './function.ts'
import { oracle } from './oracle.ts'
import { load } from './oracle-link.ts'
import { fault } from './test/fault.ts'
import { Database, rightsOf } from './test/tns/database.ts'
import { Oracle } from './test/tns/server.ts'

const never = new AbortController().signal

/** A server with the users APP, who may log in, and ADMIN, who may do anything. */
async function start(options: Parameters<typeof Oracle.start>[0] = {}): Promise<Oracle> {
  const server = await Oracle.start(options)
  const { database } = server
  database.seed('APP', 'own')
  database.give('APP', { what: 'CREATE SESSION', role: false, option: false })
  database.seed('ADMIN', 'of the chief')
  database.give('ADMIN', { what: 'DBA', role: true, option: false })
  return server
}

const login = (
  server: Oracle,
  username: string,
  password: string,
  change: Partial<DatabaseSecret> = {},
): DatabaseSecret => ({
  engine: 'oracle',
  host: '127.0.0.1',
  port: server.port,
  username,
  password: new Secret(password),
  dbname: server.service,
  tls: 'never',
  ...change,
})

type Session = Awaited<ReturnType<typeof oracle.connect>>

async function as<T>(secret: DatabaseSecret, act: (session: Session) => Promise<T>): Promise<T> {
  const session = await oracle.connect(secret, never)
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

test('any name in quotes and any password that the database can have', async () => {
  await using server = await start()
  const { database } = server
  const character = fc.constantFrom(..."aZ09'\\;-/*%é.,()[]=:@ü $", '\n', '\t', ' ', '--', '/*', '😀')
  const text = (most: number) =>
    fc.string({ unit: character, minLength: 1, maxLength: most }).filter((made) => Buffer.byteLength(made) <= most)
  await as(login(server, 'admin', 'of the chief'), (chief) =>
    fc.assert(
      fc.asyncProperty(text(20), text(30), text(30), async (name, first, second) => {
        database.seed(name, 'unused')
        database.give(name, { what: 'CREATE SESSION', role: false, option: false })
        const clone = oracle.clone(`"${name}"`)
        await chief.setClone(`"${name}"`, clone, new Secret(first))
        assert.ok(database.accepts(clone, first))
        await as(login(server, clone, first), (own) => own.setOwnPassword(clone, new Secret(second), new Secret(first)))
        assert.deepEqual(server.logins.at(-1), [`${name}_CLONE`, true])
        assert.deepEqual([database.accepts(clone, second), database.accepts(clone, `${second}x`)], [true, false])
        database.users.delete(name)
        database.users.delete(`${name}_CLONE`)
      }),
      { numRuns: 60 },
    ),
  )
  assert.deepEqual([...database.users.keys()], ['APP', 'ADMIN'])
})

test('names and passwords that nothing can quote are refused before anything is sent', async () => {
  await using server = await start()
  const refused = (change: Partial<DatabaseSecret>, password = 'own') =>
    assert.rejects(oracle.connect(login(server, 'app', password, change), never), FunctionFault)
  for (const username of ['a"b', 'admin[app]', 'a\0', '\ud800', 'a b', '""', 'app/own@elsewhere'])
    await refused({ username })
  for (const password of ['a"b', 'a\0b', '\udc00']) await refused({}, password)
  for (const host of ['a)(HOST=b', 'a b', '(', 'a=b', '[::1]']) await refused({ host })
  for (const dbname of ['a)(SID=b', 'a b', '', 'a/b', '"a"']) await refused({ dbname })
  await refused({ sid: 'a', service: 'b' })
  assert.equal(server.connections, 0)
  await as(login(server, 'admin', 'of the chief'), async (chief) => {
    const before = server.statements.length
    await assert.rejects(chief.setClone('app', 'APP_CLONE', new Secret('a"b')), fault(/double quote/))
    await assert.rejects(chief.setClone('app', 'a"b', new Secret('x')), fault(/must be in double quotes/))
    assert.equal(server.statements.length, before)
    await assert.rejects(chief.setOwnPassword('admin', new Secret('a"b'), new Secret('x')), fault(/double quote/))
  })
  assert.ok(!server.statements.some((statement) => statement.startsWith('ALTER')))
})

test('why a login fails is told apart, in our own words', async () => {
  await using server = await start()
  const { database, moods } = server
  database.seed('LOCKED', 'own', { status: 'LOCKED' })
  database.seed('EXPIRED', 'own', { status: 'EXPIRED' })
  database.seed('NOLOGIN', 'own')
  const refused = (username: string, expected: ConnectFailure, message: RegExp, change: Partial<DatabaseSecret> = {}) =>
    assert.rejects(oracle.connect(login(server, username, 'own', change), never), failure(expected, message))
  await refused('admin', 'auth', /^the server refuses this user with this password \(ORA-01017\)$/)
  await refused('nobody', 'auth', /ORA-01017/)
  await refused('locked', 'other', /^the account is locked \(ORA-28000\)$/)
  await refused('expired', 'other', /^the password has expired.*\(ORA-28001\)$/)
  await refused('nologin', 'other', /ORA-01045/)
  await refused('app', 'missing database', /^the listener knows no service of this name \(NJS-518\)$/, {
    dbname: 'NONE',
  })
  await refused('app', 'missing database', /^the listener knows no database with this sid \(NJS-519\)$/, {
    sid: 'NONE',
  })
  await refused('app', 'network', /^the host is not known \(NJS-530\)$/, { host: 'no.such.host.invalid' })
  await refused('app', 'network', /^the server cannot be reached/, { port: 1 })
  await refused('app', 'network', /ECONNREFUSED/, { port: 1, tls: 'try' })
  moods.refuse = 12_528
  await refused('app', 'other', /^the listener refuses the connection \(NJS-511\)$/)
  moods.refuse = undefined
  moods.refuseLogin = [604, 'ALTER USER "APP" IDENTIFIED BY "own"']
  await refused('app', 'other', /^the server does not let us in \(ORA-00604\)$/)
  moods.refuseLogin = undefined
  moods.nonsense = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')
  await refused('app', 'network', /NJS-5/)
  await server.idle()
  assert.equal(server.open, 0)
})

test('a service or a sid is asked for, whichever the secret names', async () => {
  await using server = await start()
  for (const change of [{}, { service: server.service, dbname: 'other' }, { sid: server.sid, dbname: 'other' }])
    await as(login(server, 'app', 'own', change), (session) => session.probe())
  const asked = server.descriptors.map((text) => /\((?:SERVICE_NAME|SID)=[^)]*\)/.exec(text)?.[0])
  assert.deepEqual(asked, ['(SERVICE_NAME=ORCLPDB1)', '(SERVICE_NAME=ORCLPDB1)', '(SID=ORCL)'])
})

test('a stop ends a login and a statement at once, and no socket stays', async () => {
  for (const silentAt of ['connect', 'logon', 'statement'] as const)
    for (const tls of silentAt === 'connect' ? (['never', 'try'] as const) : (['never'] as const)) {
      await using server = await start()
      const stop = new AbortController()
      server.moods.silentAt = silentAt
      if (silentAt === 'statement') {
        const session = await oracle.connect(login(server, 'app', 'own', { tls }), stop.signal)
        const probe = session.probe()
        stop.abort()
        await assert.rejects(probe, fault('the function was stopped', 'OperationalError'))
        await session.close()
      } else {
        const connecting = oracle.connect(login(server, 'app', 'own', { tls }), stop.signal)
        setImmediate(() => stop.abort())
        await assert.rejects(connecting, failure('other', /^the function was stopped$/))
      }
      await server.idle()
      assert.equal(server.open, 0)
      await assert.rejects(
        oracle.connect(login(server, 'app', 'own', { tls }), stop.signal),
        failure('other', /was stopped/),
      )
    }
})

test('what a statement fails with is its number: no text of the server, no statement, no password', async () => {
  await using server = await start()
  await as(login(server, 'app', 'own'), async (session) => {
    await assert.rejects(
      session.setClone('app', 'APP_CLONE', new Secret('new')),
      fault(
        'the database refuses a statement: the user cannot see a view of the dictionary that this needs (ORA-00942)',
        'DatabaseError',
      ),
    )
    await assert.rejects(
      session.setOwnPassword('admin', new Secret('very secret'), new Secret('own')),
      fault(
        'the database refuses a statement: the user lacks a privilege that this needs (ORA-01031)',
        'DatabaseError',
      ),
    )
    await assert.rejects(
      session.setOwnPassword('app', new Secret('x'.repeat(31)), new Secret('own')),
      fault(
        'the database refuses a statement: a name or a password is too long for this database (ORA-00972)',
        'DatabaseError',
      ),
    )
  })
  assert.ok(server.database.accepts('app', 'own'))
})

test('the login itself shows no password on the wire', async () => {
  await using server = await start()
  server.database.seed('APP', 'a very long password')
  server.database.give('APP', { what: 'CREATE SESSION', role: false, option: false })
  await as(login(server, 'app', 'a very long password'), (session) => session.probe())
  const sent = Buffer.concat(server.bytes)
  assert.ok(sent.includes('AUTH_PASSWORD') && !sent.includes('very long'))
  // nor who runs this server, and where
  assert.match(server.descriptors[0] ?? '', /\(PROGRAM=strongroom-rotation\)\(HOST=strongroom\)\(USER=strongroom\)/)
})

test('a clone has roles and default roles, privileges with options and columns, tablespaces, quotas, profile', async () => {
  await using server = await start()
  const { database } = server
  for (const role of ['CLERK', 'AUDITOR', 'Mixed role']) database.roles.add(role)
  for (const name of ['BIG', 'Data files', 'TEMP2']) database.tablespaces.add(name)
  for (const name of ['"APP"."APP"', '"SYS"."DBMS_LOCK"', 'DIRECTORY "DATA"', '"s p"."t""']) database.objects.add(name)
  database.profiles.add('APPS')
  const app = database.seed('APP', 'own', {
    defaultTablespace: 'BIG',
    temporaryTablespace: 'TEMP2',
    profile: 'APPS',
    quotas: new Map([
      ['BIG', -1],
      ['Data files', 123_456_789],
    ]),
    defaultRoles: new Set(['CLERK', 'Mixed role']),
  })
  for (const what of ['CLERK', 'AUDITOR', 'Mixed role'])
    database.give('APP', { what, role: true, option: what === 'AUDITOR' })
  database.give('APP', { what: 'CREATE SESSION', role: false, option: true })
  database.give('APP', { what: 'CREATE ANY TABLE', role: false, option: false })
  database.give('APP', { what: 'SELECT', on: '"APP"."APP"', role: false, option: true })
  database.give('APP', { what: 'UPDATE ("A", "B c")', on: '"APP"."APP"', role: false, option: false })
  database.give('APP', { what: 'EXECUTE', on: '"SYS"."DBMS_LOCK"', role: false, option: false })
  database.give('APP', { what: 'READ', on: 'DIRECTORY "DATA"', role: false, option: false })
  await as(login(server, 'admin', 'of the chief'), (chief) => chief.setClone('app', 'APP_CLONE', new Secret('new')))
  const { verifier: _, name, ...clone } = database.of('APP_CLONE')
  const { verifier: __, name: ___, ...original } = app
  assert.equal(name, 'APP_CLONE')
  assert.deepEqual(clone, original)
  // once more changes the password only
  const before = server.statements.length
  await as(login(server, 'admin', 'of the chief'), (chief) => chief.setClone('app', 'APP_CLONE', new Secret('newer')))
  const changes = server.statements.slice(before).filter((statement) => !statement.startsWith('SELECT'))
  assert.deepEqual(changes, ['ALTER USER "APP_CLONE" IDENTIFIED BY "newer"'])
  assert.ok(database.accepts('app_clone', 'newer'))
})

test('what the original was given since is given to the clone, too', async () => {
  await using server = await start()
  const { database } = server
  await as(login(server, 'admin', 'of the chief'), (chief) => chief.setClone('app', 'APP_CLONE', new Secret('new')))
  database.objects.add('"SHOP"."T"')
  database.roles.add('CLERK')
  database.give('APP', { what: 'SELECT', on: '"SHOP"."T"', role: false, option: false })
  database.give('APP', { what: 'CLERK', role: true, option: false })
  database.of('APP').defaultRoles = new Set()
  await as(login(server, 'admin', 'of the chief'), (chief) => chief.setClone('app', 'APP_CLONE', new Secret('new')))
  assert.deepEqual(rightsOf(database.of('APP_CLONE')), rightsOf(database.of('APP')))
  assert.deepEqual(database.of('APP_CLONE').defaultRoles, new Set())
})

test('a user who may do more than the one who asks is left alone', async () => {
  await using server = await start()
  const { database } = server
  const refused = (name: string, message: RegExp) =>
    as(login(server, 'admin', 'of the chief'), async (chief) => {
      await assert.rejects(chief.setClone('app', name, new Secret('taken')), fault(message))
      assert.equal(database.accepts(name, 'taken'), false)
    })
  await refused('admin', /^Attempting to modify user ADMIN, which has rights that APP lacks$/)
  database.seed('SYSTEM', 'x', { maintained: true })
  await refused('SYSTEM', /^Attempting to modify user SYSTEM, which belongs to the database or has no password$/)
  database.seed('OUTSIDE', 'x', { authentication: 'EXTERNAL' })
  await refused('OUTSIDE', /has no password$/)
  database.seed('OPTION', 'x')
  database.give('OPTION', { what: 'CREATE SESSION', role: false, option: true })
  await refused('OPTION', /which has rights that APP lacks/)
  database.seed('NEAR', 'x')
  database.objects.add('"SYS"."DBMS_SCHEDULER"')
  database.give('NEAR', { what: 'EXECUTE', on: '"SYS"."DBMS_SCHEDULER"', role: false, option: false })
  await refused('NEAR', /which has rights that APP lacks/)
  database.seed('SYSOP', 'x', { administers: true })
  await refused('SYSOP', /which has rights that APP lacks/)
  database.seed('PROXY', 'x', { proxyFor: new Set(['SHOP']) })
  await refused('PROXY', /which has rights that APP lacks/)
  await as(login(server, 'admin', 'of the chief'), (chief) =>
    assert.rejects(chief.setClone('nobody', 'NEW', new Secret('x')), fault(/^there is no user NOBODY/)),
  )
})

test('a dry run says what would be done, and what would fail, and does nothing', async () => {
  await using server = await start()
  const { database } = server
  const examined = (username: string, password: string, clone: string) =>
    as(login(server, username, password), (session) => session.examine?.('app', clone) ?? Promise.resolve([]))
  assert.deepEqual(await examined('admin', 'of the chief', 'APP_CLONE'), [
    { state: 'ok', what: 'the user "APP_CLONE" would be made; rights that it lacks: 1' },
  ])
  database.seed('HELPER', 'h')
  for (const what of ['CREATE SESSION', 'SELECT ANY DICTIONARY'])
    database.give('HELPER', { what, role: false, option: false })
  assert.deepEqual(await examined('helper', 'h', 'APP_CLONE'), [
    { state: 'wrong', what: 'the superuser lacks CREATE USER' },
    { state: 'wrong', what: 'the superuser lacks ALTER USER' },
    { state: 'warning', what: 'the superuser lacks GRANT ANY PRIVILEGE: it may be unable to give rights on' },
    { state: 'ok', what: 'the user "APP_CLONE" would be made; rights that it lacks: 1' },
  ])
  assert.deepEqual(await examined('admin', 'of the chief', 'HELPER'), [
    { state: 'wrong', what: 'Attempting to modify user HELPER, which has rights that APP lacks' },
    { state: 'ok', what: 'the user "HELPER" is there, and would get a password; rights that it lacks: 0' },
  ])
  assert.ok(server.statements.every((statement) => statement.startsWith('SELECT')))
})

test('a right that the superuser cannot give on ends the step; the clone does not take the password', async () => {
  await using server = await start()
  const { database } = server
  database.seed('HELPER', 'h')
  for (const what of ['CREATE SESSION', 'CREATE USER', 'ALTER USER', 'SELECT ANY DICTIONARY'])
    database.give('HELPER', { what, role: false, option: false })
  await as(login(server, 'helper', 'h'), (helper) =>
    assert.rejects(helper.setClone('app', 'APP_CLONE', new Secret('new')), fault(/ORA-01031/, 'DatabaseError')),
  )
  assert.ok(database.users.has('APP_CLONE') && !database.accepts('app_clone', 'new'))
})

test('a check of the owner runs in a transaction that only reads; what brings code along is refused', async () => {
  await using server = await start()
  await as(login(server, 'app', 'own'), async (session) => {
    await session.check?.('SELECT SYSDATE FROM DUAL')
    assert.deepEqual(server.statements, ['SET TRANSACTION READ ONLY', 'SELECT SYSDATE FROM DUAL', 'ROLLBACK'])
    const refused = (statement: string, message: RegExp) =>
      assert.rejects(async () => session.check?.(statement), fault(message, 'CheckFailed'))
    for (const statement of [
      'ALTER USER "APP" IDENTIFIED BY "x"',
      'BEGIN NULL; END;',
      'WITH FUNCTION f RETURN NUMBER IS BEGIN RETURN 1; END; SELECT f FROM DUAL',
      'WITH /* */ procedure p IS BEGIN NULL; END; SELECT 1 FROM DUAL',
      'SELECT /*+ WITH_PLSQL */ 1 FROM (WITH FUNCTION f RETURN NUMBER IS BEGIN RETURN 1; END; SELECT f FROM DUAL)',
      'SELECT 1\0 FROM DUAL',
      'with -- a\n/* b */ /**/function f RETURN NUMBER IS BEGIN RETURN 1; END; SELECT f FROM DUAL',
      `WITH ${'/**/ '.repeat(10_000)} x`.replace(' x', 'FUNCTION'),
    ])
      await refused(statement, /^rotationCheck must be a statement that reads/)
    await refused(
      'SELECT SYSDATE FROM DUAL; DROP USER "APP"',
      /^rotationCheck: the database refuses a statement: ORA-00911$/,
    )
    await refused('SELECT X FROM SYS.DBA_USERS', /ORA-00942/)
  })
})

test('the driver stays in its thin mode; without the package it is named', async () => {
  const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
  await assert.rejects(
    load(() => Promise.reject(missing)),
    fault("the package 'oracledb' is not installed: rotation on Oracle needs it", 'ImportError'),
  )
  await assert.rejects(
    load(() => Promise.reject(new TypeError('broken'))),
    TypeError,
  )
  const { default: driver } = await import('oracledb')
  assert.equal((await load()).thin, true)
  const thick = Object.create(driver, { thin: { value: false } }) as typeof driver
  await assert.rejects(
    load(async () => ({ default: thick })),
    fault('the driver of Oracle was switched out of its thin mode', 'ImportError'),
  )
})

test('the double reads strictly: what is quoted wrongly is an error', async () => {
  const { execute } = await import('./test/tns/statements.ts')
  const database = new Database()
  const chief = database.seed('ADMIN', 'x')
  database.give('ADMIN', { what: 'DBA', role: true, option: false })
  const refused = (sql: string, number: number) =>
    assert.throws(
      () => execute(database, chief, sql, []),
      (error: { number?: number }) => error.number === number,
      sql,
    )
  refused('ALTER USER "ADMIN" IDENTIFIED BY "a"b"', 1740)
  refused('ALTER USER "ADMIN" IDENTIFIED BY "a" DROP USER "B"', 922)
  refused('ALTER USER "ADMIN" IDENTIFIED BY "a";', 911)
  refused("ALTER USER ADMIN IDENTIFIED BY 'a'", 988)
  refused('ALTER USER "ADMIN" IDENTIFIED BY ""', 1741)
  refused('DROP USER "ADMIN"', 900)
  refused('GRANT "NONE" TO "ADMIN"', 1919)
  refused('CREATE USER "ADMIN" IDENTIFIED BY "x"', 1920)
})
