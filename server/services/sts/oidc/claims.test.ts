import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { mint, newKey } from '../test/issuer.ts'
import { readClaims } from './claims.ts'
import { parseToken } from './token.ts'

const key = newKey('ES256')
const CLIENTS = ['app', 'more']

const read = (claims: object, url = 'Token.Example.com/Path') =>
  readClaims(parseToken(mint(key, { iss: `https://${url}`, sub: 's', aud: 'app', ...claims })), url, CLIENTS)
const keysOf = (claims: object) => Object.fromEntries(read(claims).keys)

test('claims become condition keys of the provider, in lower case', () => {
  assert.deepEqual(
    keysOf({
      Environment: 'Prod',
      groups: ['a', 'b'],
      none: [],
      number: 7,
      flag: true,
      object: {},
      mixed: ['a', 7],
      gone: null,
    }),
    {
      'token.example.com/path:iss': 'https://Token.Example.com/Path',
      'token.example.com/path:sub': 's',
      'token.example.com/path:aud': 'app',
      'token.example.com/path:environment': 'Prod',
      'token.example.com/path:groups': ['a', 'b'],
      'token.example.com/path:none': [],
    },
  )
})

test('aud is the audience that is registered; with azp it is azp, and oaud is aud (access.md 4.2)', () => {
  const audiences = (claims: object) => {
    const { audience, keys } = read(claims)
    return [audience, keys.get('token.example.com/path:aud'), keys.get('token.example.com/path:oaud')]
  }
  assert.deepEqual(audiences({}), ['app', 'app', undefined])
  assert.deepEqual(audiences({ aud: ['x', 'more', 'app'] }), ['more', 'more', undefined])
  assert.deepEqual(audiences({ aud: 'api', azp: 'app' }), ['app', 'app', 'api'])
  assert.deepEqual(audiences({ aud: ['api', 'b'], azp: 'app' }), ['app', 'app', ['api', 'b']])
  // A claim of that name is not what policies mean by it.
  assert.deepEqual(audiences({ oaud: 'api' }), ['app', 'app', undefined])
  assert.deepEqual(audiences({ oaud: 'other', aud: 'api', azp: 'app' }), ['app', 'app', 'api'])
})

test('names of claims reach no prototype', () => {
  const { keys } = read(JSON.parse('{"__proto__": "x", "constructor": "y"}'))
  assert.equal(keys.get('token.example.com/path:__proto__'), 'x')
  assert.equal(keys.get('token.example.com/path:constructor'), 'y')
})

test('session tags: fifty at the most, keys and values as for every tag', () => {
  const tagged = (principal_tags: object, transitive_tag_keys?: unknown) =>
    read({ 'https://aws.amazon.com/tags': { principal_tags, transitive_tag_keys } }).session
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, ['v']]))
  assert.equal(tagged(many(50)).tags.size, 50)
  const refused = (work: () => unknown, code: string) =>
    assert.throws(work, (error) => error instanceof ApiError && error.code === code)
  refused(() => tagged(many(51)), 'InvalidIdentityToken')
  refused(() => tagged({ a: ['v'] }, ['b']), 'InvalidParameterValue')
  refused(() => tagged({ a: ['v'], A: ['v'] }), 'InvalidParameterValue')
  refused(() => tagged({ 'a*': ['v'] }), 'ValidationError')
  assert.deepEqual([...tagged({ Team: ['red'] }, ['team']).transitive], ['team'])
})
