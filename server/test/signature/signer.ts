import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Caller } from '#kernel/call'
import type { Credential } from '#kernel/signature/credential'
import { type RawRequest, rawRequest } from '#kernel/signature/request'
import { Secret } from '#kernel/values/bytes'

type Source = string | ArrayBuffer | ArrayBufferView

function bytes(source: Source): Uint8Array {
  if (typeof source === 'string') return Buffer.from(source)
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source)
}

/** What the official JS signer wants as its hash: SHA-256, or HMAC-SHA-256 with a secret. */
class Sha256 {
  readonly #hash: Hash | Hmac
  constructor(secret?: Source) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret))
  }
  update(source: Source): void {
    this.#hash.update(bytes(source))
  }
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest())
  }
}

/** A request before it is signed; `query` values are plain text, `path` stands as it goes over the wire. */
export interface Draft {
  readonly method?: string
  readonly path?: string
  readonly query?: Readonly<Record<string, string | string[]>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** Who signs, when and for what. */
export interface Signing {
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  readonly sessionToken?: string
  readonly region?: string
  readonly service?: string
  /** Milliseconds since the epoch. */
  readonly at?: number
  /** Signs into the query string, for so many seconds. */
  readonly presign?: number
  readonly applyChecksum?: boolean
}

export const ACCESS_KEY_ID = 'AKIAIOSFODNN7EXAMPLE'
export const SECRET_ACCESS_KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
/** 2026-01-02T03:04:05Z */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)

const CALLER: Caller = {
  kind: 'root',
  account: '123456789012',
  arn: 'arn:aws:iam::123456789012:root',
  principalArn: 'arn:aws:iam::123456789012:root',
  userId: '123456789012',
  accessKeyId: ACCESS_KEY_ID,
  tags: new Map(),
  policies: [],
}

export function credential(over: Partial<Credential> = {}): Credential {
  return {
    accessKeyId: ACCESS_KEY_ID,
    secret: new Secret(SECRET_ACCESS_KEY),
    active: true,
    caller: CALLER,
    ...over,
  }
}

/** A raw request from its parts. */
export function raw(
  method: string,
  target: string,
  headers: readonly string[],
  body: string | Uint8Array = '',
): RawRequest {
  return rawRequest({ method, target, headers, body: Buffer.from(body), remoteAddress: '127.0.0.1', secure: false })
}

/** Signs a request with AWS's own JS signer and puts it on a wire as HTTP clients do. */
export async function sign(draft: Draft, signing: Signing = {}): Promise<RawRequest> {
  const { accessKeyId = ACCESS_KEY_ID, secretAccessKey = SECRET_ACCESS_KEY, sessionToken } = signing
  const { region = 'us-east-1', service = 'secretsmanager', at = NOW, presign, applyChecksum = false } = signing
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    region,
    service,
    sha256: Sha256,
    applyChecksum,
  })
  const { method = 'POST', path = '/', query = {}, headers = {}, body = '' } = draft
  const request = {
    method,
    protocol: 'http:',
    hostname: 'localhost',
    port: 4566,
    path,
    query: structuredClone(query) as Record<string, string | string[]>,
    headers: { host: 'localhost:4566', ...headers },
    body,
  }
  const options = { signingDate: new Date(at) }
  const signed =
    presign === undefined
      ? await signer.sign(request, options)
      : await signer.presign(request, { ...options, expiresIn: presign })
  return raw(method, targetOf(signed.path, signed.query ?? {}), Object.entries(signed.headers).flat(), body)
}

/**
 * The Authorization header for a canonical request that was written by hand: for what the JS signer does not make itself.
 * @param date in the basic form
 */
export async function authorize(canonical: Buffer, signedHeaders: string, date: string): Promise<string> {
  const scope = `${date.slice(0, 8)}/us-east-1/secretsmanager/aws4_request`
  const signer = new SignatureV4({
    credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY },
    region: 'us-east-1',
    service: 'secretsmanager',
    sha256: Sha256,
  })
  const digest = createHash('sha256').update(canonical).digest('hex')
  const signature = await signer.sign(`AWS4-HMAC-SHA256\n${date}\n${scope}\n${digest}`, { signingDate: new Date(NOW) })
  return `AWS4-HMAC-SHA256 Credential=${ACCESS_KEY_ID}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`
}

function targetOf(path: string, query: Readonly<Record<string, string | string[] | null>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? '']).map((each) => `${escaped(name)}=${escaped(each)}`),
  )
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** The same request with some parts replaced. */
export function altered(request: RawRequest, over: Partial<Omit<RawRequest, 'header'>>): RawRequest {
  const { header: _, ...parts } = request
  return rawRequest({ ...parts, ...over })
}

/** The request's headers with one replaced, added (a name that is not there) or taken out (undefined). */
export function withHeader(request: RawRequest, name: string, value: string | undefined): RawRequest {
  const headers: string[] = []
  for (let i = 0; i < request.headers.length; i += 2) {
    if ((request.headers[i] as string).toLowerCase() !== name) {
      headers.push(request.headers[i] as string, request.headers[i + 1] as string)
    }
  }
  if (value !== undefined) headers.push(name, value)
  return altered(request, { headers })
}
