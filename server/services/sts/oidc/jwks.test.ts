import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newKey } from '../test/issuer.ts'
import { candidates, keysIn } from './jwks.ts'

const rsa = newKey('RS256', 'r')
const curve = newKey('ES256', 'e')
const read = (...keys: unknown[]) => keysIn({ keys })?.map(({ kid, algorithms }) => [kid, algorithms])

test('keys are read with the algorithms that they may be used with', () => {
  assert.deepEqual(read(rsa.jwk, curve.jwk, newKey('ES384', 'x').jwk, newKey('ES512', 'y').jwk), [
    ['r', ['RS256', 'RS384', 'RS512']],
    ['e', ['ES256']],
    ['x', ['ES384']],
    ['y', ['ES512']],
  ])
  assert.deepEqual(read({ ...rsa.jwk, alg: 'RS384', kid: undefined }), [[undefined, ['RS384']]])
})

test('what is no key for signatures is left out, and the others stay', () => {
  const { jwk } = rsa
  const odd: unknown[] = [
    null,
    7,
    'x',
    [],
    {},
    { kty: 'oct', k: 'AAAA', kid: 'r' },
    { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' },
    { ...jwk, use: 'enc' },
    { ...jwk, key_ops: ['encrypt'] },
    { ...jwk, key_ops: 'verify' },
    { ...jwk, kid: 7 },
    { ...jwk, alg: 'HS256' },
    { ...jwk, alg: 'none' },
    { ...jwk, alg: 'PS256' },
    { ...jwk, n: '' },
    { ...jwk, n: 7 },
    { ...jwk, n: '!' },
    { ...jwk, n: 'A'.repeat(2000) },
    { ...jwk, e: 'A'.repeat(9) },
    { ...jwk, e: undefined },
    { ...curve.jwk, crv: 'secp256k1' },
    { ...curve.jwk, crv: 'P-384' },
    { ...curve.jwk, x: 'AAAA' },
    { ...curve.jwk, y: undefined },
    { ...curve.jwk, alg: 'RS256' },
    newKey('RS256', 'small', 1024).jwk,
  ]
  assert.deepEqual(read(...odd, curve.jwk), [['e', ['ES256']]])
})

test('private members are not taken', () => {
  const [key] = keysIn({ keys: [{ ...rsa.privateKey.export({ format: 'jwk' }), kid: 'r' }] }) ?? []
  assert.equal(key?.key.type, 'public')
})

test('what is no JWKS is told apart from one without keys', () => {
  for (const value of [null, 7, 'keys', [], {}, { keys: null }, { keys: {} }, Object.create({ keys: [] })]) {
    assert.equal(keysIn(value), undefined)
  }
  assert.deepEqual(keysIn({ keys: [] }), [])
})

test('keys are bounded in number, those that are tried for one token too', () => {
  assert.equal(keysIn({ keys: Array.from({ length: 500 }, () => curve.jwk) })?.length, 100)
  const many = keysIn({ keys: Array.from({ length: 10 }, () => curve.jwk) }) ?? []
  assert.equal(candidates(many, 'e', 'ES256').length, 4)
})

test('a token finds the keys of its key id and algorithm; without an id those of the algorithm', () => {
  const keys = keysIn({ keys: [rsa.jwk, curve.jwk] }) ?? []
  const found = (kid: string | undefined, algorithm: 'RS256' | 'ES256' | 'ES384') =>
    candidates(keys, kid, algorithm).map((key) => keys.find((one) => one.key === key)?.kid)
  assert.deepEqual(found('r', 'RS256'), ['r'])
  assert.deepEqual(found('r', 'ES256'), [])
  assert.deepEqual(found('R', 'RS256'), [])
  assert.deepEqual(found(undefined, 'ES256'), ['e'])
  assert.deepEqual(found(undefined, 'ES384'), [])
})
