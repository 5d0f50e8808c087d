import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderIndex, header, rawRequest } from './request.ts'

test('HeaderIndex finds headers by lower-case name, in arrival order, repeated ones too', () => {
  const index = new HeaderIndex(['Host', 'a:1', 'X-Foo', '1', 'User-Agent', 'x', 'x-foo', '2', 'X-FOO', '3'])
  assert.equal(index.host, 'a:1')
  assert.equal(index.first('x-foo'), '1')
  assert.deepEqual(index.all('x-foo'), ['1', '2', '3'])
  assert.deepEqual(index.all('x-bar'), [])
  assert.equal(index.first('x-bar'), undefined)
  assert.equal(index.repeated, undefined)
})

test('HeaderIndex answers the same when there are so many headers that it keeps a map', () => {
  const flat = Array.from({ length: 500 }, (_, i) => [`X-${i % 7}`, String(i)]).flat()
  const index = new HeaderIndex(flat)
  assert.deepEqual(
    index.all('x-3'),
    Array.from({ length: 500 }, (_, i) => i)
      .filter((i) => i % 7 === 3)
      .map(String),
  )
  assert.equal(index.first('x-6'), '6')
  assert.equal(index.first('__proto__'), undefined)
  assert.equal(index.at('x-6', 499), -1)
  assert.equal(index.at('x-3', 3), 3)
  const same = new HeaderIndex(Array.from({ length: 100 }, (_, i) => ['X-A', String(i)]).flat())
  assert.deepEqual(
    same.all('x-a'),
    Array.from({ length: 100 }, (_, i) => String(i)),
  )
})

test('HeaderIndex notices each header that we act on when it comes twice', () => {
  for (const name of [
    'host',
    'date',
    'authorization',
    'x-amz-date',
    'x-amz-target',
    'x-amz-security-token',
    'x-amz-content-sha256',
    'content-type',
    'content-length',
  ]) {
    assert.equal(new HeaderIndex([name, 'a', name.toUpperCase(), 'a']).repeated, name)
    assert.equal(new HeaderIndex([name, 'a', `${name}x`, 'a']).repeated, undefined)
  }
})

test('rawRequest keeps what it was given and answers for its headers', () => {
  const body = Buffer.from('{}')
  const request = rawRequest({
    method: 'POST',
    target: '/?a',
    headers: ['Content-Type', 'x'],
    body,
    remoteAddress: '::1',
    secure: true,
    tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
  })
  assert.equal(request.target, '/?a')
  assert.equal(request.body, body)
  assert.equal(request.tls?.version, 'TLSv1.3')
  assert.equal(header(request, 'content-type'), 'x')
})
