import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusal } from '../test/world.ts'
import { type Constraints, checkGrantId, checkTerms, covers, type Terms } from './grants.ts'

const key = { arn: 'K', spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT' } as const
const ask = (grant: Terms, operation: string, context?: Record<string, string>, child?: Terms, sourceArn?: string) =>
  covers(grant, { operation, context, child, sourceArn })

test('a constraint asks for the very context, or for pairs that are in it; case counts (kms.md 9.2)', () => {
  const grant = (constraints: Constraints): Terms => ({ operations: ['Decrypt'], constraints })
  const equals = grant({ EncryptionContextEquals: { a: '1' } })
  const subset = grant({ EncryptionContextSubset: { a: '1' } })
  const cases: [Record<string, string> | undefined, boolean, boolean][] = [
    [{ a: '1' }, true, true],
    [{ a: '1', b: '2' }, false, true],
    [{ A: '1' }, false, false],
    [{ a: '2' }, false, false],
    [{}, false, false],
    [undefined, false, false],
  ]
  for (const [context, byEquals, bySubset] of cases) {
    assert.equal(ask(equals, 'Decrypt', context), byEquals, JSON.stringify(context))
    assert.equal(ask(subset, 'Decrypt', context), bySubset, JSON.stringify(context))
  }
  // No context and an empty one are the same (kms.md 17, 7).
  const empty = grant({ EncryptionContextEquals: {} })
  assert.ok(ask(empty, 'Decrypt', undefined) && ask(empty, 'Decrypt', {}) && !ask(empty, 'Decrypt', { a: '1' }))
  const both = grant({ EncryptionContextEquals: { a: '1', b: '2' }, EncryptionContextSubset: { b: '3' } })
  assert.equal(ask(both, 'Decrypt', { a: '1', b: '2' }), false)
  // Names that every object has are pairs like others.
  const odd = grant({ EncryptionContextSubset: JSON.parse('{"__proto__":"1"}') })
  assert.equal(ask(odd, 'Decrypt', {}), false)
  assert.equal(ask(odd, 'Decrypt', JSON.parse('{"__proto__":"1"}')), true)
})

test('a constraint is not about DescribeKey and RetireGrant (kms.md 17, 14)', () => {
  const grant = {
    operations: ['Decrypt', 'DescribeKey', 'RetireGrant'],
    constraints: { EncryptionContextEquals: { a: '1' } },
  }
  assert.ok(ask(grant, 'DescribeKey') && ask(grant, 'RetireGrant'))
  assert.ok(!ask(grant, 'Decrypt') && !ask(grant, 'Encrypt', { a: '1' }))
})

test('SourceArn: only a request that carries it (kms.md 9.2)', () => {
  const grant = { operations: ['Decrypt'], constraints: { SourceArn: 'arn:x' } }
  assert.ok(ask(grant, 'Decrypt', {}, undefined, 'arn:x'))
  assert.ok(!ask(grant, 'Decrypt', {}, undefined, 'arn:y') && !ask(grant, 'Decrypt'))
})

test('a grant made by right of a grant allows no more than that (kms.md 9.2)', () => {
  const parent = (constraints?: Constraints): Terms => ({
    operations: ['CreateGrant', 'Decrypt', 'Encrypt'],
    constraints,
  })
  const child = (operations: string[], constraints?: Constraints): Terms => ({ operations, constraints })
  const may = (above: Constraints | undefined, own: Terms) => ask(parent(above), 'CreateGrant', undefined, own)
  assert.ok(may(undefined, child(['Decrypt'])))
  assert.ok(may(undefined, child(['Decrypt'], { EncryptionContextSubset: { a: '1' } })))
  assert.ok(!may(undefined, child(['Decrypt', 'GenerateDataKey'])))
  const equals = { EncryptionContextEquals: { a: '1' } }
  assert.ok(may(equals, child(['Decrypt'], equals)))
  for (const own of [
    undefined,
    {},
    { EncryptionContextSubset: { a: '1' } },
    { EncryptionContextEquals: { a: '1', b: '2' } },
    { EncryptionContextEquals: {} },
  ])
    assert.ok(!may(equals, child(['Decrypt'], own)), JSON.stringify(own))
  const subset = { EncryptionContextSubset: { a: '1' } }
  for (const own of [subset, { EncryptionContextSubset: { a: '1', b: '2' } }, { EncryptionContextEquals: { a: '1' } }])
    assert.ok(may(subset, child(['Decrypt'], own)), JSON.stringify(own))
  for (const own of [undefined, { EncryptionContextSubset: { b: '2' } }, { EncryptionContextEquals: {} }])
    assert.ok(!may(subset, child(['Decrypt'], own)), JSON.stringify(own))
  // A parent that asks for an empty context is not met by a child that asks for nothing.
  assert.ok(!may({ EncryptionContextEquals: {} }, child(['Decrypt'])))
})

test('operations must suit the key, constraints are for symmetric keys and bounded (kms.md 9.2)', () => {
  const refused = (spec: string, usage: string, terms: Terms) =>
    assert.throws(() => checkTerms({ ...key, spec, usage } as unknown as typeof key, terms), {
      code: 'ValidationException',
    })
  const good = (spec: string, usage: string, operations: string[]) =>
    checkTerms({ ...key, spec, usage } as unknown as typeof key, { operations, constraints: undefined })
  good('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', ['Encrypt', 'ReEncryptTo', 'GenerateDataKeyPair', 'RetireGrant'])
  good('RSA_2048', 'ENCRYPT_DECRYPT', ['Encrypt', 'GetPublicKey'])
  good('RSA_2048', 'SIGN_VERIFY', ['Sign', 'GetPublicKey'])
  good('ECC_NIST_P256', 'KEY_AGREEMENT', ['DeriveSharedSecret', 'GetPublicKey'])
  good('HMAC_256', 'GENERATE_VERIFY_MAC', ['GenerateMac', 'VerifyMac', 'CreateGrant'])
  refused('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', { operations: ['Sign'], constraints: undefined })
  refused('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', { operations: [], constraints: undefined })
  refused('RSA_2048', 'SIGN_VERIFY', { operations: ['Encrypt'], constraints: undefined })
  refused('HMAC_256', 'GENERATE_VERIFY_MAC', { operations: ['GetPublicKey'], constraints: undefined })
  refused('RSA_2048', 'ENCRYPT_DECRYPT', { operations: ['Encrypt'], constraints: { EncryptionContextEquals: {} } })
  const pairs = (n: number, length: number) =>
    Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, 'x'.repeat(length)]))
  checkTerms(key, { operations: ['Encrypt'], constraints: { EncryptionContextSubset: pairs(8, 384) } })
  for (const EncryptionContextSubset of [pairs(9, 1), pairs(1, 385), { a: '\ud800' }])
    assert.throws(() => checkTerms(key, { operations: ['Encrypt'], constraints: { EncryptionContextSubset } }), {
      code: 'ValidationException',
    })
})

test('a grant id is 64 hex digits', () => {
  checkGrantId('a'.repeat(64))
  for (const id of ['', 'x', 'A'.repeat(64), 'a'.repeat(63), `${'a'.repeat(64)}\n`])
    assert.throws(() => checkGrantId(id), refusal('InvalidGrantIdException'))
})
