import { crc32 } from 'node:zlib'
import { encodeJson } from '#kernel/protocol/json'

/**
 * Messages of `application/vnd.amazon.eventstream`. Source: Smithy, "Amazon Event Stream Specification": all numbers are big-endian;
 * a prelude of the message's length, its headers' length and the CRC-32 of both; headers; payload; CRC-32 of all before it.
 */

/** What one message of an answer says. */
export interface StreamEvent {
  /** Its name in the union of the operation's model. */
  readonly type: string
  /** Its members: sent as JSON. */
  readonly members: unknown
  /** It is one of the union's errors, and the last of the answer. */
  readonly exception?: true
}

const PRELUDE_BYTES = 12
const CRC_BYTES = 4
/** Type of a header's value: text behind its length in two bytes. */
const TEXT = 7

/** The message of an event. Its payload is JSON, as in all protocols of JSON. */
export function encodeEvent({ type, members, exception }: StreamEvent): Buffer {
  return encodeMessage(
    [
      [':message-type', exception === true ? 'exception' : 'event'],
      [exception === true ? ':exception-type' : ':event-type', type],
      [':content-type', 'application/json'],
    ],
    Buffer.from(encodeJson(members)),
  )
}

/** The first message of an RPC protocol's answer: its members beside the stream. Source: Smithy, "Initial-response messages". */
export const INITIAL_RESPONSE = encodeEvent({ type: 'initial-response', members: {} })

/** A message of headers, whose names are short ASCII and whose values are text, and a payload. */
export function encodeMessage(headers: readonly (readonly [name: string, value: string])[], payload: Buffer): Buffer {
  const encoded = Buffer.concat(headers.map(encodeHeader))
  const total = PRELUDE_BYTES + encoded.length + payload.length + CRC_BYTES
  const message = Buffer.alloc(total)
  message.writeUInt32BE(total, 0)
  message.writeUInt32BE(encoded.length, 4)
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8)
  encoded.copy(message, PRELUDE_BYTES)
  payload.copy(message, PRELUDE_BYTES + encoded.length)
  message.writeUInt32BE(crc32(message.subarray(0, total - CRC_BYTES)), total - CRC_BYTES)
  return message
}

function encodeHeader([name, value]: readonly [string, string]): Buffer {
  const text = Buffer.from(value)
  const head = Buffer.alloc(1 + name.length + 3)
  head.writeUInt8(name.length, 0)
  head.write(name, 1, 'latin1')
  head.writeUInt8(TEXT, 1 + name.length)
  head.writeUInt16BE(text.length, 2 + name.length)
  return Buffer.concat([head, text])
}
