import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConnectionOptions } from 'node:tls'
import fc from 'fast-check'
import type { StorageError } from '#kernel/storage/error'
import { connectionOf, encodeText } from './connection.ts'

test('a database URL is read with all its parts, decoded', () => {
  const { host, port, user, password, database } = connectionOf(
    'postgres://us%40er:p%2F%3Aw%25@db.example.com:6543/st%20ore',
  )
  assert.deepEqual(
    { host, port, user, password, database },
    {
      host: 'db.example.com',
      port: 6543,
      user: 'us@er',
      password: 'p/:w%',
      database: 'st ore',
    },
  )
  assert.equal(connectionOf('postgresql://[::1]/x').host, '::1')
  assert.equal(connectionOf('postgres://u@/x?host=/run/postgresql').host, '/run/postgresql')
  assert.equal(connectionOf('postgres:///x?host=/run/postgresql').database, 'x')
})

test('over the network the server is verified unless the URL says otherwise, and no mode falls back', () => {
  const tls = (url: string) => connectionOf(url).ssl as ConnectionOptions | false
  assert.equal(tls('postgres://127.0.0.1/x'), false)
  assert.equal(tls('postgres://u@/x?host=/tmp'), false)
  assert.equal(tls('postgres://db.example.com/x?sslmode=disable'), false)
  for (const mode of ['', '?sslmode=require', '?sslmode=verify-full']) {
    const options = tls(`postgres://db.example.com/x${mode}`)
    assert.ok(
      options !== false && options.rejectUnauthorized === undefined && options.checkServerIdentity === undefined,
      mode,
    )
  }
  assert.ok(tls('postgres://127.0.0.1/x?sslmode=verify-full'))
  assert.deepEqual(tls('postgres://h/x?sslmode=no-verify'), { minVersion: 'TLSv1.2', rejectUnauthorized: false })
  for (const mode of ['prefer', 'allow', 'nonsense'])
    assert.throws(() => tls(`postgres://h/x?sslmode=${mode}`), /not supported/)
  assert.throws(() => tls('postgres://h/x?sslmode=verify-ca'), /needs sslrootcert/)
  assert.throws(() => tls('postgres://h/x?sslrootcert=/no/such/file'), /file that sslrootcert/)
})

test('no error about a database URL shows its password', () => {
  const wrong = [
    'mysql://u:hunter2@h/x',
    'postgres://u:hunter2@h:port/x',
    'postgres://u:hunter2@h/x?nonsense=1',
    'postgres://u:hunter2%@h/x',
    'postgres://u:hunter2@h/x?sslmode=allow',
    'postgres://u:hun/ter2@h/x?a',
    'hunter2',
  ]
  for (const url of wrong)
    assert.throws(
      () => connectionOf(url),
      (error: StorageError) => {
        assert.doesNotMatch(
          `${error.message} ${error.hint} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`,
          /hun|ter2/,
        )
        assert.notEqual(error.hint, undefined, url)
        return true
      },
      url,
    )
})

test('a text is kept without NUL, comes back as it was, and in the same order of bytes', () => {
  const parse = connectionOf('postgres://localhost/x').types?.getTypeParser(25, 'text') as (text: string) => string
  const text = fc.string({ unit: fc.constantFrom('\0', '\x01', '\x02', 'a', 'é') })
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(encodeText(a).includes('\0'), false)
      assert.equal(parse(encodeText(a)), a)
      assert.equal(
        Math.sign(Buffer.compare(Buffer.from(encodeText(a)), Buffer.from(encodeText(b)))),
        Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))),
      )
    }),
  )
})
