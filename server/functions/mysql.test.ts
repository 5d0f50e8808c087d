import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '#kernel/values/bytes'
import { selfSigned } from '../test/certificate.ts'
import { type Mariadb, mariadbMissing, startMariadb } from '../test/mariadb.ts'
import { type ConnectFailure, type DatabaseSecret, NotConnected, type Session } from './function.ts'
import { mariadb, mysql } from './mysql.ts'
import { identifier, literal } from './mysql-text.ts'

/*
 * Against a real MariaDB. What MySQL wants otherwise is looked at as text, in mysql-users.test.ts and mysql-grants.test.ts: there
 * is no MySQL to ask.
 */

const skip = mariadbMissing() ?? false
const signal = AbortSignal.timeout(120_000)
const certified = selfSigned()

type Changes = Partial<Omit<DatabaseSecret, 'password'>>

const secretOf = (server: Mariadb, username: string, password: string, changes: Changes = {}): DatabaseSecret => ({
  engine: 'mariadb',
  host: server.host,
  port: server.port,
  username,
  password: new Secret(password),
  tls: 'try',
  ...changes,
})

const rootOf = (server: Mariadb, changes: Changes = {}) =>
  mariadb.connect(secretOf(server, server.root.username, server.root.password, changes), signal)

/** Why no login came about; undefined when one did. */
async function failureOf(secret: DatabaseSecret): Promise<ConnectFailure | undefined> {
  let session: Session
  try {
    session = await mariadb.connect(secret, signal)
  } catch (error) {
    assert.ok(error instanceof NotConnected, String(error))
    if (secret.password.reveal().length > 3)
      assert.ok(!JSON.stringify([error.message, error.cause]).includes(secret.password.reveal()))
    return error.failure
  }
  await session.probe()
  await session.close()
  return undefined
}

async function grantsOf(server: Mariadb, name: string, host: string): Promise<string[]> {
  const rows = await server.run(
    `SET sql_mode = 'NO_BACKSLASH_ESCAPES', sql_quote_show_create = 1`,
    `SHOW GRANTS FOR ${literal(name)}@${literal(host)}`,
  )
  // in whatever order the server has them in memory
  const written = rows.map((row) =>
    String(Object.values(row)[0])
      .replaceAll(`TO ${identifier(name)}@`, 'TO @')
      .replaceAll(`FOR ${identifier(name)}@`, 'FOR @')
      .replace(/ IDENTIFIED BY PASSWORD '[^']*'/, ''),
  )
  return written.toSorted()
}

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

for (const sqlMode of ['', 'NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES,PIPES_AS_CONCAT'])
  describe(`a server with sql_mode '${sqlMode}'`, { skip }, () => {
    let server: Mariadb
    before(async () => {
      server = await startMariadb({
        settings: { 'sql-mode': sqlMode, 'character-set-server': 'latin1' },
      })
      await server.run('SET GLOBAL sql_quote_show_create = 0')
    })
    after(() => server[Symbol.asyncDispose]())

    test("one's own password: the new one is accepted, the old one refused, whatever it is made of", async () => {
      await server.run(`CREATE USER app@'%' IDENTIFIED BY 'first'`)
      let current = 'first'
      for (const next of [
        `it's`,
        `\\' OR 1=1 -- `,
        `a\\`,
        `"; DROP USER app; --`,
        '`$`',
        'pässwörd 密碼 😀',
        "\\'\\\\'",
        'x\ny\t\x1a',
      ]) {
        const session = await mariadb.connect(secretOf(server, 'app', current), signal)
        await session.setOwnPassword('app', new Secret(next), new Secret(current))
        await session.close()
        assert.equal(await failureOf(secretOf(server, 'app', current)), 'auth')
        assert.equal(await failureOf(secretOf(server, 'app', next)), undefined, next)
        current = next
      }
    })

    test('a clone has the very rights of the original, row by row', async () => {
      const odd = "t' TO `x"
      await server.run(
        `SET sql_mode = 'NO_BACKSLASH_ESCAPES'`,
        'CREATE DATABASE shop',
        'CREATE DATABASE `odd ``db.x`',
        'CREATE TABLE shop.orders (id INT, price INT, `we``ird, col)` INT)',
        `CREATE TABLE shop.${identifier(odd)} (id INT)`,
        'CREATE PROCEDURE shop.total() SELECT 1',
        'CREATE FUNCTION shop.one() RETURNS INT RETURN 1',
        'CREATE ROLE reader',
        "CREATE ROLE `role' TO x`",
        // MariaDB lets nobody hand on a role but its administrators
        `GRANT reader TO root@'127.%' WITH ADMIN OPTION`,
        `GRANT \`role' TO x\` TO root@'127.%' WITH ADMIN OPTION`,
        `CREATE USER owner@'127.%' IDENTIFIED BY 'pw'`,
        `GRANT reader TO owner@'127.%' WITH ADMIN OPTION`,
        `GRANT \`role' TO x\` TO owner@'127.%'`,
        `SET DEFAULT ROLE reader FOR owner@'127.%'`,
        `GRANT PROCESS, SHOW DATABASES, BINLOG MONITOR ON *.* TO owner@'127.%'`,
        `GRANT ALL PRIVILEGES ON \`odd \`\`db.x\`.* TO owner@'127.%' WITH GRANT OPTION`,
        `GRANT SELECT, CREATE TEMPORARY TABLES ON \`sh\\_p%\`.* TO owner@'127.%'`,
        `GRANT SELECT (id, \`we\`\`ird, col)\`), INSERT, UPDATE (price) ON shop.orders TO owner@'127.%' WITH GRANT OPTION`,
        `GRANT DELETE HISTORY, SELECT ON shop.${identifier(odd)} TO owner@'127.%'`,
        `GRANT EXECUTE ON PROCEDURE shop.total TO owner@'127.%'`,
        `GRANT EXECUTE, ALTER ROUTINE ON FUNCTION shop.one TO owner@'127.%' WITH GRANT OPTION`,
        `ALTER USER owner@'127.%' WITH MAX_QUERIES_PER_HOUR 5000 MAX_USER_CONNECTIONS 7`,
      )
      const expected = await grantsOf(server, 'owner', '127.%')
      assert.equal(expected.length, 10)
      const root = await rootOf(server)
      await root.setClone('owner', 'owner_clone', new Secret("o'n\\e"))
      assert.deepEqual(await grantsOf(server, 'owner_clone', '127.%'), expected)
      assert.equal(await failureOf(secretOf(server, 'owner_clone', "o'n\\e", { dbname: 'shop' })), undefined)

      // again: only the password, and what the original has got since
      await server.run(`GRANT INSERT ON \`odd \`\`db.x\`.* TO owner@'127.%'`, `GRANT DELETE ON shop.* TO owner@'127.%'`)
      await root.setClone('owner', 'owner_clone', new Secret('two'))
      await root.setClone('owner', 'owner_clone', new Secret('two'))
      assert.deepEqual(await grantsOf(server, 'owner_clone', '127.%'), await grantsOf(server, 'owner', '127.%'))
      assert.equal(await failureOf(secretOf(server, 'owner_clone', 'two')), undefined)
      assert.equal(await failureOf(secretOf(server, 'owner_clone', "o'n\\e")), 'auth')

      // and the other way round: the original is the clone of its clone
      await root.setClone('owner_clone', 'owner', new Secret('three'))
      assert.equal(await failureOf(secretOf(server, 'owner', 'three')), undefined)
      assert.equal(await failureOf(secretOf(server, 'owner', 'pw')), 'auth')
      assert.deepEqual(await grantsOf(server, 'owner', '127.%'), await grantsOf(server, 'owner_clone', '127.%'))
      await root.close()
      const hosts = await server.run(`SELECT User, Host FROM mysql.user WHERE User LIKE 'owner%' ORDER BY User`)
      assert.deepEqual(hosts, [
        { User: 'owner', Host: '127.%' },
        { User: 'owner_clone', Host: '127.%' },
      ])
    })
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
