import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '#kernel/values/bytes'
import { workOf } from '../test/work.ts'
import { accountText, identifier, literal, versionOf } from './mysql-text.ts'
import {
  chooseAccount,
  createUser,
  defaultRoleRows,
  requirements,
  sessionMode,
  setDefaultRoles,
  setOwnPassword,
  setPasswordOf,
  statementLimit,
  userRow,
  userRows,
} from './mysql-users.ts'

/*
 * What MySQL is told is looked at as text: there is no MySQL to ask here. MariaDB 10.11 takes its part of it in mysql.test.ts.
 * Source: MySQL Reference Manual 5.6, 5.7 and 8.4.
 */

const [old, five, eight, nine, maria, mariaOld] = [
  '5.7.5',
  '5.7.6-log',
  '8.0.36',
  '9.1.0',
  '10.11.6-MariaDB',
  '10.1.48-MariaDB',
].map(versionOf) as [ReturnType<typeof versionOf>, ...ReturnType<typeof versionOf>[]] & {
  5: ReturnType<typeof versionOf>
}
const password = new Secret('it\'s \\ "x"')
const app = { name: "o'app", host: '10.%' }

test('versions are numbers', () => {
  assert.deepEqual(versionOf('8.0.36'), { mariadb: false, number: 80_036 })
  assert.deepEqual(versionOf('5.7.44-log'), { mariadb: false, number: 50_744 })
  assert.deepEqual(versionOf('8.0.mysql_aurora.3.05.2'), { mariadb: false, number: 80_000 })
  assert.deepEqual(versionOf('9.1.0'), { mariadb: false, number: 90_100 })
  assert.deepEqual(versionOf('10.11.19-MariaDB-0+deb12u1'), { mariadb: true, number: 101_119 })
  assert.throws(() => versionOf('MySQL'), { name: 'FunctionFault' })
})

test('one sets its own password by ALTER USER from MySQL 5.7.6 on, also in 9; by SET PASSWORD in MariaDB', () => {
  const value = "'it''s \\ \"x\"'"
  for (const version of [five, eight, nine])
    assert.equal(setOwnPassword(version as typeof old, password), `ALTER USER CURRENT_USER() IDENTIFIED BY ${value}`)
  for (const version of [old, maria, mariaOld])
    assert.equal(setOwnPassword(version as typeof old, password), `SET PASSWORD = PASSWORD(${value})`)
  assert.equal(
    setOwnPassword(versionOf('8.0.13'), password, new Secret("o'ld")),
    `ALTER USER CURRENT_USER() IDENTIFIED BY ${value} REPLACE 'o''ld'`,
  )
})

test("another user's password", () => {
  const value = "'it''s \\ \"x\"'"
  assert.equal(setPasswordOf(versionOf('8.4.0'), app, password), `ALTER USER 'o''app'@'10.%' IDENTIFIED BY ${value}`)
  assert.equal(setPasswordOf(old, app, password), `SET PASSWORD FOR 'o''app'@'10.%' = PASSWORD(${value})`)
})

test("MySQL's clone keeps its password the way in which the original does, when that is one for passwords", () => {
  const made = (version: string, plugin: string) => createUser(versionOf(version), app, new Secret('p'), plugin)
  assert.equal(
    made('8.0.36', 'mysql_native_password'),
    "CREATE USER 'o''app'@'10.%' IDENTIFIED WITH mysql_native_password BY 'p'",
  )
  assert.equal(made('8.0.36', 'auth_socket'), "CREATE USER 'o''app'@'10.%' IDENTIFIED BY 'p'")
  assert.equal(made('8.0.36', "x BY ''"), "CREATE USER 'o''app'@'10.%' IDENTIFIED BY 'p'")
  assert.equal(made('5.6.51', 'mysql_native_password'), "CREATE USER 'o''app'@'10.%' IDENTIFIED BY 'p'")
  assert.equal(made('10.11.6-MariaDB', 'mysql_native_password'), "CREATE USER 'o''app'@'10.%' IDENTIFIED BY 'p'")
})

test('the session of a server that knows NO_AUTO_CREATE_USER has it: GRANT makes no user without a password', () => {
  assert.equal(sessionMode(versionOf('8.0.36')), 'NO_BACKSLASH_ESCAPES')
  assert.equal(sessionMode(versionOf('5.7.44')), 'NO_AUTO_CREATE_USER,NO_BACKSLASH_ESCAPES')
  assert.equal(sessionMode(versionOf('11.4.2-MariaDB')), 'NO_AUTO_CREATE_USER,NO_BACKSLASH_ESCAPES')
})

const row = (host: string, ...rest: string[]) =>
  userRow([host, 'caching_sha2_password', ...rest, ...['', '', '', '', '0', '0', '0', '0', ''].slice(rest.length)])

test('who stops a question that takes long: MySQL from 5.7.8 on, MariaDB from 10.1.1 on', () => {
  const limits = (version: string) => statementLimit(versionOf(version), 5000)
  assert.deepEqual(limits('8.0.36'), ['SET SESSION max_execution_time = 5000'])
  assert.deepEqual(limits('5.7.7'), [])
  assert.deepEqual(limits('10.11.6-MariaDB-log'), ['SET SESSION max_statement_time = 5'])
  assert.deepEqual(limits('10.0.38-MariaDB'), [])
})

test('what an account must show of TLS', () => {
  const text = (...tls: string[]) => requirements(versionOf('8.0.36'), app, row('%', ...tls))
  const none = 'MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0 MAX_USER_CONNECTIONS 0'
  assert.equal(text(''), `ALTER USER 'o''app'@'10.%' REQUIRE NONE WITH ${none}`)
  assert.equal(text('ANY'), `ALTER USER 'o''app'@'10.%' REQUIRE SSL WITH ${none}`)
  assert.equal(text('X509'), `ALTER USER 'o''app'@'10.%' REQUIRE X509 WITH ${none}`)
  assert.equal(
    text('SPECIFIED', 'AES', '/CN=i', "/CN=o'b", '1', '2', '3', '4'),
    "ALTER USER 'o''app'@'10.%' REQUIRE CIPHER 'AES' AND ISSUER '/CN=i' AND SUBJECT '/CN=o''b' WITH MAX_QUERIES_PER_HOUR 1 MAX_UPDATES_PER_HOUR 2 MAX_CONNECTIONS_PER_HOUR 3 MAX_USER_CONNECTIONS 4",
  )
  assert.throws(() => text('SPECIFIED'), /TLS requirement/)
  assert.throws(() => text('WHATEVER'), /TLS requirement/)
  assert.throws(() => text('', '', '', '', '1; DROP'), /limits/)
  assert.equal(
    requirements(versionOf('5.6.51'), app, row('%', 'ANY')),
    `GRANT USAGE ON *.* TO 'o''app'@'10.%' REQUIRE SSL WITH ${none}`,
  )
})

test('default roles', () => {
  assert.equal(
    setDefaultRoles(eight as typeof old, app, ['`r`@`%`', '`s`@`%`']),
    "SET DEFAULT ROLE `r`@`%`, `s`@`%` TO 'o''app'@'10.%'",
  )
  assert.equal(setDefaultRoles(maria as typeof old, app, ['`r`']), "SET DEFAULT ROLE `r` FOR 'o''app'@'10.%'")
  assert.equal(setDefaultRoles(maria as typeof old, app, []), "SET DEFAULT ROLE NONE FOR 'o''app'@'10.%'")
  assert.equal(
    defaultRoleRows(app),
    "SELECT DEFAULT_ROLE_USER, DEFAULT_ROLE_HOST FROM mysql.default_roles WHERE USER = 'o''app' AND HOST = '10.%'",
  )
  assert.match(userRows(eight as typeof old, "a'"), /max_user_connections, '' FROM mysql\.user WHERE User = 'a'''$/)
  assert.match(userRows(maria as typeof old, 'a'), /default_role FROM mysql\.user WHERE User = 'a' AND is_role = 'N'$/)
})

test('of several accounts the one that lets us in is meant: the most specific host that fits', () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ['%', '10.0.0.5', '%'],
    // the only one: the login with the current password went through it
    ['db.example', '10.0.0.5', 'db.example'],
    ['% 10.%', '10.0.0.5', '10.%'],
    ['% 10.% 10.0.% 10.0.0.5', '10.0.0.5', '10.0.0.5'],
    ['% 10.% 10.0.%', '10.0.0.5', '10.0.%'],
    ['% 11.%', '10.0.0.5', '%'],
    ['10.% 11.%', '12.0.0.5', undefined],
    ['% 10.0.0.0/255.255.0.0', '10.0.0.5', '10.0.0.0/255.255.0.0'],
    ['% 10.1.0.0/255.255.0.0', '10.0.0.5', '%'],
    ['% 10.0.0.0/8', '10.0.0.5', '10.0.0.0/8'],
    ['% 10.0.0.0/99', '10.0.0.5', '%'],
    ['% localhost', 'localhost', 'localhost'],
    ['db% db.%.Example.org', 'db.x.example.ORG', 'db.%.Example.org'],
    // the server, too, ranks by the place of the first wildcard only
    ['% %.example.org', 'db.example.org', undefined],
    ['% 10.0.0._', '10.0.0.5', '10.0.0._'],
    ['% 10.0.0._', '10.0.0.55', '%'],
    // shown a name, nobody can tell whether the address fits
    ['% 10.%', 'db.example.org', undefined],
    ['10.%5 10.%6', '10.0.0.56', '10.%6'],
    ['10.%5 10.%', '10.0.0.5', undefined],
    ['::1 %', '::1', '::1'],
  ]
  for (const [hosts, address, expected] of cases) {
    const chosen = () =>
      chooseAccount(
        hosts.split(' ').map((host) => row(host)),
        address,
      ).host
    if (expected === undefined) assert.throws(chosen, /several accounts/, `${hosts} from ${address}`)
    else assert.equal(chosen(), expected, `${hosts} from ${address}`)
  }
  assert.throws(() => chooseAccount([], '10.0.0.5'), /no account/)
})

test('a host of many wildcards takes no time', async () => {
  const work = await workOf(() =>
    assert.throws(
      () => chooseAccount([row(`${'%a'.repeat(120)}b`), row(`${'%_a'.repeat(80)}b`)], 'a'.repeat(255)),
      /several/,
    ),
  )
  assert.ok(work < 200, `${work} ms`)
})

/** Reads a literal as a server with NO_BACKSLASH_ESCAPES does. */
function unquoted(text: string, quote: string): string {
  assert.equal(text[0], quote)
  let value = ''
  for (let at = 1; ; at += 1) {
    assert.ok(at < text.length, 'the literal does not end')
    if (text[at] !== quote) value += text[at]
    else if (text[at + 1] === quote) {
      value += quote
      at += 1
    } else {
      assert.equal(at, text.length - 1, 'something stands behind the literal')
      return value
    }
  }
}

test('literals and names say what they were made of, and nothing else', () => {
  const any = fc.string({
    unit: fc.oneof(
      fc.constantFrom("'", '`', '"', '\\', '\n', ';', '--'),
      fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }),
    ),
  })
  fc.assert(
    fc.property(any, (text) => {
      fc.pre(!text.includes('\0'))
      assert.equal(unquoted(literal(text), "'"), text)
      assert.equal(unquoted(identifier(text), '`'), text)
    }),
  )
  assert.equal(accountText({ name: "a'@'b", host: "%'" }), "'a''@''b'@'%'''")
})

test('NUL and halves of surrogate pairs are refused', () => {
  for (const text of ['a\0b', '\ud800', 'x\udc00y']) {
    assert.throws(() => literal(text), { name: 'FunctionFault' })
    assert.throws(() => identifier(text), { name: 'FunctionFault' })
  }
})
