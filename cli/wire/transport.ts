import http from 'node:http'
import https from 'node:https'
import { getCACertificates } from 'node:tls'
import type { Place } from './place.ts'

/** An answer as it came. */
export interface Answered {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/** Nothing that could be read came back. `code`: of Node, such as ECONNREFUSED. */
export class NoAnswer extends Error {
  readonly code: string

  constructor(code: string, cause?: unknown) {
    super(`no answer: ${code}`, { cause })
    this.name = 'NoAnswer'
    this.code = code
  }
}

/** Bytes of an answer: far more than any page of the operations we call. */
const MOST_BYTES = 64 * 1024 * 1024
/** Without a byte in either direction. */
const IDLE_MS = 60_000
const SOCKETS = 16

/** Sends signed requests to one place. Redirects are not followed: a signature is for one host. */
export class Transport {
  readonly #place: Place
  readonly #agent: http.Agent

  /** `env`: where HTTPS_PROXY, HTTP_PROXY and NO_PROXY stand. */
  constructor(place: Place, env: Readonly<Record<string, string | undefined>>) {
    this.#place = place
    const options = { keepAlive: true, maxSockets: SOCKETS, proxyEnv: env as NodeJS.ProcessEnv, ...authorities(place) }
    this.#agent = place.url.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options)
  }

  /** Throws NoAnswer. */
  send(headers: Readonly<Record<string, string>>, body: string): Promise<Answered> {
    const { url } = this.#place
    const { promise, resolve, reject } = Promise.withResolvers<Answered>()
    const failed = (error: NodeJS.ErrnoException) =>
      reject(error instanceof NoAnswer ? error : new NoAnswer(error.code ?? 'failed', error))
    const { request } = url.protocol === 'https:' ? https : http
    const sent = request(
      url,
      {
        method: 'POST',
        agent: this.#agent,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        timeout: IDLE_MS,
      },
      (answer) => {
        const pieces: Buffer[] = []
        let size = 0
        answer.on('data', (piece: Buffer) => {
          size += piece.length
          if (size > MOST_BYTES) sent.destroy(new NoAnswer('too much'))
          else pieces.push(piece)
        })
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(pieces).toString('utf8'),
          }),
        )
        answer.on('error', failed)
        answer.on('aborted', () => failed(new NoAnswer('ECONNRESET')))
      },
    )
    sent.on('timeout', () => sent.destroy(new NoAnswer('ETIMEDOUT')))
    sent.on('error', failed)
    sent.end(body)
    return promise
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** A private authority is trusted besides those of the machine: one end of a copy may have such a one, and the other be AWS. */
const authorities = ({ ca }: Place) => (ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] })
