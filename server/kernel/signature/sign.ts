import { createHmac } from 'node:crypto'
import { ALGORITHM, bodyHash, canonicalPath, canonicalRequest, stringToSign } from '#kernel/signature/canonical'
import { SigningKeys } from '#kernel/signature/keys'
import type { Secret } from '#kernel/values/bytes'

/** Who signs, and for where. */
export interface Signer {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken?: Secret | undefined
  readonly region: string
}

const FORM = 'application/x-www-form-urlencoded; charset=utf-8'

/** What is sent. */
export interface Signable {
  /** The name by which the service's calls are signed. */
  readonly service: string
  /** As the Host header has it. */
  readonly host: string
  /** As the request line has it. Default: `/`. */
  readonly path?: string
  /** Of AWS JSON; without one the body is a form, as AWS Query has it. */
  readonly target?: string
  readonly body: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** The headers of a `POST` of AWS JSON or AWS Query, signed (SigV4): for the services that we ourselves call by this wire. */
export function signed(
  { accessKeyId, secretAccessKey, sessionToken, region }: Signer,
  { service, host, path = '/', target, body, now }: Signable,
): Record<string, string> {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const date = time.slice(0, 8)
  const headers: Record<string, string> = {
    'content-type': target === undefined ? FORM : 'application/x-amz-json-1.1',
    host,
    'x-amz-date': time,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken.reveal() }),
    ...(target === undefined ? {} : { 'x-amz-target': target }),
  }
  const signedHeaders = Object.keys(headers).join(';')
  const lines = Object.entries(headers)
    .map(([name, value]) => `${name}:${value}\n`)
    .join('')
  const scope = `${date}/${region}/${service}/aws4_request`
  const canonical = canonicalRequest({
    method: 'POST',
    path: canonicalPath(path),
    query: '',
    headers: { lines, ascii: true },
    signedHeaders,
    bodyHash: bodyHash(Buffer.from(body)),
  })
  const key = new SigningKeys(1).keyFor('', secretAccessKey, date, region, service)
  const signature = createHmac('sha256', key)
    .update(stringToSign(time, scope, canonical, true))
    .digest('hex')
  const authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`
  return { ...headers, authorization }
}
