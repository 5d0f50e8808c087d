import { hash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { peerOf } from './peer.ts'

/** Largest answer of a function, bytes. Source: AWS's text of the refusal; rotation.md 14.2 says 6 MB. */
export const MOST_ANSWER = 6_291_556

/** So much of a body that is too large is read, to say how large it is. */
const MOST_READ = 4 * MOST_ANSWER

/** An event as the sandbox fetches it. */
export interface Delivery {
  readonly requestId: string
  readonly payload: Uint8Array
  readonly deadlineMs: number
  readonly invokedArn: string
  readonly traceId: string
  readonly clientContext: string | undefined
}

/** What the sandbox said about an event. */
export type Said =
  | { readonly kind: 'response'; readonly body: Buffer }
  | { readonly kind: 'error'; readonly body: Buffer; readonly type: string }
  | { readonly kind: 'too large'; readonly bytes: number }

export interface ApiEvents {
  /** It waits for an event: the first time, it has started. */
  waits(): void
  said(said: Said): void
  initFailed(body: Buffer, type: string): void
}

export interface ApiOptions {
  /** Path that requests must begin with; what is no bootstrap of ours does not know it. */
  readonly token: string | undefined
  /** The user that may connect; undefined: where the machine does not tell users apart. */
  readonly uid: number | undefined
  readonly events: ApiEvents
}

const VERSION = '/2018-06-01/runtime'

/**
 * The Runtime API of one sandbox, on a port of its own: no other sandbox reaches its events. Who connects must be its user,
 * by what the kernel says; our own bootstraps know a token besides. Source: rotation.md 15.1.
 */
export class RuntimeApi {
  readonly #options: ApiOptions
  readonly #server: Server
  readonly #admitted = new WeakMap<Socket, Promise<boolean>>()
  readonly #token: Buffer | undefined
  #waiting: ServerResponse | undefined
  #delivery: Delivery | undefined
  /** Of the event that is being worked on. */
  #current: string | undefined
  #initOver = false
  /** A body comes. */
  #reading = false

  private constructor(options: ApiOptions) {
    this.#options = options
    this.#token = options.token === undefined ? undefined : digest(`/${options.token}`)
    // An event may be waited for as long as it takes.
    this.#server = createServer(
      { requestTimeout: 0, keepAliveTimeout: 0, maxHeaderSize: 16_384 },
      (request, answer) => {
        this.#serve(request, answer).catch(() => answer.destroy())
      },
    )
    this.#server.maxConnections = 64
    // Others must not even keep its connections: there are few.
    this.#server.on('connection', (socket) => {
      void this.#isAdmitted(socket).then((admitted) => admitted || socket.destroy())
    })
  }

  static async open(options: ApiOptions): Promise<RuntimeApi> {
    const api = new RuntimeApi(options)
    await new Promise<void>((resolve, reject) => {
      api.#server.once('error', reject)
      // Exclusive: workers of one server would all be given the same port, and each other's events.
      api.#server.listen({ port: 0, host: '127.0.0.1', exclusive: true }, resolve)
    })
    return api
  }

  /** `127.0.0.1:12345`: AWS_LAMBDA_RUNTIME_API. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Hands an event over, now or when it is asked for. */
  deliver(delivery: Delivery): void {
    this.#delivery = delivery
    this.#hand()
  }

  /** The connection by which an event is asked for now. */
  get asking(): Socket | undefined {
    return this.#waiting?.socket ?? undefined
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #hand(): void {
    const answer = this.#waiting
    const delivery = this.#delivery
    if (answer === undefined || delivery === undefined) return
    this.#waiting = undefined
    this.#delivery = undefined
    this.#current = delivery.requestId
    answer.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': delivery.payload.byteLength,
      'Lambda-Runtime-Aws-Request-Id': delivery.requestId,
      'Lambda-Runtime-Deadline-Ms': String(delivery.deadlineMs),
      'Lambda-Runtime-Invoked-Function-Arn': delivery.invokedArn,
      'Lambda-Runtime-Trace-Id': delivery.traceId,
      ...(delivery.clientContext === undefined
        ? {}
        : { 'Lambda-Runtime-Client-Context': ascii(delivery.clientContext) }),
    })
    answer.end(delivery.payload)
  }

  async #serve(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (!(await this.#isAdmitted(request.socket))) {
      answer.destroy()
      return
    }
    const path = this.#pathOf(request.url ?? '')
    if (path === undefined) return refuse(answer, 403, 'Forbidden', 'this is the Runtime API of another sandbox')
    const { method } = request
    if (method === 'GET' && path === '/invocation/next') return this.#next(answer)
    if (method === 'POST' && path === '/init/error') return this.#initError(request, answer)
    const [, id, what] = /^\/invocation\/([^/]{1,100})\/(response|error)$/.exec(path) ?? []
    if (method === 'POST' && id !== undefined) return this.#end(request, answer, id, what as 'response' | 'error')
    refuse(answer, 404, 'NotFound', 'there is no such path')
  }

  /** One body at a time: a runtime says one thing after the other. */
  async #bodyOf(request: IncomingMessage) {
    if (this.#reading) throw new Error('the sandbox says two things at once')
    this.#reading = true
    try {
      return await bodyOf(request)
    } finally {
      this.#reading = false
    }
  }

  #isAdmitted(socket: Socket): Promise<boolean> {
    const { uid } = this.#options
    if (uid === undefined) return Promise.resolve(true)
    let admitted = this.#admitted.get(socket)
    if (admitted === undefined) {
      admitted = peerOf(socket).then((peer) => peer?.uid === uid)
      this.#admitted.set(socket, admitted)
    }
    return admitted
  }

  /** What follows the token and the version; undefined without them. */
  #pathOf(url: string): string | undefined {
    const at = url.indexOf(VERSION)
    if (at < 0) return undefined
    const isOurs = this.#token === undefined ? at === 0 : timingSafeEqual(digest(url.slice(0, at)), this.#token)
    return isOurs ? url.slice(at + VERSION.length) : undefined
  }

  #next(answer: ServerResponse): void {
    this.#initOver = true
    this.#current = undefined
    // One event at a time: who asks again gave the first question up.
    this.#waiting?.destroy()
    this.#waiting = answer
    answer.on('close', () => {
      if (this.#waiting === answer) this.#waiting = undefined
    })
    this.#options.events.waits()
    this.#hand()
  }

  async #initError(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const late = () =>
      refuse(answer, 403, 'InvalidStateTransition', 'Transition from Ready to InitError is not allowed')
    if (this.#initOver) {
      request.resume()
      return late()
    }
    const { body } = await this.#bodyOf(request)
    if (this.#initOver) return late()
    this.#initOver = true
    this.#options.events.initFailed(body ?? Buffer.from('{}'), typeIn(request))
    accept(answer)
  }

  async #end(request: IncomingMessage, answer: ServerResponse, id: string, what: 'response' | 'error'): Promise<void> {
    if (id !== this.#current) {
      request.resume()
      return refuse(answer, 400, 'InvalidRequestID', 'Invalid request ID')
    }
    const { body, bytes } = await this.#bodyOf(request)
    // It was answered, or taken away, while the body came.
    if (id !== this.#current) return refuse(answer, 400, 'InvalidRequestID', 'Invalid request ID')
    this.#current = undefined
    if (body === undefined) {
      if (bytes > MOST_READ) answer.once('finish', () => request.destroy())
      this.#options.events.said({ kind: 'too large', bytes })
      return refuse(
        answer,
        413,
        'RequestEntityTooLarge',
        `Exceeded maximum allowed payload size (${MOST_ANSWER} bytes).`,
      )
    }
    accept(answer)
    this.#options.events.said(
      what === 'response' ? { kind: 'response', body } : { kind: 'error', body, type: typeIn(request) },
    )
  }
}

const digest = (text: string): Buffer => hash('sha256', text, 'buffer')

/** A header can't carry more: other characters are written as JSON escapes them. */
const ascii = (json: string) =>
  json.replace(/[^\x20-\x7e]/g, (at) => `\\u${at.charCodeAt(0).toString(16).padStart(4, '0')}`)

const typeIn = (request: IncomingMessage) => String(request.headers['lambda-runtime-function-error-type'] ?? '')

/**
 * The body; undefined when it is larger than an answer may be: the rest is read and thrown away, up to a point. Pieces are copied
 * and not kept: an object for each would cost hundreds of bytes where the function pays one.
 */
function bodyOf(request: IncomingMessage): Promise<{ readonly body: Buffer | undefined; readonly bytes: number }> {
  return new Promise((resolve, reject) => {
    let buffer: Buffer = Buffer.alloc(0)
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      const end = bytes + chunk.length
      if (end > MOST_ANSWER) buffer = Buffer.alloc(0)
      else {
        if (end > buffer.length) buffer = grown(buffer, end)
        buffer.set(chunk, bytes)
      }
      bytes = end
      if (bytes > MOST_READ) resolve({ body: undefined, bytes })
    })
    request.on('end', () => resolve({ body: bytes > MOST_ANSWER ? undefined : buffer.subarray(0, bytes), bytes }))
    request.on('error', reject)
    request.on('close', () => reject(new Error('the sandbox went away')))
  })
}

function grown(buffer: Buffer, least: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.min(MOST_ANSWER, Math.max(4096, least * 2)))
  larger.set(buffer)
  return larger
}

function accept(answer: ServerResponse): void {
  answer.writeHead(202, { 'Content-Type': 'application/json' })
  answer.end('{"status":"OK"}\n')
}

function refuse(answer: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  answer.writeHead(status, { 'Content-Type': 'application/json' })
  answer.end(JSON.stringify({ errorMessage, errorType }))
}
