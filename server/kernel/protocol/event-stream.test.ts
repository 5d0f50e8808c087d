import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventStreamCodec } from '@smithy/core/event-streams'
import fc from 'fast-check'
import { encodeEvent, encodeMessage, INITIAL_RESPONSE } from './event-stream.ts'

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text),
)

const decoded = (message: Uint8Array) => {
  const { headers, body } = codec.decode(message)
  return {
    headers: Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, value])),
    body: Buffer.from(body).toString('utf8'),
  }
}

test('any message is decoded by the decoder of AWS (property)', () => {
  const name = fc.stringMatching(/^[a-z:-]{1,40}$/)
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(name, fc.string({ unit: 'grapheme', maxLength: 300 })), { selector: ([key]) => key }),
      fc.uint8Array({ maxLength: 5000 }),
      (headers, payload) => {
        const found = codec.decode(encodeMessage(headers, Buffer.from(payload)))
        assert.deepEqual(Buffer.from(found.body), Buffer.from(payload))
        assert.deepEqual(
          Object.entries(found.headers).map(([key, { type, value }]) => [key, type, value]),
          headers.map(([key, value]) => [key, 'string', value]),
        )
      },
    ),
  )
})

test('one changed bit is found by the checksums', () => {
  const message = encodeMessage([[':event-type', 'a']], Buffer.from('{}'))
  for (let at = 0; at < message.length; at++) {
    const changed = Buffer.from(message)
    changed.writeUInt8((changed[at] as number) ^ 1, at)
    assert.throws(() => codec.decode(changed))
  }
})

test('events, errors and the initial response say what they are (Smithy, Amazon Event Stream)', () => {
  assert.deepEqual(decoded(encodeEvent({ type: 'sessionUpdate', members: { message: 'grün', at: 5 } })), {
    headers: { ':message-type': 'event', ':event-type': 'sessionUpdate', ':content-type': 'application/json' },
    body: '{"message":"grün","at":5}',
  })
  assert.deepEqual(decoded(encodeEvent({ type: 'E', members: { message: 'x' }, exception: true })).headers, {
    ...{ ':message-type': 'exception', ':exception-type': 'E', ':content-type': 'application/json' },
  })
  assert.equal(decoded(INITIAL_RESPONSE).headers[':event-type'], 'initial-response')
  assert.equal(decoded(INITIAL_RESPONSE).body, '{}')
})
