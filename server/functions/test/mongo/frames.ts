import { BSON, type Document } from 'mongodb'

/** MongoDB's wire in small: OP_MSG with one body, and the OP_QUERY with which a driver says hello. Source: MongoDB Wire Protocol. */

const OP_REPLY = 1
const OP_QUERY = 2004
const OP_MSG = 2013
/** Longest message that is taken. */
const LONGEST = 1_000_000

export interface Request {
  readonly id: number
  readonly operation: number
  readonly database: string
  readonly body: Document
}

/** Cuts a stream into requests. Throws on what is none: then the server hangs up, as MongoDB does. */
export class Frames {
  #rest: Buffer = Buffer.alloc(0)

  add(chunk: Buffer): Request[] {
    const requests: Request[] = []
    this.#rest = Buffer.concat([this.#rest, chunk])
    while (this.#rest.length >= 16) {
      const length = this.#rest.readInt32LE(0)
      if (length < 21 || length > LONGEST) throw new Error(`a message of ${length} bytes`)
      if (this.#rest.length < length) break
      const message = this.#rest.subarray(0, length)
      this.#rest = this.#rest.subarray(length)
      requests.push(requestOf(message))
    }
    return requests
  }
}

function requestOf(message: Buffer): Request {
  const id = message.readInt32LE(4)
  const operation = message.readInt32LE(12)
  if (operation === OP_MSG) {
    const flags = message.readUInt32LE(16)
    if (flags !== 0 || message[20] !== 0) throw new Error('an OP_MSG with flags or more than a body')
    const body = BSON.deserialize(message.subarray(21), { promoteValues: true, promoteBuffers: true })
    return { id, operation, database: String(body.$db), body }
  }
  if (operation !== OP_QUERY) throw new Error(`no such operation: ${operation}`)
  const end = message.indexOf(0, 20)
  const name = message.toString('utf8', 20, end)
  if (!name.endsWith('.$cmd')) throw new Error('OP_QUERY is for commands only')
  const body = BSON.deserialize(message.subarray(end + 9), { promoteBuffers: true })
  return { id, operation, database: name.slice(0, -'.$cmd'.length), body }
}

/** The answer to a request, in the form in which it was asked. */
export function answer({ id, operation }: Request, body: Document): Buffer {
  const document = Buffer.from(BSON.serialize(body, { ignoreUndefined: true }))
  const head = Buffer.alloc(operation === OP_MSG ? 21 : 36)
  head.writeInt32LE(head.length + document.length, 0)
  head.writeInt32LE(id, 8)
  head.writeInt32LE(operation === OP_MSG ? OP_MSG : OP_REPLY, 12)
  // of OP_REPLY: one document
  if (operation !== OP_MSG) head.writeInt32LE(1, 32)
  return Buffer.concat([head, document])
}
