import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { selfSigned } from '../../test/certificate.ts'

/** What a webhook of a test was told. */
export interface Told {
  readonly step: string
  readonly secretArn: string
  readonly token: string
  readonly apiKey: string
  readonly currentApiKey?: string
  readonly previousApiKey?: string
}

/** Answers a request that was let in; what it answers is the JSON of the answer. */
export type Answer = (told: Told, response: ServerResponse) => unknown

/**
 * A service with an API key, and its webhook on https://localhost. The check of the signature is the guide's
 * (docs/how-to/rotate-an-api-key.md), nothing of ours.
 */
export class Receiver implements AsyncDisposable {
  readonly signingKey: string
  readonly certificate: string
  readonly #server: Server
  readonly told: Told[] = []
  /** Requests that were refused, by why. */
  readonly refused: string[] = []
  /** What it got, headers and bodies, as text. */
  readonly raw: string[] = []
  answer: Answer = () => ({})
  now: () => number

  private constructor(server: Server, certificate: string, signingKey: string, now: () => number) {
    this.#server = server
    this.certificate = certificate
    this.signingKey = signingKey
    this.now = now
  }

  static async start(now: () => number, signingKey = 'signing-key-of-at-least-32-characters'): Promise<Receiver> {
    const { certificate, key } = selfSigned()
    const server = createServer({ cert: certificate, key })
    const receiver = new Receiver(server, certificate, signingKey, now)
    server.on('request', (request, response) => void receiver.#take(request, response))
    server.on('tlsClientError', () => undefined)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return receiver
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `https://localhost:${this.port}/rotate?for=tests`
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    this.raw.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)} ${body}`)
    const why = this.#isOurs(request.headers['strongroom-signature'], body)
    if (why !== undefined) {
      this.refused.push(why)
      response.writeHead(401).end()
      return
    }
    const told = JSON.parse(body) as Told
    this.told.push(told)
    const answered = this.answer(told, response)
    if (response.writableEnded || answered === undefined) return
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answered))
  }

  #isOurs(header: string | string[] | undefined, body: string): string | undefined {
    const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(header)) ?? []
    if (t === '') return 'no signature'
    if (Math.abs(this.now() / 1000 - Number(t)) > 300) return 'too old'
    const mine = createHmac('sha256', this.signingKey).update(`${t}.${body}`).digest()
    return timingSafeEqual(mine, Buffer.from(v1, 'hex')) ? undefined : 'wrong signature'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
