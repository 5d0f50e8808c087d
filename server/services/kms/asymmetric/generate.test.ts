import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import type { PairSpec } from '../model/specs.ts'
import { freshPair } from './generate.ts'
import { openPair } from './pair.ts'

const WHO = 'arn:aws:iam::111122223333:user/ann'

test('fresh pairs are of their spec, and never the same', async () => {
  const kinds: readonly (readonly [PairSpec, string, object])[] = [
    ['RSA_2048', 'rsa', { modulusLength: 2048, publicExponent: 65537n }],
    ['ECC_NIST_P256', 'ec', { namedCurve: 'prime256v1' }],
    ['ECC_NIST_P384', 'ec', { namedCurve: 'secp384r1' }],
    ['ECC_NIST_P521', 'ec', { namedCurve: 'secp521r1' }],
    ['ECC_SECG_P256K1', 'ec', { namedCurve: 'secp256k1' }],
    ['ECC_NIST_EDWARDS25519', 'ed25519', {}],
    ['ML_DSA_44', 'ml-dsa-44', {}],
    ['ML_DSA_65', 'ml-dsa-65', {}],
    ['ML_DSA_87', 'ml-dsa-87', {}],
  ]
  for (const [spec, type, details] of kinds) {
    const { pkcs8, spki } = await freshPair(spec, WHO)
    const pair = openPair(spec, pkcs8)
    assert.deepEqual(pair.spki, spki)
    assert.deepEqual([pair.publicKey.asymmetricKeyType, { ...pair.publicKey.asymmetricKeyDetails }], [type, details])
    assert.notDeepEqual((await freshPair(spec, WHO)).spki, spki)
    assert.deepEqual(
      createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })).asymmetricKeyType,
      type,
    )
  }
})

test('who wants primes waits for his turn only, and who wants none does not wait', async () => {
  // how long primes take is chance: these are so much larger that one of somebody else's is found long before all of them
  const made = Promise.all(Array.from({ length: 7 }, () => freshPair('RSA_3072', WHO)))
  const other = freshPair('RSA_2048', 'arn:aws:iam::111122223333:user/bob').then(() => 'bob’s')
  const curve = freshPair('ECC_NIST_P384', WHO).then(() => 'a curve’s')
  assert.equal(await Promise.race([curve, other, made]), 'a curve’s')
  assert.equal(await Promise.race([other, made]), 'bob’s')
  assert.equal(new Set((await made).map(({ spki }) => spki.toString('hex'))).size, 7)
})
