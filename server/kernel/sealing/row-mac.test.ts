import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkRow, type Field, RowForged, rowMac } from '#kernel/sealing/row-mac'

const key = createSecretKey(Buffer.alloc(32, 1))
const other = createSecretKey(Buffer.alloc(32, 2))

test('a row is taken with its own MAC only', () => {
  const fields = ['a', null, 1]
  const mac = rowMac(key, 'one', fields)
  checkRow(key, 'one', fields, mac, 'a')
  const refused = (run: () => void) =>
    assert.throws(run, (error) => error instanceof RowForged && /one \(a\)/.test(error.message))
  refused(() => checkRow(other, 'one', fields, mac, 'a'))
  refused(() => checkRow(key, 'one', ['a', null, 2], mac, 'a'))
  for (const wrong of [null, undefined, Buffer.alloc(0), mac.subarray(1), Buffer.alloc(32)])
    refused(() => checkRow(key, 'one', fields, wrong, 'a'))
  assert.ok(!mac.equals(rowMac(key, 'two', fields)), 'the table counts')
})

test('other rows have other MACs, also when their texts run together or say null', () => {
  const field = fc.oneof(fc.constantFrom<Field>(null, 'null', '=null', '', '=', 'a', 'aa'), fc.integer())
  const row = fc.array(field, { maxLength: 3 })
  // A number and its text are the same: a column has one type.
  const plain = (fields: readonly Field[]) => JSON.stringify(fields.map((one) => (one === null ? null : String(one))))
  fc.assert(
    fc.property(row, row, (one, two) => {
      assert.equal(rowMac(key, 't', one).equals(rowMac(key, 't', two)), plain(one) === plain(two))
    }),
  )
})
