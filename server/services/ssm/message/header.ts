import { MessageBroken } from './broken.ts'

/**
 * The header of a message of the AWS Encryption SDK, format version 2, algorithm suite 0x0478: AES-256-GCM with keys derived by
 * HKDF-SHA-512, committed to, without a signature.
 *
 *     02 | 04 78 | message id (32) | context | data keys | content type | frame length (4) | commitment (32)
 *
 * followed by a tag over all of it. Numbers are big-endian, texts UTF-8 with two bytes of length. Source: AWS Encryption SDK message
 * format reference, version 2.
 */

export const SUITE = 0x0478
export const ID = 32
export const COMMITMENT = 32
export const TAG = 16
/** How the body is cut. */
export const SINGLE_BLOCK = 1
export const FRAMED = 2

const VERSION = 2
const PROVIDER = 'aws-kms'
/** Pairs of context that are read; a parameter's has one. */
const MOST_PAIRS = 16
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What a header says. */
export interface Header {
  readonly id: Uint8Array
  readonly context: ReadonlyMap<string, string>
  readonly keyArn: string
  readonly encryptedDataKey: Uint8Array
  readonly contentType: typeof SINGLE_BLOCK | typeof FRAMED
  /** Bytes of a frame; 0 for a single block. */
  readonly frameLength: number
  readonly commitment: Uint8Array
}

/** A header as it is authenticated: without its tag. */
export function headerBytes(header: Header): Buffer {
  const { id, context, keyArn, encryptedDataKey, contentType, frameLength, commitment } = header
  const start = Buffer.from([VERSION, SUITE >> 8, SUITE & 0xff])
  const end = Buffer.alloc(5)
  end.writeUInt8(contentType, 0)
  end.writeUInt32BE(frameLength, 1)
  const keys = [twoBytes(1), field(Buffer.from(PROVIDER)), field(Buffer.from(keyArn)), field(encryptedDataKey)]
  return Buffer.concat([start, id, contextBytes(context), ...keys, end, commitment])
}

/** Empty context: two zero bytes. Else its length, how many pairs, and the pairs in the order of their keys' bytes. */
function contextBytes(context: ReadonlyMap<string, string>): Buffer {
  if (context.size === 0) return twoBytes(0)
  const pairs = [...context]
    .map(([key, value]) => ({ key: Buffer.from(key), value: Buffer.from(value) }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
  return field(
    Buffer.concat([twoBytes(pairs.length), ...pairs.flatMap(({ key, value }) => [field(key), field(value)])]),
  )
}

function twoBytes(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

const field = (bytes: Uint8Array): Buffer => Buffer.concat([twoBytes(bytes.length), bytes])

/** Reads a header; nothing of it is to be believed before its tag was checked. Throws MessageBroken. */
export function readHeader(reader: Reader): Header {
  if (reader.number(1) !== VERSION || reader.number(2) !== SUITE) throw new MessageBroken()
  const id = reader.take(ID)
  const context = readContext(reader)
  // one data key: whoever holds another one is none of a parameter's readers
  if (reader.number(2) !== 1 || reader.text() !== PROVIDER) throw new MessageBroken()
  const keyArn = reader.text()
  const encryptedDataKey = reader.take(reader.number(2))
  const contentType = reader.number(1)
  if (contentType !== SINGLE_BLOCK && contentType !== FRAMED) throw new MessageBroken()
  const frameLength = reader.number(4)
  if ((frameLength === 0) !== (contentType === SINGLE_BLOCK)) throw new MessageBroken()
  const commitment = reader.take(COMMITMENT)
  return { id, context, keyArn, encryptedDataKey, contentType, frameLength, commitment }
}

function readContext(reader: Reader): ReadonlyMap<string, string> {
  const context = new Map<string, string>()
  const length = reader.number(2)
  if (length === 0) return context
  const end = reader.at + length
  const count = reader.number(2)
  if (count === 0 || count > MOST_PAIRS) throw new MessageBroken()
  for (let i = 0; i < count; i++) {
    const key = reader.text()
    if (context.has(key)) throw new MessageBroken()
    context.set(key, reader.text())
  }
  if (reader.at !== end) throw new MessageBroken()
  return context
}

/** Reads from bytes that anybody may have made; what is not there is MessageBroken. */
export class Reader {
  readonly #bytes: Buffer
  at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** A number of 1, 2, 4 or 6 bytes. */
  number(size: 1 | 2 | 4 | 6): number {
    this.#need(size)
    const value = this.#bytes.readUIntBE(this.at, size)
    this.at += size
    return value
  }

  take(size: number): Buffer {
    this.#need(size)
    this.at += size
    return this.#bytes.subarray(this.at - size, this.at)
  }

  text(): string {
    const bytes = this.take(this.number(2))
    try {
      return UTF8.decode(bytes)
    } catch {
      throw new MessageBroken()
    }
  }

  /** All bytes that were read up to now. */
  before(): Buffer {
    return this.#bytes.subarray(0, this.at)
  }

  end(): void {
    if (this.at !== this.#bytes.length) throw new MessageBroken()
  }

  #need(size: number): void {
    if (this.#bytes.length - this.at < size) throw new MessageBroken()
  }
}
