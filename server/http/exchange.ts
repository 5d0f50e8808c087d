import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BlockList } from 'node:net'
import { internalFailure, jsonError, type Reply } from '#kernel/protocol/reply'
import { HeaderIndex, type RawRequest } from '#kernel/signature/request'
import type { Limits } from '../config.ts'
import { type Connection, clientAddress, connectionOf } from './connection.ts'
import { isLocal } from './origin.ts'
import { type Reason, refusal } from './refusal.ts'

/** A request as the pipeline gets it: read in full, nothing of it believed yet. */
export type Received = RawRequest & { readonly tls?: { readonly version: string; readonly cipher: string } }

/** A path that the HTTP layer answers itself (health, metrics, dev). Bodies are read in full before. */
export type Path = (method: string, body: Buffer) => Promise<Reply>

/** What the front needs of the rest. */
export interface FrontParts {
  readonly limits: Limits
  handle(request: Received): Promise<Reply>
  /** Who answers a path other than `/`, when it is not the pipeline. */
  path(path: string): Path | undefined
  readonly proxies: BlockList | undefined
  /** Dev: only programs of this machine are heard. */
  readonly localOnly: boolean
  /** A new request id. */
  requestId(): string
  /** The Date header; undefined leaves it to node:http, which has the machine's time. */
  date: (() => string) | undefined
  refused(reason: Reason): void
  /** A rejection of `handle` or of a path: our bug. */
  failed(requestId: string, error: unknown): void
}

/** Bodies up to this size are not counted one by one: the number of connections bounds them. */
const SMALL_BYTES = 64 * 1024
/** Requests that one connection may have sent ahead of their answers. */
const PIPELINED = 32
/** How long and how much is still read of a request that was turned away, so that its sender gets to see the answer. */
const LINGER_MS = 2000
const LINGER_BYTES = 8 * 1024 * 1024

const NOTHING = Buffer.alloc(0)
const EXCHANGE = Symbol('exchange')
type Reading = IncomingMessage & { [EXCHANGE]?: Exchange }

/** Reads requests within the limits, hands them on, writes the answers. One for each server. */
export class Front {
  /** Requests that are read and not yet answered. */
  requests = 0
  /** Bytes of large bodies that are being read or worked on. */
  bodiesBytes = 0
  /** Set when the server is closing: every answer is the last one on its connection. */
  draining = false
  readonly parts: FrontParts

  constructor(parts: FrontParts) {
    this.parts = parts
  }

  /** Takes a request whose headers have been read. `waits`: its sender wants to hear 100 Continue before the body. */
  accept(req: IncomingMessage, res: ServerResponse, waits = false): void {
    const connection = connectionOf(req.socket, this.parts.proxies)
    // The answer before this request said that the connection closes: nobody waits for this one any more.
    if (connection.refused) return
    const { headers } = req
    const length = headers['content-length']
    const declared = length === undefined ? (headers['transfer-encoding'] === undefined ? 0 : -1) : Number(length)
    const exchange = new Exchange(this, connection, req, res, declared)
    const objection = this.#objection(req, connection, declared)
    if (objection !== undefined || (declared > SMALL_BYTES && !exchange.reserve(declared))) {
      exchange.refuse(objection ?? 'overloaded')
      return
    }
    if (waits) res.writeContinue()
    if (declared === 0) exchange.dispatch(NOTHING)
    else exchange.read()
  }

  /** Why a request is not even read, if so. */
  #objection(req: IncomingMessage, connection: Connection, declared: number): Reason | undefined {
    const { limits, localOnly } = this.parts
    if (req.rawHeaders.length > limits.headerCount * 2) return 'headers-too-many'
    if (req.headers.host === undefined && req.httpVersionMinor === 1) return 'not-http'
    if (declared > limits.bodyBytes) return 'body-too-large'
    if (connection.inFlight >= PIPELINED) return 'pipelined'
    if (this.requests >= limits.requests) return 'overloaded'
    const encoding = req.headers['content-encoding']
    if (encoding !== undefined && encoding !== '' && encoding !== 'identity') return 'body-encoded'
    return localOnly && !isLocal(req) ? 'foreign-origin' : undefined
  }
}

/** One request and its answer. */
class Exchange {
  readonly #front: Front
  readonly #connection: Connection
  readonly #req: Reading
  readonly #res: ServerResponse
  /** Length of the body, or -1 when it comes in chunks. */
  readonly #declared: number
  #reserved = 0
  #filled = 0
  /** The body while it arrives: one buffer when its length is known, else its pieces. */
  #body: Buffer | undefined
  #pieces: Buffer[] | undefined
  #reading = false

  constructor(front: Front, connection: Connection, req: IncomingMessage, res: ServerResponse, declared: number) {
    this.#front = front
    this.#connection = connection
    this.#req = req
    this.#res = res
    this.#declared = declared
  }

  /** Counts bytes against the bound on all bodies; false when there is no room. */
  reserve(bytes: number): boolean {
    const front = this.#front
    if (front.bodiesBytes + bytes > front.parts.limits.bodiesBytes) return false
    front.bodiesBytes += bytes
    this.#reserved += bytes
    return true
  }

  #release(): void {
    this.#front.bodiesBytes -= this.#reserved
    this.#reserved = 0
  }

  /** Reads the body; when it is complete the request goes on. */
  read(): void {
    this.#reading = true
    const req = this.#req
    req[EXCHANGE] = this
    req.on('data', onData)
    if (this.#declared < 0) req.on('end', onEnd)
    req.on('close', onClose)
  }

  take(chunk: Buffer): void {
    if (!this.#reading) return
    if (this.#declared >= 0) this.#fill(chunk)
    else this.#add(chunk)
  }

  #fill(chunk: Buffer): void {
    // The usual request arrives in one piece, which is then its body, uncopied.
    if (this.#filled === 0 && chunk.length === this.#declared) {
      this.dispatch(chunk)
      return
    }
    this.#body ??= Buffer.allocUnsafeSlow(this.#declared)
    chunk.copy(this.#body, this.#filled)
    this.#filled += chunk.length
    if (this.#filled >= this.#declared) this.dispatch(this.#body)
  }

  #add(chunk: Buffer): void {
    this.#pieces ??= []
    this.#filled += chunk.length
    if (this.#filled > this.#front.parts.limits.bodyBytes) {
      this.refuse('body-too-large')
      return
    }
    if (this.#filled > SMALL_BYTES && !this.reserve(this.#filled - this.#reserved)) {
      this.refuse('overloaded')
      return
    }
    this.#pieces.push(chunk)
  }

  ended(): void {
    if (this.#reading) this.dispatch(Buffer.concat(this.#pieces ?? [], this.#filled))
  }

  /** The connection broke while the body was read. */
  aborted(): void {
    if (!this.#reading) return
    this.#reading = false
    this.#forget()
    this.#release()
  }

  #forget(): void {
    this.#body = undefined
    this.#pieces = undefined
  }

  /** The request is complete: on to whoever answers it. */
  dispatch(body: Buffer): void {
    this.#reading = false
    this.#forget()
    const front = this.#front
    front.requests++
    this.#connection.inFlight++
    void this.#answer(body)
  }

  async #answer(body: Buffer): Promise<void> {
    const front = this.#front
    try {
      this.#send(await this.#reply(body))
    } catch (error) {
      const requestId = front.parts.requestId()
      front.parts.failed(requestId, error)
      if (this.#res.headersSent) this.#res.destroy()
      else this.#send(jsonError('1.1', requestId, internalFailure()))
    } finally {
      front.requests--
      this.#connection.inFlight--
      this.#release()
    }
  }

  #reply(body: Buffer): Promise<Reply> {
    const { parts } = this.#front
    const req = this.#req
    const method = req.method ?? ''
    const target = req.url ?? '/'
    if (target.length > 1) {
      const path = parts.path(pathOf(target))
      if (path !== undefined) return path(method, body)
    }
    const connection = this.#connection
    const headers = req.rawHeaders
    const remoteAddress = connection.proxy ? this.#client() : connection.peer
    const secure = connection.secure || (connection.proxy && req.headers['x-forwarded-proto'] === 'https')
    const { tls } = connection
    const header = new HeaderIndex(headers)
    return parts.handle(
      tls === undefined
        ? { method, target, headers, header, body, remoteAddress, secure }
        : { method, target, headers, header, body, remoteAddress, secure, tls },
    )
  }

  #client(): string {
    const forwarded = this.#req.headers['x-forwarded-for']
    const { proxies } = this.#front.parts
    const text = Array.isArray(forwarded) ? forwarded.join(',') : forwarded
    return proxies === undefined ? this.#connection.peer : clientAddress(this.#connection, text, proxies)
  }

  #send(reply: Reply): void {
    const res = this.#res
    res.writeHead(reply.status, this.#headers(reply, this.#front.draining))
    res.end(reply.body)
  }

  #headers(reply: Reply, last: boolean): string[] {
    const headers = [...reply.headers, 'Content-Length', String(Buffer.byteLength(reply.body))]
    const { date } = this.#front.parts
    if (date !== undefined) headers.push('Date', date())
    if (last) headers.push('Connection', 'close')
    return headers
  }

  /**
   * Turns the request away unread. The connection closes, but not at once: closing with unread bytes resets it, and the
   * sender would see a broken connection instead of the answer. So the rest is read and dropped, within bounds.
   */
  refuse(reason: Reason): void {
    const { parts } = this.#front
    const req = this.#req
    const res = this.#res
    this.#reading = false
    this.#forget()
    this.#release()
    this.#connection.refused = true
    parts.refused(reason)
    const reply = refusal(reason, parts.requestId(), req.headers['content-type'])
    res.writeHead(reply.status, this.#headers(reply, true))
    if (this.#declared === 0) {
      res.end(reply.body)
      return
    }
    res.write(reply.body)
    linger(req, res)
  }
}

function linger(req: Reading, res: ServerResponse): void {
  let left = LINGER_BYTES
  const finish = (): void => {
    clearTimeout(timer)
    res.end()
  }
  const timer = setTimeout(finish, LINGER_MS)
  timer.unref()
  req.removeListener('data', onData)
  req.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) finish()
  })
  req.on('end', finish)
  req.on('close', finish)
}

function onData(this: Reading, chunk: Buffer): void {
  this[EXCHANGE]?.take(chunk)
}

function onEnd(this: Reading): void {
  this[EXCHANGE]?.ended()
}

function onClose(this: Reading): void {
  this[EXCHANGE]?.aborted()
}

function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}
