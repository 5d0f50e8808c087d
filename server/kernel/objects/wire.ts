import { createHash, createHmac } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '#kernel/clock'
import { type About, ObjectRefused, type ObjectSink } from '#kernel/objects/objects'
import { type Asked, type Answered, call, type Reach, Unacceptable, Unreachable } from '#kernel/outbound/call'
import { ALGORITHM, bodyHash, canonicalRequest, stringToSign } from '#kernel/signature/canonical'
import { SigningKeys } from '#kernel/signature/keys'
import { encodeBytes } from '#kernel/signature/query'
import type { Secret } from '#kernel/values/bytes'

/** Whose credentials, and where. `url`: `https://s3.eu-west-1.amazonaws.com`, `https://minio.example.com:9000`. */
export interface WirePlace {
  readonly url: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken?: Secret | undefined
}

/** Tries of one put, and how long each may take. Whoever put it tries again later, so this only gets over what passes at once. */
const TRIES = 3
const LONGEST_MS = 60_000
const MOST_ANSWER = 64 * 1024

/** Buckets on a server that speaks S3's wire: objects are put by path style, signed (SigV4), each in one request. */
export function wireBuckets(place: WirePlace, clock: Clock, reach: Reach): ObjectSink {
  const base = new URL(place.url)
  const keys = new SigningKeys(4)
  const name = base.origin
  return {
    name,
    encrypts: true,
    async put(bucket, key, body, about) {
      const path = `${base.pathname.replace(/\/$/, '')}/${[bucket, ...key.split('/')].map(encoded).join('/')}`
      for (let attempt = 1; ; attempt++) {
        const trouble = await putOnce(path, body, about)
        if (trouble === undefined) return
        if (!trouble.again || attempt === TRIES) throw trouble.refused
        await pause(200 * 2 ** attempt)
      }
    },
  }

  async function putOnce(
    path: string,
    body: Uint8Array,
    about: About,
  ): Promise<{ readonly refused: ObjectRefused; readonly again: boolean } | undefined> {
    const asked: Asked = {
      url: base.origin + path,
      method: 'PUT',
      headers: signedPut(path, Buffer.from(body.buffer, body.byteOffset, body.byteLength), about),
      body,
      mostBytes: MOST_ANSWER,
      readsRefusals: true,
      signal: AbortSignal.timeout(LONGEST_MS),
    }
    let answered: Answered
    try {
      answered = await call(asked, reach)
    } catch (error) {
      if (error instanceof Unreachable) return { refused: refusal('Unreachable', error), again: true }
      if (error instanceof Unacceptable) return { refused: refusal('Unacceptable', error), again: false }
      throw error
    }
    const { status, body: text } = answered
    if (status >= 200 && status < 300) return undefined
    const code = /<Code>([A-Za-z0-9.]{1,64})<\/Code>/.exec(text)?.[1] ?? `Http${status}`
    return {
      refused: new ObjectRefused(code, `${name} answered ${status} ${code}`),
      again: status >= 500 || status === 429,
    }
  }

  function refusal(code: string, error: Error): ObjectRefused {
    return new ObjectRefused(code, `${name}: ${error.message}`, error)
  }

  function signedPut(path: string, body: Buffer, about: About): Record<string, string> {
    const { contentType, contentEncoding, metadata, encrypted } = about
    const { accessKeyId, secretAccessKey, sessionToken, region } = place
    const time = new Date(clock.now()).toISOString().replace(/[-:]|\.\d{3}/g, '')
    const date = time.slice(0, 8)
    const sha256 = bodyHash(body)
    const headers: Record<string, string> = {
      'content-md5': createHash('md5').update(body).digest('base64'),
      'content-type': contentType,
      host: base.host,
      'x-amz-content-sha256': sha256,
      'x-amz-date': time,
      ...(contentEncoding === undefined ? {} : { 'content-encoding': contentEncoding }),
      ...(encrypted === true ? { 'x-amz-server-side-encryption': 'aws:kms' } : {}),
      ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken.reveal() }),
    }
    for (const [each, value] of Object.entries(metadata)) headers[`x-amz-meta-${each}`] = value
    const names = Object.keys(headers).sort()
    const scope = `${date}/${region}/s3/aws4_request`
    const signedHeaders = names.join(';')
    const canonical = canonicalRequest({
      method: 'PUT',
      path,
      query: '',
      headers: { lines: names.map((each) => `${each}:${headers[each]}\n`).join(''), ascii: true },
      signedHeaders,
      bodyHash: sha256,
    })
    const key = keys.keyFor(`${accessKeyId}/${scope}`, secretAccessKey, date, region, 's3')
    const signature = createHmac('sha256', key)
      .update(stringToSign(time, scope, canonical, true))
      .digest('hex')
    const authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`
    return { ...headers, authorization }
  }
}

/** One segment of a path, by its bytes. */
const encoded = (segment: string): string => encodeBytes(Buffer.from(segment).toString('latin1'))
