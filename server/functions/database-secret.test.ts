import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '#kernel/values/bytes'
import { isManagedByRds, readSecret, withCredentials } from './database-secret.ts'
import { postgres } from './postgres.ts'
import { fault } from './test/fault.ts'

const whole = { engine: 'postgres', host: 'db.example.com', username: 'app', password: 'p' }
const read = (value: unknown) =>
  readSecret(new Secret(typeof value === 'string' ? value : JSON.stringify(value)), postgres)

test('what a database needs is read; the rest has defaults of the engine', () => {
  const { password, text, ...rest } = read({ ...whole, port: '6000', dbname: 'shop', masterarn: 'arn:x' })
  assert.equal(password.reveal(), 'p')
  assert.equal(JSON.parse(text.reveal()).port, '6000')
  assert.deepEqual(rest, {
    engine: 'postgres',
    host: 'db.example.com',
    username: 'app',
    port: 6000,
    dbname: 'shop',
    tls: 'try',
    ca: undefined,
    masterarn: 'arn:x',
    check: undefined,
  })
  const bare = read(whole)
  assert.deepEqual([bare.port, bare.dbname, bare.masterarn], [undefined, undefined, undefined])
  assert.equal(read({ ...whole, port: 6001, dbname: '' }).port, 6001)
  assert.equal(read({ ...whole, engine: 'aurora-postgresql' }).engine, 'aurora-postgresql')
})

test('what is wrong is said in the words of the published functions. Source: rotation.md 8.1', () => {
  const engine = "Database engine must be set to 'postgres' in order to use this rotation lambda"
  assert.throws(() => read({ ...whole, engine: 'mysql' }), fault(engine, 'KeyError'))
  assert.throws(() => read({ ...whole, engine: 'POSTGRES' }), fault(engine, 'KeyError'))
  assert.throws(() => read({ host: 'h' }), fault(engine, 'KeyError'))
  for (const key of ['host', 'username', 'password'])
    assert.throws(
      () => read({ ...whole, [key]: undefined }),
      fault(`${key} key is missing from secret JSON`, 'KeyError'),
    )
})

test('what no function can work with: the message holds nothing of the value', () => {
  assert.throws(() => read('hunter2'), fault('the secret value is not JSON', 'JSONDecodeError'))
  assert.throws(() => read('{"password":"hunter2'), fault('the secret value is not JSON', 'JSONDecodeError'))
  for (const value of ['"hunter2"', '["hunter2"]', 'null', '1'])
    assert.throws(() => read(value), fault('the secret value is no JSON object'))
  assert.throws(() => read('['.repeat(30_000)), fault('the secret value is not JSON', 'JSONDecodeError'))
  assert.throws(() => read(' '.repeat(65_537)), fault('the secret value is longer than 65536 bytes'))
  assert.throws(() => read({ ...whole, password: 5 }), fault('password of the secret JSON must be a string'))
  assert.throws(() => read({ ...whole, password: '' }), fault('password of the secret JSON is empty'))
  assert.throws(() => read({ ...whole, username: 'a\0b' }), fault('username of the secret JSON has a NUL character'))
  assert.throws(() => read({ ...whole, dbname: {} }), fault('dbname of the secret JSON must be a string'))
  assert.throws(
    () => read({ ...whole, host: '/var/run/postgresql' }),
    fault('host of the secret JSON must be a host name or an address'),
  )
  for (const port of [0, 65_536, 1.5, 'x', '5432;', true, {}])
    assert.throws(() => read({ ...whole, port }), fault('port of the secret JSON must be a number from 1 to 65535'))
  // what every object has is no key of the secret
  assert.throws(() => read('{"__proto__":{"engine":"postgres"}}'), fault(/^Database engine/, 'KeyError'))
})

test('whether TLS is tried, asked for or left out. Source: rotation.md 8.2', () => {
  const said: [unknown, string][] = [
    [undefined, 'try'],
    [null, 'try'],
    ['prefer', 'try'],
    [1, 'try'],
    [true, 'require'],
    ['True', 'require'],
    [false, 'never'],
    ['FALSE', 'never'],
  ]
  for (const [ssl, tls] of said) assert.equal(read({ ...whole, ssl }).tls, tls, String(ssl))
})

test('an authority of one’s own is a certificate; a path of the application is none of ours', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n'
  assert.equal(read({ ...whole, ca: pem }).ca, pem)
  assert.equal(read({ ...whole, sslrootcert: pem }).ca, pem)
  assert.equal(read({ ...whole, sslrootcert: '/certs/ca.pem' }).ca, undefined)
})

test('the form of users that RDS manages', () => {
  assert.equal(isManagedByRds(new Secret('{"username":"a","password":"b"}')), true)
  assert.equal(isManagedByRds(new Secret('{"username":"a","password":"b","host":"c"}')), false)
  assert.equal(isManagedByRds(new Secret('{"username":"a"}')), false)
})

test('writing back replaces username and password, and every other byte stays', () => {
  const text = `\n{ "2":1, "1" : 12345678901234567890,"password":"old" ,"nested":{"password":"kept","x":[1,{"username":2}]},
  "e":1e400,"pass\\u0077ord" : "twice",  "username":null,"q\\"}":"},\\"password\\":1","port": 5432.0 }`
  assert.equal(
    withCredentials(new Secret(text), new Secret('n"e\\w'), 'clone').reveal(),
    text
      .replace('"password":"old"', '"password":"n\\"e\\\\w"')
      .replace('"twice"', '"n\\"e\\\\w"')
      .replace('"username":null', '"username":"clone"'),
  )
  assert.equal(withCredentials(new Secret('{}'), new Secret('x')).reveal(), '{}')
})

test('whatever the object holds, only the two values change', () => {
  const object = fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('username', 'password')), fc.jsonValue())
  fc.assert(
    fc.property(
      object,
      fc.string(),
      fc.string(),
      fc.constantFrom(undefined, 2, '\t'),
      (value, name, password, space) => {
        const text = JSON.stringify({ ...value, username: 'u', password: 'p' }, null, space)
        const out = withCredentials(new Secret(text), new Secret(password), name).reveal()
        assert.deepEqual(JSON.parse(out), JSON.parse(JSON.stringify({ ...value, username: name, password })))
      },
    ),
  )
})
