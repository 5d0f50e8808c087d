import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '#kernel/values/bytes'
import { type DatabaseSecret, FunctionFault } from './function.ts'
import { cloneName, descriptor, dictionaryName, identifier, nameSize, quotedPassword } from './oracle-text.ts'
import { fault } from './test/fault.ts'
import { tokensOf } from './test/tns/sql.ts'

const secret = (change: Partial<DatabaseSecret>): DatabaseSecret => ({
  engine: 'oracle',
  host: 'db.example.com',
  username: 'app',
  password: new Secret('p'),
  dbname: 'ORCL',
  tls: 'try',
  ...change,
})

test('a name is in capitals unless it is in double quotes; its clone too. Source: rotation.md 8.5', () => {
  const names: [string, string, string][] = [
    ['app', 'APP', 'APP_CLONE'],
    ['App_Clone', 'APP_CLONE', 'APP'],
    ['C##APP', 'C##APP', 'C##APP_CLONE'],
    ['my-user', 'MY-USER', 'MY-USER_CLONE'],
    ['"App"', 'App', '"App_CLONE"'],
    ['"App_CLONE"', 'App_CLONE', '"App"'],
    ['"ü ()[];"', 'ü ()[];', '"ü ()[];_CLONE"'],
  ]
  for (const [name, inDictionary, clone] of names)
    assert.deepEqual([dictionaryName(name), cloneName(name)], [inDictionary, clone])
  assert.deepEqual(['app', '"app"', '"ü"'].map(nameSize), [3, 3, 2])
})

test('what no quoting carries over is refused, and so is a login as somebody else', () => {
  for (const name of ['', '"', '""', 'a"b', '"a"b"', 'a[b]', 'a b', 'a/b', 'a@b', 'ü', "a'b", 'a;b', 'a\nb', ' app'])
    assert.throws(() => dictionaryName(name), fault(/^the name of the user must be in double quotes/), name)
  assert.throws(() => dictionaryName('a\0'), fault('the name of the user holds a NUL character'))
  assert.throws(() => dictionaryName('"\ud800"'), fault('the name of the user is no well-formed Unicode'))
  assert.throws(
    () => quotedPassword('a"b'),
    fault('the password holds a double quote, which Oracle has no way to write'),
  )
  assert.throws(() => quotedPassword('a\0b'), fault('the password holds a NUL character'))
  assert.throws(() => quotedPassword('\udc00'), fault('the password is no well-formed Unicode'))
  assert.throws(() => identifier('a"b'), fault('a name of the database cannot be quoted'))
  assert.throws(() => identifier(''), fault('a name of the database cannot be quoted'))
})

test('a password is one word of a statement, whatever it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (password) => {
      fc.pre(!/["\0]/.test(password))
      const words = tokensOf(`ALTER USER "A" IDENTIFIED BY ${quotedPassword(password)}`)
      assert.deepEqual(words.at(-1), { kind: 'quoted', text: password })
      assert.equal(words.length, 6)
    }),
  )
})

test('a descriptor names a service, or a sid if the secret says so, alike with TLS and without', () => {
  const times = '(CONNECT_TIMEOUT=5)(TRANSPORT_CONNECT_TIMEOUT=5)(RETRY_COUNT=0)'
  assert.equal(
    descriptor(secret({}), false, 5),
    `(DESCRIPTION=${times}(ADDRESS=(PROTOCOL=tcp)(HOST=db.example.com)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=ORCL)))`,
  )
  assert.equal(
    descriptor(secret({ sid: 'X1', port: 2484, host: '::1' }), true, 5),
    `(DESCRIPTION=${times}(ADDRESS=(PROTOCOL=tcps)(HOST=::1)(PORT=2484))(CONNECT_DATA=(SID=X1))(SECURITY=(SSL_SERVER_DN_MATCH=TRUE)))`,
  )
  assert.match(descriptor(secret({ service: 'pdb.example.com' }), false, 5), /\(SERVICE_NAME=pdb\.example\.com\)/)
  assert.throws(() => descriptor(secret({ dbname: undefined }), true, 5), fault(/^dbname key is missing/, 'KeyError'))
  assert.throws(() => descriptor(secret({ sid: 'a', service: 'b' }), true, 5), fault(/only one of them can be meant/))
  assert.throws(() => descriptor(secret({ port: 65_536 }), true, 5), fault('the port is out of range'))
})

/** The driver's own reading of a descriptor. */
const { createNVPair, findValue } = createRequire(import.meta.url)('oracledb/lib/thin/sqlnet/nvStrToNvPair.js') as {
  createNVPair(text: string): unknown
  findValue(pair: unknown, path: readonly string[]): string | null
}

test('no host and no name of a database says more than itself in a descriptor', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc
      .array(
        fc.constantFrom('(', ')', '=', ',', 'a', '.', '-', '"', "'", '\\', ' ', '\n', '#', '_', 'HOST=evil', '1'),
        {
          minLength: 1,
          maxLength: 12,
        },
      )
      .map((parts) => parts.join('')),
    fc.stringMatching(/^[a-z0-9.-]{1,20}$/),
  )
  let accepted = 0
  fc.assert(
    fc.property(part, part, fc.constantFrom('dbname', 'service', 'sid'), fc.boolean(), (host, name, key, tls) => {
      let text: string
      try {
        text = descriptor(secret({ host, [key]: name }), tls, 5)
      } catch (error) {
        assert.ok(error instanceof FunctionFault)
        return
      }
      accepted += 1
      const read = createNVPair(text)
      const found = (...path: string[]) => findValue(read, ['DESCRIPTION', ...path])
      assert.equal(found('ADDRESS', 'HOST'), host)
      assert.equal(found('ADDRESS', 'PROTOCOL'), tls ? 'tcps' : 'tcp')
      assert.equal(found('CONNECT_DATA', key === 'sid' ? 'SID' : 'SERVICE_NAME'), name)
      assert.equal(text.match(/\(/g)?.length, tls ? 12 : 10)
    }),
    { numRuns: 400 },
  )
  assert.ok(accepted > 5, `only ${accepted} were accepted`)
})
