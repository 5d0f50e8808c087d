import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { functionArn, functionIn, functionOfArn } from './names.ts'

const here = { account: '111122223333', region: 'us-east-1' }

test('every form of a name means the same function (rotation.md 14)', () => {
  for (const [text, qualifier, expected] of [
    ['fun', undefined, undefined],
    ['fun:1', undefined, '1'],
    ['fun', '1', '1'],
    ['fun:$LATEST', '$LATEST', '$LATEST'],
    ['function:fun', undefined, undefined],
    ['111122223333:function:fun', undefined, undefined],
    ['111122223333:fun:live', undefined, 'live'],
    ['us-east-1:111122223333:function:fun', undefined, undefined],
    ['arn:aws:lambda:us-east-1:111122223333:function:fun', undefined, undefined],
    ['arn:aws:lambda:us-east-1:111122223333:function:fun:live', 'live', 'live'],
  ] as const)
    assert.deepEqual(functionIn(text, qualifier, here), { ...here, name: 'fun', qualifier: expected }, text)
  assert.equal(functionIn('444455556666:function:fun', undefined, here).account, '444455556666')
  // A name of twelve digits is a name when it stands alone.
  assert.equal(functionIn('123456789012', undefined, here).name, '123456789012')
})

test('other regions and two different qualifiers are refused', () => {
  assert.throws(() => functionIn('arn:aws:lambda:eu-west-1:111122223333:function:fun', undefined, here), {
    code: 'ResourceNotFoundException',
  })
  assert.throws(() => functionIn('fun:1', '2', here), { code: 'InvalidParameterValueException' })
})

test('an ARN is taken apart and put together again; what is none names no function', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/)
  const cell = fc.record({ account: fc.stringMatching(/^\d{12}$/), region: fc.constantFrom('us-east-1', 'eu-west-1') })
  fc.assert(
    fc.property(cell, name, fc.option(name, { nil: undefined }), (cell, name, qualifier) => {
      const arn = functionArn(cell, name, qualifier)
      assert.deepEqual(functionOfArn(arn), { ...cell, name, qualifier })
      assert.deepEqual(functionIn(arn, undefined, cell), { ...cell, name, qualifier })
    }),
  )
  fc.assert(
    fc.property(fc.string(), (text) => {
      const id = functionOfArn(text)
      assert.ok(id === undefined || text.startsWith('arn:aws:lambda:'))
    }),
  )
  for (const text of [
    'fun',
    'arn:aws:lambda:us-east-1:1:function',
    'arn:aws:lambda:us-east-1:1:function:a:b:c',
    'arn:aws:kms:us-east-1:1:function:a',
  ])
    assert.equal(functionOfArn(text), undefined, text)
})
