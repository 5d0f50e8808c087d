import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Grant, grantStatement, missing, reachesFar, readGrants } from './oracle-grants.ts'
import { fault } from './test/fault.ts'

const copied = (ddl: string) => readGrants(ddl, 'APP').map((grant) => grantStatement(grant, '"APP_CLONE"'))

test('grants are given on with all that they say, as DBMS_METADATA writes them', () => {
  const cases: [string, ...string[]][] = [
    [''],
    [
      '\n   GRANT "CONNECT" TO "APP"\n\n   GRANT "CLERK" TO "APP" WITH ADMIN OPTION\n',
      'GRANT "CONNECT" TO @',
      'GRANT "CLERK" TO @ WITH ADMIN OPTION',
    ],
    ['  GRANT CREATE SESSION TO "APP"', 'GRANT CREATE SESSION TO @'],
    ['GRANT UNLIMITED TABLESPACE TO "APP" WITH ADMIN OPTION;', 'GRANT UNLIMITED TABLESPACE TO @ WITH ADMIN OPTION'],
    ['GRANT SELECT ON "SHOP"."ORDERS" TO "APP"', 'GRANT SELECT ON "SHOP"."ORDERS" TO @'],
    // the object has the user's name: only the user is another one
    ['GRANT SELECT ON "APP"."APP" TO "APP"', 'GRANT SELECT ON "APP"."APP" TO @'],
    ['GRANT "APP" TO "APP"', 'GRANT "APP" TO @'],
    ['GRANT UPDATE ("A", "APP") ON "S"."T" TO "APP"', 'GRANT UPDATE ("A", "APP") ON "S"."T" TO @'],
    ['GRANT SELECT, INSERT ON "S"."T" TO "APP"', 'GRANT SELECT ON "S"."T" TO @', 'GRANT INSERT ON "S"."T" TO @'],
    [
      'GRANT READ ON DIRECTORY "DATA" TO "APP" WITH GRANT OPTION',
      'GRANT READ ON DIRECTORY "DATA" TO @ WITH GRANT OPTION',
    ],
    [
      'GRANT SELECT ON "S"."V" TO "APP" WITH HIERARCHY OPTION WITH GRANT OPTION',
      'GRANT SELECT ON "S"."V" TO @ WITH GRANT OPTION WITH HIERARCHY OPTION',
    ],
    ['GRANT INHERIT PRIVILEGES ON USER "X" TO "APP"', 'GRANT INHERIT PRIVILEGES ON USER "X" TO @'],
    ['GRANT CREATE SESSION TO "APP" CONTAINER=ALL', 'GRANT CREATE SESSION TO @ CONTAINER=ALL'],
  ]
  for (const [ddl, ...expected] of cases)
    assert.deepEqual(
      copied(ddl),
      expected.map((text) => text.replace('@', '"APP_CLONE"')),
      ddl,
    )
})

test('what cannot be read is refused as a whole', () => {
  const unreadable = [
    'GRANT CREATE SESSION TO "OTHER"',
    'GRANT CREATE SESSION TO APP',
    'GRANT CREATE SESSION TO "APP", "OTHER"',
    'GRANT CREATE SESSION TO "APP" IDENTIFIED BY "x"',
    'GRANT CREATE SESSION TO "APP" WITH GRANT OPTION',
    'GRANT SELECT ON "S"."T" TO "APP" WITH ADMIN OPTION',
    'GRANT SELECT ON S.T TO "APP"',
    'GRANT SELECT ON "S"."T TO "APP"',
    'GRANT SELECT ON "a"."x""y" TO "APP"',
    'GRANT "R" ON "S"."T" TO "APP"',
    'GRANT "R", CREATE SESSION TO "APP"',
    'GRANT SELECT ("A" ON "S"."T" TO "APP"',
    'GRANT SELECT () ON "S"."T" TO "APP"',
    'GRANT TO "APP"',
    'GRANT',
    'REVOKE CREATE SESSION FROM "APP"',
    'GRANT CREATE SESSION TO "APP" DROP USER "APP"',
    'GRANT CREATE SESSION TO "APP" -- x',
    'GRANT CREATE SESSION TO "APP" CONTAINER=X',
    'grant create session to "APP"',
    'GRANT '.repeat(10_000),
    '"'.repeat(9999),
    ' '.repeat(4_000_001),
  ]
  for (const ddl of unreadable) assert.throws(() => copied(ddl), fault(/cannot be read/), ddl.slice(0, 60))
})

test('as many rights as the database tells of at most may be fewer than there are', () => {
  const many = (count: number) => 'GRANT CREATE SESSION TO "APP"\n'.repeat(count)
  assert.equal(readGrants(many(9999), 'APP').length, 9999)
  assert.throws(() => readGrants(many(10_000), 'APP'), fault('the user has more rights than can be copied'))
})

test('names of any shape go through unchanged', () => {
  const name = fc
    .string({ minLength: 1, maxLength: 20, unit: fc.constantFrom(..."abAB'\\ .,;()=é😀-/*", ' TO ', ' ON ', 'GRANT') })
    .map((text) => `"${text}"`)
  fc.assert(
    fc.property(name, name, name, name, fc.boolean(), (user, owner, table, column, option) => {
      const withs = option ? ' WITH GRANT OPTION' : ''
      const ddl = `\n  GRANT UPDATE (${column}) ON ${owner}.${table} TO ${user}${withs}\n  GRANT ${table} TO ${user}`
      assert.deepEqual(readGrants(ddl, user.slice(1, -1)), [
        {
          what: `UPDATE (${column})`,
          role: false,
          on: `${owner}.${table}`,
          options: option ? ['GRANT'] : [],
          container: undefined,
        },
        { what: table, role: true, on: undefined, options: [], container: undefined },
      ] satisfies Grant[])
    }),
  )
})

test('missing: what is not held in full', () => {
  const read = (...texts: string[]) => readGrants(texts.map((text) => text.replace('@', '"APP"')).join('\n'), 'APP')
  const lacks = (wanted: string, ...present: string[]) => missing(read(wanted), read(...present)).length > 0
  assert.equal(lacks('GRANT SELECT ON "S"."T" TO @', 'GRANT SELECT ON "S"."T" TO @'), false)
  assert.equal(lacks('GRANT SELECT ON "S"."T" TO @', 'GRANT SELECT ON "S"."t" TO @'), true)
  assert.equal(lacks('GRANT "R" TO @', 'GRANT "R" TO @ WITH ADMIN OPTION'), false)
  assert.equal(lacks('GRANT "R" TO @ WITH ADMIN OPTION', 'GRANT "R" TO @'), true)
  assert.equal(lacks('GRANT "DBA" TO @', 'GRANT DBA TO @'), true)
})

test('rights over the database, roles, and rights on what belongs to it reach far', () => {
  const far = (ddl: string) => readGrants(`${ddl} TO "APP"`, 'APP').every(reachesFar)
  assert.equal(far('GRANT CREATE SESSION'), true)
  assert.equal(far('GRANT "CONNECT"'), true)
  assert.equal(far('GRANT EXECUTE ON "SYS"."DBMS_LOCK"'), true)
  assert.equal(far('GRANT INHERIT PRIVILEGES ON USER "SYS"'), true)
  assert.equal(far('GRANT SELECT ON "SHOP"."SYS"'), false)
})
