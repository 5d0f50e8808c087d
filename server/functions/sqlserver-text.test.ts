import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '#kernel/values/bytes'
import {
  createContainedUser,
  createLogin,
  createUser,
  identifier,
  literal,
  otherName,
  setPassword,
  whether,
} from './sqlserver-text.ts'
import { fault } from './test/fault.ts'
import { type Account, parse } from './test/tds/sql.ts'

/** Strings made of what quoting is about. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ']',
        ']]',
        '[',
        "'",
        "''",
        '"',
        '\\',
        ';',
        '--',
        '/*',
        '*/',
        '\n',
        '\r\n',
        '\t',
        '.',
        '::',
        'N',
        ' DROP LOGIN ',
        "' OLD_PASSWORD=N'",
        '] ADD MEMBER [sa',
        '\u2019',
        'ß',
        '密碼',
        '😀',
        '\u{10FFFF}',
        ' ',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join('').replaceAll('\0', '').slice(0, 128).toWellFormed())
  .filter((text) => text !== '')
const password = hostile.filter((text) => !/\\[\r\n]/.test(text))

const readBack = (sql: string) => parse(sql) as Account

test('whatever a name or password is made of, the statement is one, and says just that', () => {
  fc.assert(
    fc.property(hostile, password, password, (name, next, old) => {
      const own = readBack(setPassword('LOGIN', name, new Secret(next), new Secret(old)))
      assert.deepEqual(
        { ...own, options: [...own.options] },
        {
          is: 'alter',
          what: 'LOGIN',
          name,
          login: undefined,
          options: [
            ['PASSWORD', next],
            ['OLD_PASSWORD', old],
          ],
        },
      )
      const like = { database: name, language: 'us_english', policy: true, expiration: false }
      const login = readBack(createLogin(name, new Secret(next), like))
      assert.equal(login.name, name)
      assert.deepEqual(Object.fromEntries(login.options), {
        PASSWORD: next,
        DEFAULT_DATABASE: name,
        DEFAULT_LANGUAGE: 'us_english',
        CHECK_EXPIRATION: 'OFF',
        CHECK_POLICY: 'ON',
      })
      const user = readBack(createUser(name, old, { schema: next }))
      assert.deepEqual([user.name, user.login, [...user.options]], [name, old, [['DEFAULT_SCHEMA', next]]])
      const contained = readBack(createContainedUser(name, new Secret(next), { schema: old, language: name }))
      assert.deepEqual([contained.name, [...contained.options.values()]], [name, [next, old, name]])
    }),
    { numRuns: 300 },
  )
})

test('what no quoting carries over is refused, and is in no message', () => {
  for (const quote of [(text: string) => identifier(text), (text: string) => literal(text, 'password')]) {
    assert.throws(() => quote(''), fault(/is empty$/))
    assert.throws(() => quote('a\0b'), fault(/holds a NUL character$/))
    assert.throws(() => quote('a\ud800b'), fault(/is no well-formed Unicode$/))
    assert.throws(() => quote('s'.repeat(129)), fault(/is longer than 128 characters$/))
    assert.equal(quote('s'.repeat(128)).includes('s'.repeat(128)), true)
  }
  // 128 are units of UTF-16: an astral character is two
  assert.throws(() => identifier('😀'.repeat(65)), fault(/longer than 128/))
  assert.equal(identifier('😀'.repeat(64)).length, 130)
})

// Source: Backslash (Line Continuation), Transact-SQL
test('a backslash at the end of a line would vanish from a literal: it is refused', () => {
  for (const text of ['a\\\nb', 'a\\\r\nb']) assert.throws(() => literal(text, 'password'), fault(/backslash/))
  assert.equal(literal('a\\b\n', 'password'), "N'a\\b\n'")
})

test('the other name takes turns', () => {
  assert.deepEqual(['app', 'app_clone', 'app_clone_clone', '_clone'].map(otherName), [
    'app_clone',
    'app',
    'app_clone',
    '',
  ])
})

test('a check is one query, whatever stands in it', () => {
  for (const query of [
    'SELECT 1',
    "SELECT count(*) FROM [dbo].[a(]]b] WHERE x = 'it''s ) --' AND y IN (1, (2))",
    'SELECT "a)" FROM t',
    'SELECT 1 ; DROP TABLE t',
  ])
    assert.equal(whether(query), `SELECT 1 AS found WHERE EXISTS (${query})`)
  for (const query of [
    'SELECT 1) DROP TABLE t SELECT (1',
    'SELECT 1 AS a) COMMIT --',
    'SELECT 1 /*',
    'SELECT 1 -- x',
    "SELECT 'a",
    'SELECT [a',
    'SELECT a]',
    'SELECT "a',
    'SELECT (1',
    'SELECT 1)',
    'SELECT \0',
    "SELECT ''')' ) DROP TABLE t",
  ])
    assert.throws(() => whether(query), fault(/^rotationCheck must be one SELECT/, 'CheckFailed'), query)
})
