import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import { mayBeReadable } from './readable-login.ts'

test('a login that can be read: with `ssl` false anywhere, without a word about it on this machine only', () => {
  const may = (host: string, tls: 'try' | 'require' | 'never') =>
    mayBeReadable({ engine: 'x', host, username: 'u', password: new Secret('p'), tls }, 'always')
  for (const host of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', 'localhost', 'LOCALHOST'])
    assert.deepEqual([may(host, 'try'), may(host, 'require'), may(host, 'never')], [true, false, true], host)
  for (const host of ['10.0.0.1', 'db', 'localhost.example', '127.1', '2130706433', '127.0.0.1.example', ''])
    assert.deepEqual([may(host, 'try'), may(host, 'require'), may(host, 'never')], [false, false, true], host)
})

test('a login that is readable because the server asks for it so: with `ssl` false only, on this machine too', () => {
  for (const host of ['127.0.0.1', 'localhost', '10.0.0.1'])
    for (const tls of ['try', 'require', 'never'] as const)
      assert.equal(
        mayBeReadable({ engine: 'x', host, username: 'u', password: new Secret('p'), tls }, 'asked'),
        tls === 'never',
        `${host} ${tls}`,
      )
})
