import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '#kernel/values/bytes'
import { type Mariadb, mariadbMissing, startMariadb } from '../test/mariadb.ts'
import { mariadb, mysql } from './mysql.ts'
import { literal } from './mysql-text.ts'
import { logIn } from './mysql-wire.ts'
import { failureOf, grantsOf, rootOf, secretOf, signal } from './test/mariadb-logins.ts'

/*
 * Against a real MariaDB. What MySQL wants otherwise is looked at as text, in mysql-users.test.ts and mysql-grants.test.ts: there
 * is no MySQL to ask.
 */

const skip = mariadbMissing() ?? false

test('the engines: names, length of a name, the other name, characters left out', () => {
  assert.deepEqual(mysql.names, ['mysql', 'aurora-mysql'])
  assert.deepEqual(mariadb.names, ['mariadb'])
  for (const engine of [mysql, mariadb]) {
    assert.equal(engine.excludeCharacters, '/@"\'\\')
    assert.equal(engine.passwordLength, 32)
    assert.equal(engine.clone('app'), 'app_clone')
    assert.equal(engine.clone('app_clone'), 'app')
    assert.equal(engine.clone('app_clone_clone'), 'app_clone')
  }
  assert.equal(mariadb.usernameLimit(new Map([['USERNAME_CHARACTER_LIMIT', '5']])), 80)
  assert.equal(mysql.usernameLimit(new Map()), 16)
  assert.equal(mysql.usernameLimit(new Map([['USERNAME_CHARACTER_LIMIT', '32']])), 32)
  for (const wrong of ['0', '33', '-1', 'x', '', '1e1'])
    assert.throws(() => mysql.usernameLimit(new Map([['USERNAME_CHARACTER_LIMIT', wrong]])), { name: 'FunctionFault' })
})

describe('a server', { skip }, () => {
  let server: Mariadb
  before(async () => {
    server = await startMariadb()
  })
  after(() => server[Symbol.asyncDispose]())

  test('names and passwords of any shape change nothing but the user they name', async () => {
    await server.run(
      `CREATE DATABASE canary`,
      `CREATE USER canary@'%' IDENTIFIED BY 'canary'`,
      'CREATE TABLE canary.t (a INT)',
    )
    const root = await rootOf(server)
    const hostile = [
      "'",
      '"',
      '`',
      '\\',
      "'; DROP USER canary; -- ",
      "' OR '1'='1",
      '@',
      '%',
      '_',
      ' TO ',
      '/*',
      '*/',
      '#',
      '\n',
      '\t',
      '.',
      'é',
      '密',
      'a',
      'B',
      '0',
      '$',
      '?',
      '??',
      ':x',
      '{}',
    ]
    const text = (max: number) =>
      fc.array(fc.constantFrom(...hostile), { minLength: 1, maxLength: max }).map((parts) => parts.join(''))
    const name = text(8)
      .map((made) => made.slice(0, 70))
      .filter((made) => made === made.trimEnd() && !/^'.*'$/s.test(made))
    await fc.assert(
      fc.asyncProperty(name, text(40), text(40), async (original, first, second) => {
        const clone = `${original}_clone`
        const quoted = `${literal(original)}@'%'`
        await server.run(
          `SET sql_mode = 'NO_BACKSLASH_ESCAPES'`,
          `CREATE USER ${quoted} IDENTIFIED BY ${literal(first)}`,
          `GRANT SELECT ON canary.t TO ${quoted}`,
        )
        try {
          await root.setClone(original, clone, new Secret(second))
          assert.equal(await failureOf(secretOf(server, clone, second, { dbname: 'canary' })), undefined)
          const own = await mariadb.connect(secretOf(server, original, first), signal)
          await own.setOwnPassword(original, new Secret(second), new Secret(first))
          await own.close()
          assert.equal(await failureOf(secretOf(server, original, second)), undefined)
          assert.deepEqual(await grantsOf(server, clone, '%'), await grantsOf(server, original, '%'))
        } finally {
          await server.run(
            `SET sql_mode = 'NO_BACKSLASH_ESCAPES'`,
            `DROP USER ${quoted}`,
            `DROP USER IF EXISTS ${literal(clone)}@'%'`,
          )
        }
      }),
      { numRuns: 60 },
    )
    await root.close()
    assert.equal(await failureOf(secretOf(server, 'canary', 'canary')), undefined)
    assert.equal(
      (await server.run(`SELECT User FROM mysql.user WHERE User NOT IN ('root', 'mariadb.sys', 'canary')`)).length,
      0,
    )
  })

  test('80 characters are a name', async () => {
    const long = 'u'.repeat(74)
    await server.run(`CREATE USER ${long}@'%' IDENTIFIED BY 'pw'`)
    const root = await rootOf(server)
    await root.setClone(long, `${long}_clone`, new Secret('p'.repeat(300)))
    await root.close()
    assert.equal(await failureOf(secretOf(server, `${long}_clone`, 'p'.repeat(300))), undefined)
  })

  test('NUL and broken Unicode are refused before anything is sent', async () => {
    for (const changes of [{ username: 'a\0b' }, { dbname: 'a\0b' }, { host: 'a\0b' }, { username: '\ud800' }])
      await assert.rejects(mariadb.connect(secretOf(server, 'app', 'pw', changes), signal), { name: 'FunctionFault' })
    await assert.rejects(mariadb.connect(secretOf(server, 'app', 'p\0w'), signal), { name: 'FunctionFault' })
    const root = await rootOf(server)
    await assert.rejects(root.setOwnPassword('root', new Secret('a\0b'), new Secret('')), { name: 'FunctionFault' })
    await assert.rejects(root.setClone('a\0b', 'c', new Secret('x')), { name: 'FunctionFault' })
    await root.close()
  })

  test('why no login comes about', async () => {
    await server.run(
      `CREATE USER who@'%' IDENTIFIED BY 'right'`,
      `CREATE USER ''@'127.0.0.1' IDENTIFIED BY 'anonymous'`,
    )
    assert.equal(await failureOf(secretOf(server, 'who', 'wrong')), 'auth')
    assert.equal(await failureOf(secretOf(server, 'who', '')), 'auth')
    assert.equal(await failureOf(secretOf(server, 'nobody', 'right')), 'auth')
    // the server takes any name for the anonymous user, whose password is not that of the name
    assert.equal(await failureOf(secretOf(server, 'stranger', 'anonymous')), 'other')
    await server.run(`DROP USER ''@'127.0.0.1'`)
    // the server takes such quotes off: the login would be one of another user. Source: parse_client_handshake_packet
    assert.equal(await failureOf(secretOf(server, "'who'", 'right')), 'other')
    assert.equal(await failureOf(secretOf(server, '', 'x')), 'other')
    assert.equal(
      await failureOf(secretOf(server, 'root', server.root.password, { dbname: 'nowhere' })),
      'missing database',
    )
    assert.equal(await failureOf(secretOf(server, 'who', 'right', { tls: 'never' })), undefined)
    assert.equal(await failureOf(secretOf(server, 'who', 'right', { tls: 'require' })), 'tls')
    const unused = createServer().listen(0, '127.0.0.1')
    await once(unused, 'listening')
    const { port } = unused.address() as { port: number }
    unused.close()
    await once(unused, 'close')
    assert.equal(await failureOf(secretOf(server, 'who', 'right', { port })), 'network')
    assert.equal(await failureOf(secretOf(server, 'who', 'right', { host: 'no-such-host.invalid' })), 'network')
  })

  test('what the server refuses is told by its number, without the statement and what it held', async () => {
    await server.run(`CREATE USER weak@'%' IDENTIFIED BY 'pw'`)
    const weak = await mariadb.connect(secretOf(server, 'weak', 'pw'), signal)
    await assert.rejects(weak.setClone('weak', 'weak_clone', new Secret('topsecret')), (error: Error) => {
      assert.match(error.message, /^the database refuses a statement: ER_\w+ \(1142\)$/)
      assert.equal(error.cause, undefined)
      assert.ok(
        !/topsecret|SELECT/.test(
          JSON.stringify(error, Object.getOwnPropertyNames(error)).replaceAll(/"stack":"[^"]*"/g, ''),
        ),
      )
      return true
    })
    await weak.close()
    await assert.rejects(weak.probe())
  })

  test('TLS requirement of the original is that of the clone; a later change comes along', async () => {
    await server.run(
      `CREATE USER tls@'%' IDENTIFIED BY 'pw' REQUIRE SUBJECT '/CN=a''b' AND ISSUER '/CN=i' AND CIPHER 'AES'`,
      `CREATE USER tls_x@'%' IDENTIFIED BY 'pw' REQUIRE X509`,
      `CREATE USER tls_s@'%' IDENTIFIED BY 'pw' REQUIRE SSL`,
    )
    const root = await rootOf(server)
    for (const name of ['tls', 'tls_x', 'tls_s']) {
      await root.setClone(name, `${name}_clone`, new Secret('x'))
      assert.deepEqual(await grantsOf(server, `${name}_clone`, '%'), await grantsOf(server, name, '%'))
    }
    await server.run(`ALTER USER tls@'%' REQUIRE NONE`)
    await root.setClone('tls', 'tls_clone', new Secret('x'))
    await root.close()
    assert.deepEqual(await grantsOf(server, 'tls_clone', '%'), ['GRANT USAGE ON *.* TO @`%`'])
  })

  test('of namesakes the one is copied that lets us in', async () => {
    await server.run(
      'CREATE DATABASE IF NOT EXISTS namesakes',
      `CREATE USER twin@'%' IDENTIFIED BY 'any'`,
      `CREATE USER twin@'127.0.%' IDENTIFIED BY 'near'`,
      `CREATE USER twin@'10.%' IDENTIFIED BY 'far'`,
      `GRANT ALL PRIVILEGES ON *.* TO twin@'10.%'`,
      `GRANT INSERT ON namesakes.* TO twin@'%'`,
      `GRANT SELECT ON namesakes.* TO twin@'127.0.%'`,
    )
    const root = await rootOf(server)
    await root.setClone('twin', 'twin_clone', new Secret('x'))
    await root.close()
    assert.deepEqual(await server.run(`SELECT Host FROM mysql.user WHERE User = 'twin_clone'`), [{ Host: '127.0.%' }])
    assert.deepEqual(await grantsOf(server, 'twin_clone', '127.0.%'), [
      'GRANT SELECT ON `namesakes`.* TO @`127.0.%`',
      'GRANT USAGE ON *.* TO @`127.0.%`',
    ])
  })

  test('a clone that may do more than its original is left alone, as is one who acts as another', async () => {
    await server.run(
      `CREATE USER small@'%' IDENTIFIED BY 'pw'`,
      `CREATE USER small_clone@'%' IDENTIFIED BY 'mighty'`,
      `GRANT SELECT ON mysql.* TO small_clone@'%'`,
      `CREATE USER puppet@'%' IDENTIFIED BY 'pw'`,
      `GRANT PROXY ON root@localhost TO puppet@'%'`,
    )
    const root = await rootOf(server)
    await assert.rejects(root.setClone('small', 'small_clone', new Secret('x')), {
      message: 'Attempting to modify user small_clone, which has rights that small lacks',
    })
    await assert.rejects(root.setClone('puppet', 'puppet_clone', new Secret('x')), /PROXY/)
    await assert.rejects(root.setClone('missing', 'missing_clone', new Secret('x')), /no account of its own/)
    await root.close()
    assert.equal(await failureOf(secretOf(server, 'small_clone', 'mighty')), undefined)
    assert.equal(await failureOf(secretOf(server, 'puppet_clone', 'x')), 'auth')
  })

  test('a clone does not take its password before it has its rights', async () => {
    await server.run(
      'CREATE DATABASE IF NOT EXISTS halfway',
      `CREATE USER half@'%' IDENTIFIED BY 'pw'`,
      `GRANT SELECT ON halfway.* TO half@'%'`,
      // may make users, but not hand on this right
      `CREATE USER clerk@'%' IDENTIFIED BY 'pw'`,
      `GRANT CREATE USER ON *.* TO clerk@'%'`,
      `GRANT SELECT ON mysql.* TO clerk@'%'`,
    )
    const clerk = await mariadb.connect(secretOf(server, 'clerk', 'pw'), signal)
    await assert.rejects(clerk.setClone('half', 'half_clone', new Secret('x')), /ER_\w+ \(1044\)/)
    await clerk.close()
    assert.equal((await server.run(`SELECT 1 FROM mysql.user WHERE User = 'half_clone'`)).length, 1)
    assert.equal(await failureOf(secretOf(server, 'half_clone', 'x')), 'auth')
    const root = await rootOf(server)
    await root.setClone('half', 'half_clone', new Secret('x'))
    await root.close()
    assert.equal(await failureOf(secretOf(server, 'half_clone', 'x')), undefined)
    assert.deepEqual(await grantsOf(server, 'half_clone', '%'), await grantsOf(server, 'half', '%'))
  })

  test("a check of the owner's own only reads, and only for a while", async () => {
    await server.run(`CREATE USER checks@'%' IDENTIFIED BY 'pw'`, `GRANT FILE ON *.* TO checks@'%'`)
    const secret = secretOf(server, 'checks', 'pw')
    const session = await mariadb.connect(secret, signal)
    const check = async (statement: string) => session.check?.(statement)
    for (const statement of [
      "SELECT 'x' INTO OUTFILE '/tmp/made-by-a-check'",
      "SELECT 'x' INTO/**/OUTFILE '/tmp/made-by-a-check'",
      "SELECT 'x' INTO -- \n DUMPFILE '/tmp/made-by-a-check'",
      "SELECT 'x' /*!50000INTO*//*M!100000OUTFILE '/tmp/made-by-a-check'*/",
      "SELECT '/*' INTO OUTFILE '/tmp/made-by-a-check*/'",
    ])
      await assert.rejects(
        check(statement),
        { type: 'CheckFailed', message: /must be a statement that reads/ },
        statement,
      )
    // a subquery with two rows is an error
    await check('SELECT IF(@@max_statement_time = 5, 1, (SELECT 1 UNION SELECT 2))')
    await assert.rejects(check('SELECT IF(@@max_statement_time = 6, 1, (SELECT 1 UNION SELECT 2))'), /1242/)
    await session.close()
    const wire = await logIn(secret, signal)
    await assert.rejects(wire.ask('SELECT SLEEP(60)', 20), {
      type: 'OperationalError',
      message: 'the database took more than 20 ms',
    })
    await wire.close()
  })

  test('a statement that hangs ends with the function; so does a server that says nothing', async () => {
    await server.run(
      `CREATE USER slow@'%' IDENTIFIED BY 'pw'`,
      'CREATE DATABASE slow',
      'CREATE TABLE slow.t (a INT)',
      `GRANT SELECT ON slow.* TO slow@'%'`,
    )
    const stop = new AbortController()
    const session = await mariadb.connect(secretOf(server, 'slow', 'pw'), stop.signal)
    const setting = session.setOwnPassword('slow', new Secret('x'), new Secret('pw'))
    stop.abort()
    await assert.rejects(setting, { name: 'FunctionFault', message: 'the function was stopped' })
    await assert.rejects(session.probe(), { message: 'the function was stopped' })
    await session.close()
    await assert.rejects(mariadb.connect(secretOf(server, 'slow', 'pw'), AbortSignal.abort()), { failure: 'other' })

    const sockets: Socket[] = []
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    const later = new AbortController()
    const connecting = mariadb.connect(secretOf(server, 'slow', 'pw', { port }), later.signal)
    await once(silent, 'connection')
    later.abort()
    await assert.rejects(connecting, { failure: 'other', message: 'the function was stopped' })
    // and without anybody to stop it, after five seconds
    assert.equal(await failureOf(secretOf(server, 'slow', 'pw', { port })), 'network')
    for (const socket of sockets) socket.destroy()
    silent.close()
  })
})
