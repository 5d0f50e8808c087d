import { FunctionFault } from './function.ts'

/**
 * What a server says, message by message, before the driver reads it. The driver trusts its server: a message whose size is 0 or
 * whose document has a size of -1 has it loop until the process has no memory left, and it takes messages of 2 GB and compressed
 * ones that grow without a bound. But whom a secret names as its database may be anybody. Source: MongoDB Wire Protocol.
 */

/** Longest message, in bytes. An answer about a user has a few thousand. */
const LONGEST = 1_048_576
const OP_REPLY = 1
const OP_MSG = 2013
const HEADER = 16
/** Flags and the kind of the one section; flags, cursor, place and number of documents. */
const BEFORE_DOCUMENT: Readonly<Record<number, number>> = { [OP_MSG]: 5, [OP_REPLY]: 20 }
/** A document of no members. */
const LEAST = 5

/** Cuts what comes into whole messages of one document each. Throws on anything else. */
export class Frames {
  #message: Buffer = Buffer.alloc(HEADER)
  #filled = 0

  add(chunk: Uint8Array): Buffer[] {
    const whole: Buffer[] = []
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + this.#message.length - this.#filled)
      this.#message.set(part, this.#filled)
      this.#filled += part.length
      at += part.length
      if (this.#filled < this.#message.length) break
      if (this.#filled === HEADER) this.#message = begun(this.#message)
      else {
        assertOneDocument(this.#message)
        whole.push(this.#message)
        this.#message = Buffer.alloc(HEADER)
        this.#filled = 0
      }
    }
    return whole
  }
}

/** Room for a message, with its header. */
function begun(header: Buffer): Buffer {
  const size = header.readInt32LE(0)
  const before = BEFORE_DOCUMENT[header.readInt32LE(12)]
  if (before === undefined || size < HEADER + before + LEAST || size > LONGEST) throw notMongo()
  const message = Buffer.alloc(size)
  header.copy(message)
  return message
}

function assertOneDocument(message: Buffer): void {
  const reply = message.readInt32LE(12) === OP_REPLY
  const start = HEADER + (reply ? 20 : 5)
  const right = reply
    ? message.readInt32LE(HEADER + 16) === 1
    : // no flags (more messages to come, a checksum): none was asked for; a section with one document
      message.readInt32LE(HEADER) === 0 && message[HEADER + 4] === 0
  if (!right || message.readInt32LE(start) !== message.length - start) throw notMongo()
}

const notMongo = () => new Error('what the server says is not what a MongoDB says')

/** A stream that the driver reads messages from. Source: mongodb 7, cmap/connection. */
interface Messages {
  _transform(chunk: Uint8Array, encoding: string, callback: (error?: Error) => void): void
}

const guarded = new WeakSet<object>()
const frames = new WeakMap<Messages, Frames>()

/** Puts the above before the driver's own reader, once. Throws when the driver has another one. */
export async function guardFrames(): Promise<void> {
  // no types are published for the driver's inside
  const inside: unknown = await import('mongodb/lib/cmap/connection.js' as string)
  const reader = (inside as { SizedMessageTransform?: { prototype?: Messages } }).SizedMessageTransform?.prototype
  if (typeof reader?._transform !== 'function')
    throw new FunctionFault('this version of the package mongodb cannot be guarded from hostile servers')
  if (guarded.has(reader)) return
  guarded.add(reader)
  const read = reader._transform
  reader._transform = function (this: Messages, chunk, encoding, callback) {
    const own = frames.get(this) ?? new Frames()
    frames.set(this, own)
    let messages: Buffer[]
    try {
      messages = own.add(chunk)
    } catch (error) {
      callback(error as Error)
      return
    }
    if (messages.length === 0) callback()
    else read.call(this, Buffer.concat(messages), encoding, callback)
  }
}
