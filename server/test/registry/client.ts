import { createHash, createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'
import { XMLParser } from 'fast-xml-parser'
import type { Service } from '#kernel/service'

/**
 * A client that the tests over the registry own: it signs anything, also what no SDK would send, and shows what came back
 * as it stood on the wire.
 */

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** A request before it is signed. */
export interface Draft {
  readonly method?: string
  /** Path with its query string. */
  readonly target?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** Who signs, for what. */
export interface Signing {
  readonly credentials: Credentials
  readonly service: string
  readonly region?: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** A request as it goes out. */
export interface Outgoing {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** An answer as it came back. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()

/** A request without a signature. */
export function unsigned(port: number, { method = 'POST', target = '/', headers = {}, body = '' }: Draft): Outgoing {
  return { method, target, headers: { host: `127.0.0.1:${port}`, ...headers }, body: Buffer.from(body as string) }
}

/** A request with a good signature over its bytes, whatever they are. The query string must be canonical already. */
export function signed(
  port: number,
  draft: Draft,
  { credentials, service, region = 'us-east-1', at }: Signing,
): Outgoing {
  const plain = unsigned(port, draft)
  const date = new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = date.slice(0, 8)
  const headers: Record<string, string> = { ...plain.headers, 'x-amz-date': date }
  const names = Object.keys(headers).sort()
  const lines = names.map((name) => `${name}:${(headers[name] as string).trim().replace(/ +/g, ' ')}\n`).join('')
  const [raw = '', query = ''] = plain.target.split('?')
  const path = raw.split('/').map(escaped).join('/')
  const canonical = `${plain.method}\n${path}\n${query}\n${lines}\n${names.join(';')}\n${sha256(plain.body)}`
  const scope = `${day}/${region}/${service}/aws4_request`
  const key = hmac(hmac(hmac(hmac(`AWS4${credentials.secretAccessKey}`, day), region), service), 'aws4_request')
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`).toString('hex')
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return { ...plain, headers }
}

/** RFC 3986, as signatures have it. */
const escaped = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

/** Connections that stay open between requests; `destroy` them at the end. */
export const connections = () => new Agent({ keepAlive: true, maxSockets: 16 })

/** The type of answers that go on. */
export const EVENT_STREAM = 'application/vnd.amazon.eventstream'

/** Sends a request and reads the whole answer; of one that goes on its first piece. */
export function send(agent: Agent, port: number, { method, target, headers, body }: Outgoing): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request(
      { agent, host: '127.0.0.1', port, method, path: target, headers: { ...headers, 'content-length': body.length } },
      (res) => {
        const chunks: Buffer[] = []
        const done = () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ status: res.statusCode ?? 0, headers: res.headers, text })
        }
        res.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          // It would go on for hours.
          if (res.headers['content-type'] !== EVENT_STREAM) return
          done()
          req.destroy()
        })
        res.on('error', reject)
        res.on('end', done)
      },
    )
    req.on('error', reject)
    req.end(body)
  })
}

/** The request of an operation in the protocol of its service. */
export function draftOf(service: Service, operation: string, input: Readonly<Record<string, unknown>>): Draft {
  // CloudWatch speaks both
  if (service.json !== undefined && service.query === undefined)
    return jsonDraft(service, operation, JSON.stringify(input, wireValue))
  if (service.rest !== undefined) return restDraft(service, operation, input)
  return formDraft(
    service,
    operation,
    Object.entries(input).flatMap(([name, value]) => flat(name, value)),
  )
}

/** A REST call: each member where the operation has it. One that is not there yet gets any labels. */
export function restDraft(service: Service, operation: string, input: Readonly<Record<string, unknown>>): Draft {
  const { method, path, query = {}, headers = {}, payload } = restOf(service, operation)
  const left = new Map(Object.entries(input))
  const take = (name: string) => {
    const value = left.get(name)
    left.delete(name)
    return value
  }
  const way = path.replace(/\{(\w+)\}/g, (_, name: string) => escaped(String(take(name) ?? 'a')))
  const asked = Object.entries(query).flatMap(([name, wire]) => {
    const value = take(name)
    return value === undefined ? [] : [value].flat().map((each) => `${wire}=${escaped(String(each))}`)
  })
  const sent = Object.entries(headers).flatMap(([name, wire]) => {
    const value = take(name)
    return value === undefined ? [] : [[wire, String(value)]]
  })
  const whole = payload === undefined ? undefined : (take(payload) as Buffer | undefined)
  const body =
    payload === undefined ? (method === 'GET' ? '' : JSON.stringify(Object.fromEntries(left), wireValue)) : whole
  const [plain = '', literal] = way.split('?')
  const parameters = [...(literal === undefined ? [] : [literal]), ...asked].sort().join('&')
  const target = parameters === '' ? plain : `${plain}?${parameters}`
  const type: Record<string, string> = body ? { 'content-type': 'application/json' } : {}
  return { method, target, headers: { ...type, ...Object.fromEntries(sent) }, body: body ?? '' }
}

type Bound = Pick<
  NonNullable<Service['operations'][string]['rest']>,
  'method' | 'path' | 'query' | 'headers' | 'payload'
>

function restOf(service: Service, operation: string): Bound {
  const declared = service.operations[operation]?.rest
  if (declared !== undefined) return declared
  const [method = '', path = ''] = (service.rest?.notYet[operation] ?? '').split(' ')
  return { method: method as Bound['method'], path }
}

/** The members that stand in the path: a request can't be made without them. */
export function labelsOf(service: Service, operation: string): readonly string[] {
  if (service.rest === undefined) return []
  return [...restOf(service, operation).path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string)
}

/** A JSON call with a body of one's own. */
export function jsonDraft(service: Service, operation: string, body: string | Buffer): Draft {
  const { version = '1.1', targetPrefix = '' } = service.json ?? {}
  const headers = {
    'content-type': `application/x-amz-json-${version}`,
    'x-amz-target': `${targetPrefix}.${operation}`,
  }
  return { headers, body }
}

/** A Query call with parameters of one's own. */
export function formDraft(
  service: Service,
  operation: string,
  parameters: readonly (readonly [string, string])[],
): Draft {
  const all = [['Action', operation], ['Version', service.query?.version ?? ''], ...parameters]
  const body = all.map(
    ([name, value]) => `${encodeURIComponent(name as string)}=${encodeURIComponent(value as string)}`,
  )
  return { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: body.join('&') }
}

function wireValue(this: unknown, key: string, value: unknown): unknown {
  const own = (this as Record<string, unknown>)[key]
  return own instanceof Uint8Array ? Buffer.from(own).toString('base64') : value
}

/** A member as the parameters of a form. */
function flat(name: string, value: unknown): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((item, at) => flat(`${name}.member.${at + 1}`, item))
  if (value !== null && typeof value === 'object') {
    return Object.entries(value).flatMap(([member, inner]) => flat(`${name}.${member}`, inner))
  }
  return [[name, String(value)]]
}

/** What a refusal said, and where: in JSON the member that carries the text, in XML the namespace and the type. */
export interface Refusal {
  readonly code: string
  readonly text: string | undefined
  readonly form: 'message' | 'Message' | 'xml' | 'none'
  readonly requestId: string
  readonly xml?: { readonly type: string; readonly namespace: string | undefined; readonly requestId: string }
}

const xml = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  trimValues: false,
})

/** Takes an error answer apart; a JSON one may hold the code and one text, nothing else. */
export function refusalOf(answer: Answer): Refusal {
  const requestId = String(answer.headers['x-amzn-requestid'])
  if (String(answer.headers['content-type']).startsWith('text/xml')) {
    const { ErrorResponse: root } = xml.parse(answer.text) as { ErrorResponse: XmlError }
    const { Type, Code, Message } = root.Error
    return {
      code: Code,
      text: Message,
      form: 'xml',
      requestId,
      xml: { type: Type, namespace: root['@xmlns'], requestId: root.RequestId },
    }
  }
  const errorType = answer.headers['x-amzn-errortype']
  if (errorType !== undefined) {
    const { Type, message, Message, Reason, ...more } = JSON.parse(answer.text) as Record<string, string>
    if (Object.keys(more).length > 0 || (message !== undefined && Message !== undefined)) {
      throw new Error(`not the form of an error: ${answer.text}`)
    }
    const form = message !== undefined ? 'message' : Message !== undefined ? 'Message' : 'none'
    return { code: String(errorType), text: message ?? Message, form, requestId }
  }
  const { __type: code, message, Message, ...more } = JSON.parse(answer.text) as Record<string, string>
  if (Object.keys(more).length > 0 || (message !== undefined && Message !== undefined)) {
    throw new Error(`not the form of an error: ${answer.text}`)
  }
  const form = message !== undefined ? 'message' : Message !== undefined ? 'Message' : 'none'
  return { code: code ?? '', text: message ?? Message, form, requestId }
}

interface XmlError {
  readonly '@xmlns'?: string
  readonly Error: { readonly Type: string; readonly Code: string; readonly Message: string }
  readonly RequestId: string
}
