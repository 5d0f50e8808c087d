import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Input } from '#kernel/input'
import { SecretString } from './members.ts'
import { payloadOf, wipe } from './value.ts'

test('a string counts in bytes of UTF-8: 65,536 fit', () => {
  const input = new Input({ SecretString })
  const [path, constraint] = ['secretString', 'Member must have length less than or equal to 65536']
  for (const text of ['a'.repeat(65536), 'ü'.repeat(32768), '\u{1f511}'.repeat(16384), '語'.repeat(21845)]) {
    assert.equal(input.violations({ SecretString: text }), undefined)
    const broken = [{ path, value: undefined, constraint }]
    assert.deepEqual(input.violations({ SecretString: `${text}語` }), broken)
  }
})

test('a payload keeps the bytes and the member; the copy of a string is wiped, a blob is not', () => {
  const text = payloadOf({ SecretString: ' ü\0' })
  assert.deepEqual(text, { kind: 'string', bytes: Buffer.from(' ü\0') })
  wipe(text)
  assert.deepEqual(text?.bytes, Buffer.alloc(4))
  const blob = payloadOf({ SecretBinary: Uint8Array.of(1, 2) })
  wipe(blob)
  assert.deepEqual(blob, { kind: 'binary', bytes: Uint8Array.of(1, 2) })
  assert.equal(payloadOf({}), undefined)
  wipe(undefined)
  assert.throws(() => payloadOf({ SecretString: 'a', SecretBinary: Uint8Array.of(1) }), {
    code: 'InvalidParameterException',
  })
})
