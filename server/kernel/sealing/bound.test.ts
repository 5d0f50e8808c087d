import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { boundBytes } from '#kernel/sealing/bound'

test('the bytes of an identity are these: they never change', () => {
  assert.equal(boundBytes([]).toString('hex'), '00000000')
  assert.equal(boundBytes(['a', 'bc', '']).toString('hex'), '00000003' + '0000000161' + '000000026263' + '00000000')
  assert.equal(boundBytes(['é€😀']).toString('hex'), '00000001' + '00000009' + 'c3a9' + 'e282ac' + 'f09f9880')
})

test('two identities never have the same bytes', () => {
  const texts = fc.array(fc.string({ unit: 'binary' }))
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      assert.equal(boundBytes(a).equals(boundBytes(b)), JSON.stringify(a) === JSON.stringify(b))
    }),
  )
})
