import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Grant, grantStatements, missing, reachesFar, readGrants } from './mysql-grants.ts'
import { identifier } from './mysql-text.ts'

/*
 * MySQL is not at hand here: its rows stand as its Reference Manual shows them (5.7 and 8.x, SHOW GRANTS, "Privilege Restriction
 * Using Partial Revokes", "Using Roles"). MariaDB's are also asked of a real server, in mysql.test.ts.
 */

const app = { name: 'app', host: '10.%' }
const clone = { name: 'app_clone', host: '10.%' }
const copied = (row: string, account = app) => grantStatements(readGrants([row], account), clone)

test('a row of SHOW GRANTS is written again for another account, with its options', () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['GRANT USAGE ON *.* TO `app`@`10.%`', undefined],
    ["GRANT USAGE ON *.* TO 'app'@'10.%' IDENTIFIED BY PASSWORD <secret>", undefined],
    [
      "GRANT SELECT, FILE ON *.* TO `app`@`10.%` IDENTIFIED BY PASSWORD '*AB' REQUIRE SUBJECT '/CN=a' WITH GRANT OPTION MAX_QUERIES_PER_HOUR 5 MAX_STATEMENT_TIME 1.500000",
      'GRANT SELECT, FILE ON *.* TO @ WITH GRANT OPTION',
    ],
    // who names a certificate does not give rights with it
    ["GRANT SELECT ON *.* TO `app`@`10.%` REQUIRE SUBJECT '/CN= WITH GRANT OPTION'", 'GRANT SELECT ON *.* TO @'],
    ['GRANT USAGE ON *.* TO `app`@`10.%` WITH GRANT OPTION', 'GRANT USAGE ON *.* TO @ WITH GRANT OPTION'],
    [
      'GRANT ALL PRIVILEGES ON `d\\_b`.* TO `app`@`10.%` WITH GRANT OPTION',
      'GRANT ALL PRIVILEGES ON `d\\_b`.* TO @ WITH GRANT OPTION',
    ],
    [
      'GRANT SELECT (`a`, `b)c`), INSERT, UPDATE (`x``y`) ON `d`.`t TO u` TO `app`@`10.%`',
      'GRANT SELECT (`a`, `b)c`), INSERT, UPDATE (`x``y`) ON `d`.`t TO u` TO @',
    ],
    ['GRANT EXECUTE ON PROCEDURE `d`.`p` TO `app`@`10.%`', 'GRANT EXECUTE ON PROCEDURE `d`.`p` TO @'],
    ['GRANT EXECUTE ON PACKAGE BODY `d`.`p` TO `app`@`10.%`', 'GRANT EXECUTE ON PACKAGE BODY `d`.`p` TO @'],
    // MySQL 8: dynamic privileges come without blanks; roles have hosts
    [
      'GRANT BACKUP_ADMIN,CONNECTION_ADMIN ON *.* TO `app`@`10.%` WITH GRANT OPTION',
      'GRANT BACKUP_ADMIN, CONNECTION_ADMIN ON *.* TO @ WITH GRANT OPTION',
    ],
    [
      'GRANT `r`@`%`,`a TO b`@`h` TO `app`@`10.%` WITH ADMIN OPTION',
      'GRANT `r`@`%`, `a TO b`@`h` TO @ WITH ADMIN OPTION',
    ],
    ['REVOKE INSERT, UPDATE ON `mysql`.* FROM `app`@`10.%`', 'REVOKE INSERT, UPDATE ON `mysql`.* FROM @'],
    // MariaDB
    ['GRANT `r` TO `app`@`10.%`', 'GRANT `r` TO @'],
    ['GRANT SELECT ON `d`.* TO PUBLIC', undefined],
    ['SET DEFAULT ROLE `r` FOR `app`@`10.%`', undefined],
  ]
  for (const [row, expected] of rows)
    assert.deepEqual(copied(row), expected === undefined ? [] : [expected.replace(' @', " 'app_clone'@'10.%'")], row)
})

test('what cannot be copied faithfully is refused', () => {
  const rows = [
    "GRANT PROXY ON ''@'' TO 'app'@'10.%' WITH GRANT OPTION",
    'GRANT PROXY ON `a`@`b` TO `app`@`10.%`',
    'GRANT SELECT ON *.* TO `other`@`10.%`',
    'GRANT SELECT ON *.* TO `app`@`%`',
    'GRANT SELECT ON *.* TO `app`@`10.%` FOR CHANNEL x',
    'GRANT SELECT ON *.* TO `app`@`10.%`; DROP TABLE t',
    'GRANT select ON *.* TO `app`@`10.%`',
    'GRANT SELECT ON d.t TO `app`@`10.%`',
    'GRANT SELECT ON `d TO `app`@`10.%`',
    'GRANT SELECT (a) ON `d`.`t` TO `app`@`10.%`',
    'GRANT SELECT (`a` ON `d`.`t` TO `app`@`10.%`',
    'GRANT `r` TO `app`@`10.%` WITH GRANT OPTION',
    'REVOKE SELECT ON `d`.* FROM `app`@`10.%` CASCADE',
    '',
    'GRANT',
    'GRANT '.repeat(100_000),
    `GRANT ${'A '.repeat(300_000)}`,
  ]
  for (const row of rows) assert.throws(() => copied(row), { name: 'FunctionFault' }, row.slice(0, 80))
})

test('MySQL 5.7 writes quotes of an account as they are', () => {
  const odd = { name: "a' TO 'b", host: '%' }
  assert.deepEqual(copied("GRANT SELECT ON `d`.* TO 'a' TO 'b'@'%' WITH GRANT OPTION", odd), [
    "GRANT SELECT ON `d`.* TO 'app_clone'@'10.%' WITH GRANT OPTION",
  ])
})

test('partial revokes come after all grants', () => {
  const rows = ['REVOKE SELECT ON `mysql`.* FROM `app`@`10.%`', 'GRANT SELECT ON *.* TO `app`@`10.%`']
  assert.deepEqual(grantStatements(readGrants(rows, app), clone), [
    "GRANT SELECT ON *.* TO 'app_clone'@'10.%'",
    "REVOKE SELECT ON `mysql`.* FROM 'app_clone'@'10.%'",
  ])
})

test('missing: what the clone does not hold in full, by privilege, column and option', () => {
  const lacks = (wanted: string, ...present: string[]) => {
    const to = '`app`@`10.%`'
    const read = (rows: readonly string[]) =>
      readGrants(
        rows.map((row) => row.replace('@', to)),
        app,
      )
    return missing(read([wanted]), read(present)).length > 0
  }
  assert.equal(lacks('GRANT SELECT ON `d`.* TO @', 'GRANT SELECT, INSERT ON `d`.* TO @'), false)
  assert.equal(lacks('GRANT SELECT ON `d`.* TO @', 'GRANT ALL PRIVILEGES ON `d`.* TO @'), false)
  assert.equal(lacks('GRANT SELECT ON `d`.* TO @', 'GRANT SELECT ON `D`.* TO @'), true)
  assert.equal(lacks('GRANT SELECT, INSERT ON `d`.* TO @', 'GRANT SELECT ON `d`.* TO @'), true)
  assert.equal(lacks('GRANT SELECT ON `d`.* TO @ WITH GRANT OPTION', 'GRANT ALL PRIVILEGES ON `d`.* TO @'), true)
  assert.equal(lacks('GRANT SELECT (`a`, `b`) ON `d`.`t` TO @', 'GRANT SELECT (`b`) ON `d`.`t` TO @'), true)
  assert.equal(lacks('GRANT SELECT (`a`, `b`) ON `d`.`t` TO @', 'GRANT SELECT (`b`, `a`, `c`) ON `d`.`t` TO @'), false)
  assert.equal(lacks('GRANT `r` TO @ WITH ADMIN OPTION', 'GRANT `r` TO @'), true)
  assert.equal(lacks('GRANT `r` TO @', 'GRANT `r`,`s` TO @ WITH ADMIN OPTION'), false)
  assert.equal(lacks('GRANT USAGE ON *.* TO @ WITH GRANT OPTION', 'GRANT SELECT ON *.* TO @ WITH GRANT OPTION'), false)
  assert.equal(lacks('REVOKE SELECT ON `d`.* FROM @', 'GRANT ALL PRIVILEGES ON `d`.* TO @'), true)
})

test('rights over the server, over its users, and roles reach far', () => {
  const far = (row: string) => readGrants([row], app).every(reachesFar)
  assert.equal(far('GRANT SELECT ON *.* TO `app`@`10.%`'), true)
  assert.equal(far('GRANT SELECT ON `mysql`.`user` TO `app`@`10.%`'), true)
  assert.equal(far('GRANT `r` TO `app`@`10.%`'), true)
  assert.equal(far('GRANT ALL PRIVILEGES ON `d`.* TO `app`@`10.%`'), false)
})

test('names of any shape go through a row unchanged', () => {
  const name = fc.string({
    minLength: 1,
    maxLength: 30,
    unit: fc.constantFrom(...'ab`\'"\\ .,;()@*%😀é', ' TO ', ' ON ', '; drop'),
  })
  fc.assert(
    fc.property(name, name, name, name, fc.boolean(), (user, database, table, column, option) => {
      const account = { name: user, host: '%' }
      const rows = [
        `GRANT SELECT (${identifier(column)}), INSERT ON ${identifier(database)}.${identifier(table)} TO ${identifier(user)}@\`%\`${option ? ' WITH GRANT OPTION' : ''}`,
        `GRANT ${identifier(table)}@${identifier(column)} TO ${identifier(user)}@\`%\``,
      ]
      assert.deepEqual(readGrants(rows, account), [
        {
          verb: 'GRANT',
          privileges: [{ name: 'SELECT', columns: [column] }, { name: 'INSERT' }],
          on: `${identifier(database)}.${identifier(table)}`,
          option,
        },
        { verb: 'ROLE', roles: [`${identifier(table)}@${identifier(column)}`], option: false },
      ] satisfies Grant[])
    }),
  )
})
