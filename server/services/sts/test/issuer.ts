import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { selfSigned } from '../../../test/certificate.ts'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A key of an issuer, with its public part as a JWKS has it. */
export interface IssuerKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: Record<string, unknown>
}

const CURVES: Record<string, string> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

export function newKey(alg: string, kid: string = alg, modulusLength = 2048): IssuerKey {
  const curve = CURVES[alg]
  const { privateKey, publicKey } =
    curve === undefined
      ? generateKeyPairSync('rsa', { modulusLength })
      : generateKeyPairSync('ec', { namedCurve: curve })
  return { kid, alg, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' } }
}

/** A token by hand: nothing of the code that reads it. */
export function mint(key: IssuerKey, claims: object, header: object = {}): string {
  const signed = `${encode({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })}.${encode(claims)}`
  const hash = `sha${key.alg.slice(2)}`
  const dsaEncoding = 'ieee-p1363' as const
  const signature = sign(hash, Buffer.from(signed), { key: key.privateKey, dsaEncoding })
  return `${signed}.${signature.toString('base64url')}`
}

/** A token that is signed with a shared secret. */
export function mintHmac(secret: string | Buffer, claims: object, header: object = {}): string {
  const signed = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** A token that is not signed. */
export function mintBare(claims: object, header: object = { alg: 'none' }): string {
  return `${encode(header)}.${encode(claims)}.`
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** An identity provider on a free port of this machine. */
export class Issuer implements AsyncDisposable {
  readonly #server: Server
  readonly certificate: string
  readonly url: string
  /** Without the scheme, as accounts register it. */
  readonly name: string
  keys: IssuerKey[]
  /** Paths that were asked for. */
  readonly asked: string[] = []
  /** In place of the answers of a good issuer. */
  handler: Handler | undefined

  constructor(server: Server, certificate: string, url: string, keys: IssuerKey[]) {
    this.#server = server
    this.certificate = certificate
    this.url = url
    this.name = url.slice(url.indexOf('://') + 3)
    this.keys = keys
    server.on('request', (request, response) => this.#answer(request, response))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.asked.push(request.url ?? '')
    if (this.handler === undefined) this.good(request, response)
    else this.handler(request, response)
  }

  /** What a good issuer answers. */
  good(request: IncomingMessage, response: ServerResponse): void {
    const answer =
      request.url === '/.well-known/openid-configuration'
        ? { issuer: this.url, jwks_uri: `${this.url}/keys` }
        : request.url === '/keys'
          ? { keys: this.keys.map(({ jwk }) => jwk) }
          : undefined
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? {}))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/**
 * Starts an identity provider for https://localhost:…; `plain`: without TLS; `certified`: with this certificate, and what else
 * the server sends along.
 */
export async function issuer(
  keys: IssuerKey[],
  { plain = false, host = 'localhost', certified = selfSigned() } = {},
): Promise<Issuer> {
  const { certificate, key } = certified
  const server = plain ? createHttp() : createHttps({ cert: certificate, key })
  await new Promise<void>((resolve) => server.listen(0, host === 'localhost' ? undefined : host, resolve))
  const { port } = server.address() as AddressInfo
  return new Issuer(server, certificate, `${plain ? 'http' : 'https'}://${host}:${port}`, keys)
}
