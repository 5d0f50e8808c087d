import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BlockList, Socket } from 'node:net'
import { internalFailure, jsonError, type Reply, type Sending, type Streamed } from '#kernel/protocol/reply'
import type { Allowance } from '#kernel/routes'
import { HeaderIndex, type RawRequest } from '#kernel/signature/request'
import type { Limits } from '../config.ts'
import { Body } from './body.ts'
import { type Connection, clientAddress, connectionOf, knownConnection, type Upload } from './connection.ts'
import { isLocal } from './origin.ts'
import { type Reason, refusal } from './refusal.ts'
import { clientOf, Room, UPLOAD_BYTES } from './room.ts'
import { sendStream } from './streaming.ts'

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
  /** What the operation that a request names takes beyond the usual. */
  allowance?(
    method: string,
    target: string,
    authorization: string | undefined,
    named?: string | string[],
  ): Allowance | undefined
  /**
   * Whose access key an Authorization header names, before an upload is read: its id when somebody has it. The signature can't be
   * verified without the body.
   */
  uploader?(authorization: string, sessionToken: string | undefined): Promise<string | undefined>
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

/** Requests that one connection may have sent ahead of their answers. */
const PIPELINED = 32
/** How long and how much is still read of a request that was turned away, so that its sender gets to see the answer. */
const LINGER_MS = 2000
const LINGER_BYTES = 8 * 1024 * 1024
/** What a piece counts at least when it is dropped, since it costs work too. */
const LINGER_PIECE_BYTES = 1024

const NOTHING = Buffer.alloc(0)
const EXCHANGE = Symbol('exchange')
type Reading = IncomingMessage & { [EXCHANGE]?: Exchange }

/** Reads requests within the limits, hands them on, writes the answers. One for each server. */
export class Front {
  /** Requests that are read and not yet answered. */
  requests = 0
  /** Set when the server is closing: every answer is the last one on its connection. */
  draining = false
  /** Answers that go on. */
  readonly streams = new Set<Streamed>()
  readonly parts: FrontParts
  /** For bodies that are being read or worked on. */
  readonly room: Room
  /** The same, for those of many megabytes. */
  readonly uploads: Room

  constructor(parts: FrontParts) {
    this.parts = parts
    this.room = new Room(parts.limits)
    this.uploads = Room.forUploads(parts.limits)
  }

  /** Takes a request whose headers have been read. `waits`: its sender wants to hear 100 Continue before the body. */
  accept(req: IncomingMessage, res: ServerResponse, waits = false): void {
    const connection = connectionOf(req.socket, this.parts.proxies)
    // The answer before this request said that the connection closes: nobody waits for this one any more.
    // But each is kept by node:http until the answers before it are out, so their number has an end, and bodies are dropped.
    if (connection.refused) {
      if (++connection.ignored > PIPELINED) req.socket.destroy()
      else req.resume()
      return
    }
    const { headers } = req
    const length = headers['content-length']
    const declared = length === undefined ? (headers['transfer-encoding'] === undefined ? 0 : -1) : Number(length)
    const { parts } = this
    // Whoever asks for the usual is not looked at any closer: their target is `/`, their body no larger than most are.
    const { method = '', url = '/' } = req
    const allowance =
      url.length > 1 || declared > parts.limits.bodyBytes || headers['content-encoding'] !== undefined
        ? parts.allowance?.(method, url, headers.authorization, headers['x-amz-target'])
        : undefined
    const exchange = new Exchange(this, connection, req, res, declared, allowance)
    const objection = this.#objection(req, connection, declared, allowance)
    if (objection !== undefined) {
      exchange.refuse(objection)
      return
    }
    if (declared > UPLOAD_BYTES && parts.uploader !== undefined) {
      void exchange.admit(parts.uploader(headers.authorization ?? '', tokenOf(req)), waits)
      return
    }
    if (waits) res.writeContinue()
    if (declared === 0) exchange.dispatch(NOTHING)
    else exchange.read()
  }

  /** The server is closing: answers that go on end. */
  drain(): void {
    this.draining = true
    for (const stream of this.streams) stream.stop()
  }

  /** To be called every `checkEveryMs` with all connections: cuts off the bodies that come too slowly. */
  watch(sockets: Iterable<Socket>): void {
    for (const socket of sockets) knownConnection(socket)?.upload?.waited(this.parts.limits.checkEveryMs)
  }

  /** Why a request is not even read, if so. */
  #objection(
    req: IncomingMessage,
    connection: Connection,
    declared: number,
    allowance: Allowance | undefined,
  ): Reason | undefined {
    const { limits, localOnly } = this.parts
    if (req.rawHeaders.length > limits.headerCount * 2) return 'headers-too-many'
    if (req.headers.host === undefined && req.httpVersionMinor === 1) return 'not-http'
    if (declared > (allowance?.bodyBytes ?? limits.bodyBytes)) return 'body-too-large'
    if (connection.inFlight >= PIPELINED) return 'pipelined'
    if (this.requests >= limits.requests) return 'overloaded'
    const encoding = req.headers['content-encoding']
    if (encoding !== undefined && encoding !== '' && encoding !== 'identity' && allowance?.compressed !== true)
      return 'body-encoded'
    return localOnly && !isLocal(req) ? 'foreign-origin' : undefined
  }
}

/** One request and its answer. */
class Exchange implements Upload {
  readonly #front: Front
  readonly #connection: Connection
  readonly #req: Reading
  readonly #res: ServerResponse
  /** Length of the body, or -1 when it comes in chunks. */
  readonly #declared: number
  readonly #allowance: Allowance | undefined
  #reading = false
  #readingMs = 0
  /** Where the body is collected, unless it arrives in one piece. */
  #body: Body | undefined
  /** Whose upload it is: the access key. Undefined for all that is no upload. */
  #uploader: string | undefined

  constructor(
    front: Front,
    connection: Connection,
    req: IncomingMessage,
    res: ServerResponse,
    declared: number,
    allowance: Allowance | undefined,
  ) {
    this.#front = front
    this.#connection = connection
    this.#req = req
    this.#res = res
    this.#declared = declared
    this.#allowance = allowance
  }

  /** Reads an upload of somebody whose key is known, and turns strangers away: they would take the room of those who are not. */
  async admit(looked: Promise<string | undefined>, waits: boolean): Promise<void> {
    let known: string | undefined
    try {
      known = await looked
    } catch (error) {
      this.#front.parts.failed(this.#front.parts.requestId(), error)
      this.refuse('overloaded')
      return
    }
    if (this.#req.destroyed) return
    if (known === undefined) {
      this.refuse('unknown-key')
      return
    }
    this.#uploader = known
    if (waits) this.#res.writeContinue()
    this.read()
  }

  /** Reads the body; when it is complete the request goes on. */
  read(): void {
    this.#reading = true
    this.#connection.upload = this
    const req = this.#req
    req[EXCHANGE] = this
    req.on('data', onData)
    if (this.#declared < 0) req.on('end', onEnd)
    req.on('close', onClose)
  }

  take(piece: Buffer): void {
    if (!this.#reading) return
    const declared = this.#declared
    // The usual request arrives in one piece, which is then its body, uncopied.
    if (piece.length === declared && this.#body === undefined) {
      this.dispatch(piece)
      return
    }
    // A body without a length may have no more than any other.
    const { bodyBytes } = this.#front.parts.limits
    const room = declared > UPLOAD_BYTES ? this.#front.uploads : this.#front.room
    this.#body ??= new Body(
      room,
      this.#uploader ?? clientOf(this.#remoteAddress()),
      declared < 0 ? bodyBytes : declared,
    )
    const body = this.#body
    if (declared < 0 && body.filled + piece.length > bodyBytes) this.refuse('body-too-large')
    else if (!body.add(piece)) this.refuse('overloaded')
    else if (body.filled === declared) this.dispatch(body.bytes())
  }

  ended(): void {
    if (this.#reading) this.dispatch(this.#body?.bytes() ?? NOTHING)
  }

  waited(spanMs: number): void {
    const { bodyGraceMs, slowestBody } = this.#front.parts.limits
    this.#readingMs += spanMs
    const filled = this.#body?.filled ?? 0
    if (this.#readingMs >= bodyGraceMs && filled * 1000 < slowestBody * this.#readingMs) this.refuse('too-slow')
  }

  /** The connection broke while the body was read. */
  aborted(): void {
    if (!this.#reading) return
    this.#endReading()
    this.#release()
  }

  #endReading(): void {
    this.#reading = false
    this.#connection.upload = undefined
  }

  #release(): void {
    this.#body?.free()
    this.#body = undefined
  }

  /** The request is complete: on to whoever answers it. */
  dispatch(body: Buffer): void {
    this.#endReading()
    const front = this.#front
    front.requests++
    this.#connection.inFlight++
    const longestMs = this.#allowance?.longestMs
    if (longestMs !== undefined && longestMs > front.parts.limits.silenceTimeoutMs)
      this.#req.socket.setTimeout(longestMs)
    void this.#answer(body)
  }

  async #answer(body: Buffer): Promise<void> {
    const front = this.#front
    try {
      const reply = await this.#reply(body)
      if (reply.stream === undefined) this.#send(reply)
      else await this.#goOn(reply, reply.stream)
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
    const remoteAddress = this.#remoteAddress()
    const secure = connection.secure || (connection.proxy && req.headers['x-forwarded-proto'] === 'https')
    const { tls } = connection
    const header = new HeaderIndex(headers)
    return parts.handle(
      tls === undefined
        ? { method, target, headers, header, body, remoteAddress, secure }
        : { method, target, headers, header, body, remoteAddress, secure, tls },
    )
  }

  /** The peer, or the client that a trusted proxy speaks for. */
  #remoteAddress(): string {
    const { proxies } = this.#front.parts
    if (!this.#connection.proxy || proxies === undefined) return this.#connection.peer
    const forwarded = this.#req.headers['x-forwarded-for']
    const text = Array.isArray(forwarded) ? forwarded.join(',') : forwarded
    return clientAddress(this.#connection, text, proxies)
  }

  #send(reply: Reply): void {
    const res = this.#res
    if (reply.sending !== undefined) whileSending(this.#req, res, reply.sending)
    res.writeHead(reply.status, this.#headers(reply, this.#front.draining))
    res.end(reply.body)
  }

  /** An answer of unknown length, the last one on its connection. */
  async #goOn(reply: Reply, stream: Streamed): Promise<void> {
    const front = this.#front
    this.#release()
    front.streams.add(stream)
    if (front.draining) stream.stop()
    try {
      this.#res.writeHead(reply.status, this.#headers(reply, true))
      await sendStream(this.#req, this.#res, stream)
    } catch (error) {
      // Its sender was told, in the stream's own words.
      front.parts.failed(stream.requestId, error)
    } finally {
      stream.over()
      front.streams.delete(stream)
    }
  }

  #headers(reply: Reply, last: boolean): string[] {
    const headers = [...reply.headers]
    if (reply.stream === undefined) headers.push('Content-Length', String(Buffer.byteLength(reply.body)))
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
    this.#endReading()
    this.#release()
    this.#connection.refused = true
    parts.refused(reason)
    const reply = refusal(reason, parts.requestId(), req.headers['content-type'], this.#allowance)
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
    if (!res.writableEnded) res.end()
  }
  const timer = setTimeout(finish, LINGER_MS)
  timer.unref()
  req.removeListener('data', onData)
  req.on('data', (chunk: Buffer) => {
    left -= Math.max(chunk.length, LINGER_PIECE_BYTES)
    if (left < 0) finish()
  })
  req.on('end', finish)
  req.on('close', finish)
}

/** Tells when an answer is out, or its connection is no more; cuts off a connection that takes too long for it. */
function whileSending({ socket }: IncomingMessage, res: ServerResponse, { longestMs, over }: Sending): void {
  let ended = false
  const end = (): void => {
    if (ended) return
    ended = true
    clearTimeout(timer)
    socket.removeListener('close', end)
    res.removeListener('close', end)
    over()
  }
  const timer = setTimeout(() => socket.destroy(), longestMs)
  timer.unref()
  // A connection that broke before says it no more.
  if (socket.destroyed) end()
  else {
    socket.on('close', end)
    res.on('close', end)
  }
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

function tokenOf({ headers }: IncomingMessage): string | undefined {
  const token = headers['x-amz-security-token']
  return Array.isArray(token) ? token[0] : token
}

function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}
