import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ApiError } from '#kernel/error'
import { inflated } from '#kernel/protocol/inflate'

const refusal = (body: Buffer, encoding: string, most: number) => {
  try {
    inflated(body, encoding, most)
  } catch (error) {
    assert.ok(error instanceof ApiError)
    return [error.code, error.status]
  }
  return undefined
}

test('a body is inflated up to a bound, and no further (surroundings.md trap 14)', () => {
  const text = Buffer.alloc(1000, 'a')
  assert.deepEqual(inflated(gzipSync(text), 'gzip', 1000), text)
  assert.deepEqual(refusal(gzipSync(text), 'gzip', 999), ['RequestEntityTooLargeException', 413])
  const bomb = gzipSync(Buffer.alloc(50_000_000))
  assert.ok(bomb.length < 60_000)
  assert.deepEqual(refusal(bomb, 'gzip', 1_000_000), ['RequestEntityTooLargeException', 413])
})

test('what is no gzip, is cut off, or has another encoding is refused', () => {
  const body = gzipSync('abc')
  for (const [bytes, encoding] of [
    [Buffer.from('abc'), 'gzip'],
    [body.subarray(0, 12), 'gzip'],
    [Buffer.alloc(0), 'gzip'],
    [body, 'br'],
    [body, 'gzip, gzip'],
  ] as const)
    assert.deepEqual(refusal(bytes, encoding, 1000), ['SerializationException', 400])
})
