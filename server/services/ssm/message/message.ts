import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import type { Random } from '#kernel/random'
import { MessageBroken } from './broken.ts'
import { COMMITMENT, FRAMED, headerBytes, ID, Reader, readHeader, SINGLE_BLOCK, SUITE, TAG } from './header.ts'

/**
 * Messages of the AWS Encryption SDK, as advanced SecureStrings are kept: the value under a data key of KMS, which stands encrypted in
 * the header. Source: AWS Encryption SDK message format reference, version 2; parameterstore.md 5.
 */

/** A data key of KMS. */
export interface DataKey {
  /** 32 bytes; whoever made it zeroes it. */
  readonly plaintext: Uint8Array
  readonly blob: Uint8Array
  readonly keyArn: string
}

/** Pairs that stand in the header in clear and are authenticated. */
export type Context = Readonly<Record<string, string>>

/** A message whose form is right; nothing of it is authenticated before `open`. */
export interface Message {
  readonly keyArn: string
  /** What KMS decrypts, with the context that the message was read with. */
  readonly encryptedDataKey: Uint8Array
  /** What is in it, once header, commitment and every frame were proven by the data key. The caller zeroes it after use. Throws MessageBroken. */
  open(dataKey: Uint8Array): Buffer
}

/** Bytes that are encrypted at most: far more than a parameter may hold. */
const LONGEST = 65_536
/** Bytes of a message that are read at most. */
const LONGEST_MESSAGE = LONGEST + 32_768
const NONCE = 12
const FINAL = 0xffffffff
const CIPHER = 'aes-256-gcm'
const TAG_LENGTH = { authTagLength: TAG } as const
const ZERO_NONCE = Buffer.alloc(NONCE)
const NOTHING = Buffer.alloc(0)

const ENCRYPTION = Buffer.concat([Buffer.from([SUITE >> 8, SUITE & 0xff]), Buffer.from('DERIVEKEY')])
const COMMITTING = Buffer.from('COMMITKEY')

/** What a piece of the body is authenticated as. */
const PIECE = {
  block: Buffer.from('AWSKMSEncryptionClient Single Block'),
  frame: Buffer.from('AWSKMSEncryptionClient Frame'),
  final: Buffer.from('AWSKMSEncryptionClient Final Frame'),
} as const

/** Encrypts under a fresh data key, as one frame. The header holds `context` in clear. */
export function encryptMessage(dataKey: DataKey, context: Context, plaintext: Uint8Array, random: Random): Buffer {
  if (plaintext.length > LONGEST)
    throw new Error(`${plaintext.length} bytes are more than a message of a parameter holds`)
  const id = random.bytes(ID)
  const { key, commitment } = derive(dataKey.plaintext, id)
  const header = headerBytes({
    id,
    context: new Map(Object.entries(context)),
    keyArn: dataKey.keyArn,
    encryptedDataKey: dataKey.blob,
    contentType: FRAMED,
    frameLength: LONGEST,
    commitment,
  })
  const [, headerTag] = seal(key, ZERO_NONCE, header, NOTHING)
  const nonce = nonceOf(1)
  const [ciphertext, tag] = seal(key, nonce, boundTo(id, PIECE.final, 1, plaintext.length), plaintext)
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(FINAL, 0)
  frame.writeUInt32BE(1, 4)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(plaintext.length)
  return Buffer.concat([header, headerTag, frame, nonce, length, ciphertext, tag])
}

/**
 * Reads a message that must have been made with exactly `context`. Takes what the AWS Encryption SDK writes with this suite: any
 * number of frames, or a single block. Throws MessageBroken.
 */
export function readMessage(bytes: Uint8Array, context: Context): Message {
  if (bytes.length > LONGEST_MESSAGE) throw new MessageBroken()
  const reader = new Reader(bytes)
  const header = readHeader(reader)
  const authenticated = reader.before()
  if (!isSame(header.context, context)) throw new MessageBroken()
  const headerTag = reader.take(TAG)
  const pieces = header.contentType === SINGLE_BLOCK ? [readBlock(reader)] : readFrames(reader, header.frameLength)
  reader.end()
  return {
    keyArn: header.keyArn,
    encryptedDataKey: header.encryptedDataKey,
    open(dataKey) {
      const { key, commitment } = derive(dataKey, header.id)
      if (!timingSafeEqual(commitment, header.commitment)) throw new MessageBroken()
      open(key, ZERO_NONCE, authenticated, NOTHING, headerTag)
      const opened: Buffer[] = []
      try {
        for (const { kind, sequence, nonce, ciphertext, tag } of pieces) {
          opened.push(open(key, nonce, boundTo(header.id, PIECE[kind], sequence, ciphertext.length), ciphertext, tag))
        }
        return opened.length === 1 ? (opened.pop() as Buffer) : Buffer.concat(opened)
      } finally {
        for (const part of opened) part.fill(0)
      }
    },
  }
}

interface Piece {
  readonly kind: keyof typeof PIECE
  readonly sequence: number
  readonly nonce: Buffer
  readonly ciphertext: Buffer
  readonly tag: Buffer
}

function readBlock(reader: Reader): Piece {
  const nonce = reader.take(NONCE)
  // the length has eight bytes; a message is far below what six of them count
  if (reader.number(2) !== 0) throw new MessageBroken()
  const ciphertext = reader.take(reader.number(6))
  return { kind: 'block', sequence: 1, nonce, ciphertext, tag: reader.take(TAG) }
}

function readFrames(reader: Reader, frameLength: number): readonly Piece[] {
  const pieces: Piece[] = []
  for (let sequence = 1; ; sequence++) {
    let number = reader.number(4)
    const final = number === FINAL
    if (final) number = reader.number(4)
    if (number !== sequence) throw new MessageBroken()
    const nonce = reader.take(NONCE)
    const length = final ? reader.number(4) : frameLength
    if (length > frameLength) throw new MessageBroken()
    const ciphertext = reader.take(length)
    pieces.push({ kind: final ? 'final' : 'frame', sequence, nonce, ciphertext, tag: reader.take(TAG) })
    if (final) return pieces
  }
}

/** The keys of one message. A data key that fits another message gives another commitment. */
function derive(dataKey: Uint8Array, id: Uint8Array): { readonly key: KeyObject; readonly commitment: Buffer } {
  if (dataKey.length !== 32) throw new MessageBroken()
  const derived = Buffer.from(hkdfSync('sha512', dataKey, id, ENCRYPTION, 32))
  const key = createSecretKey(derived)
  derived.fill(0)
  return { key, commitment: Buffer.from(hkdfSync('sha512', dataKey, id, COMMITTING, COMMITMENT)) }
}

function nonceOf(sequence: number): Buffer {
  const nonce = Buffer.alloc(NONCE)
  nonce.writeUInt32BE(sequence, NONCE - 4)
  return nonce
}

/** What a piece is bound to: the message, its kind, its number, its length. */
function boundTo(id: Uint8Array, kind: Buffer, sequence: number, length: number): Buffer {
  const numbers = Buffer.alloc(12)
  numbers.writeUInt32BE(sequence, 0)
  numbers.writeUInt32BE(length, 8)
  return Buffer.concat([id, kind, numbers])
}

function seal(key: KeyObject, nonce: Uint8Array, bound: Uint8Array, plaintext: Uint8Array): readonly [Buffer, Buffer] {
  const cipher = createCipheriv(CIPHER, key, nonce, TAG_LENGTH).setAAD(bound)
  const ciphertext = cipher.update(plaintext)
  cipher.final()
  return [ciphertext, cipher.getAuthTag()]
}

function open(key: KeyObject, nonce: Uint8Array, bound: Uint8Array, ciphertext: Uint8Array, tag: Uint8Array): Buffer {
  const decipher = createDecipheriv(CIPHER, key, nonce, TAG_LENGTH).setAAD(bound).setAuthTag(tag)
  const plaintext = decipher.update(ciphertext)
  try {
    decipher.final()
  } catch {
    plaintext.fill(0)
    throw new MessageBroken()
  }
  return plaintext
}

function isSame(read: ReadonlyMap<string, string>, expected: Context): boolean {
  const pairs = Object.entries(expected)
  return pairs.length === read.size && pairs.every(([key, value]) => read.get(key) === value)
}
