import { type Credentials, draftOf, type Outgoing, signed, unsigned } from '../registry/client.ts'
import type { Entry } from '../registry/world.ts'
import { broken, formBody, hostileText, jsonBody, nested } from './bodies.ts'
import type { Chance } from './chance.ts'

/** What the requests are made for. */
export interface Aim {
  readonly port: number
  readonly entries: readonly Entry[]
  readonly credentials: readonly Credentials[]
  /** The server's time. */
  now(): number
}

/** A request as bytes, and what kind it is. */
export interface Attack {
  readonly kind: string
  readonly bytes: Buffer
  /** Whether its sender must say at last that no more will come, since the server may be waiting for it. */
  readonly unfinished: boolean
}

/** The bytes of a request. `latin1`: header values stand as they are. */
export function bytesOf({ method, target, headers, body }: Outgoing, length: string | number = body.length): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `${method} ${target} HTTP/1.1\r\n${lines.join('')}Connection: close\r\nContent-Length: ${length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}

/** A good signature over a garbage body, for any operation. */
function signedGarbage(chance: Chance, aim: Aim): Buffer {
  const entry = chance.of(aim.entries)
  const { service, name, operation } = entry
  const members = operation?.input ?? {}
  const body = service.json === undefined ? formBody(chance, name, members) : jsonBody(chance, members)
  const draft = { ...draftOf(service, name, {}), body }
  return bytesOf(signed(aim.port, draft, signing(chance, aim, service.signingName)))
}

const signing = (chance: Chance, aim: Aim, service: string) => ({
  credentials: chance.of(aim.credentials),
  service,
  at: aim.now(),
})

/** A request that would be served, to be spoiled. */
function good(chance: Chance, aim: Aim): Outgoing {
  const { service, name } = chance.of(aim.entries)
  return signed(aim.port, draftOf(service, name, { SecretId: 'another' }), signing(chance, aim, service.signingName))
}

const headerText = (chance: Chance) =>
  hostileText(chance)
    .replaceAll(/[^\x20-\x7e\x80-\xff]/g, '')
    .slice(0, 4000)

/** Authorization headers of all sorts. */
function brokenAuthorization(chance: Chance, aim: Aim): Buffer {
  const outgoing = good(chance, aim)
  const whole = outgoing.headers.authorization ?? ''
  const garbage = () => headerText(chance)
  const authorization = chance.of<() => string>([
    () => '',
    () => ' ',
    () => garbage(),
    () => `Basic ${Buffer.from(garbage()).toString('base64')}`,
    () => `Bearer ${garbage()}`,
    () => 'AWS4-HMAC-SHA256',
    () => `AWS4-HMAC-SHA256 ${garbage()}`,
    () => whole.replace('AWS4-HMAC-SHA256', chance.of(['AWS4-ECDSA-P256-SHA256', 'aws4-hmac-sha256', 'AWS', ''])),
    () => whole.replace(/Credential=[^,]*/, `Credential=${garbage()}`),
    () => whole.replace(/Credential=[^/]*/, `Credential=${chance.of(['__proto__', 'constructor', garbage()])}`),
    () => whole.replace(/\/\d{8}\//, `/${chance.of(['', '0', '99999999', '20260230', garbage()])}/`),
    () => whole.replace('us-east-1', chance.of(['', 'eu-west-1', '*', garbage()])),
    () => whole.replace('aws4_request', chance.of(['', 'aws5_request', 'a/b/c'])),
    () => whole.replace(/SignedHeaders=[^,]*/, `SignedHeaders=${garbage().replaceAll(',', ';')}`),
    () => whole.replace(/SignedHeaders=/, `SignedHeaders=${'host;'.repeat(chance.length(2000))}`),
    () => whole.replace(/Signature=.*/, `Signature=${chance.of(['', '0', garbage(), 'é'.repeat(64), 'f'.repeat(64)])}`),
    () => whole.replaceAll(',', chance.of([';', ' ', ',,', ' , '])),
    () => whole.replaceAll('=', chance.of([':', '==', ''])),
    () => `${whole}, ${whole}`,
    () => whole.repeat(chance.whole(1, 20)),
    () =>
      broken(chance, Buffer.from(whole))
        .toString('latin1')
        .replaceAll(/[\r\n\0]/g, '?'),
    () => `AWS4-HMAC-SHA256 ${'a=b,'.repeat(chance.length(3000))}`,
    () => `AWS4-HMAC-SHA256 ${','.repeat(chance.length(10_000))}`,
  ])()
  const headers: Record<string, string> = { ...outgoing.headers, authorization }
  const date = chance.of([undefined, undefined, '', '20260101', '99999999T999999Z', '-1', headerText(chance)])
  if (date !== undefined) headers['x-amz-date'] = date
  if (chance.once(6)) headers['x-amz-security-token'] = headerText(chance)
  if (chance.once(10))
    headers['x-amz-content-sha256'] = chance.of(['UNSIGNED-PAYLOAD', 'STREAMING-AWS4', headerText(chance)])
  if (chance.once(10)) delete headers['x-amz-date']
  return bytesOf({ ...outgoing, headers })
}

const METHODS = [
  'GET',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'HEAD',
  'TRACE',
  'POST',
  'PROPFIND',
  'M-SEARCH',
  'SUBSCRIBE',
]
const PATHS = [
  '/',
  '//',
  '/?',
  '/?Action=GetCallerIdentity&Version=2011-06-15',
  '/..%2f..%2fetc/passwd',
  '/%',
  '/%zz?%zz',
  '/_strongroom/health',
  '/_strongroom/dev/reset',
  '/_strongroom/__proto__',
  '/metrics',
  '/metrics/../',
  '*',
  'http://localhost/',
  '/?a=%c3',
  '/?&&&=&=',
]

/** Methods, paths, targets and content types of all sorts. */
function misdirected(chance: Chance, aim: Aim): Buffer {
  const outgoing = good(chance, aim)
  const headers: Record<string, string> = { ...outgoing.headers }
  const change = chance.whole(0, 4)
  if (change === 0) headers['x-amz-target'] = headerText(chance)
  if (change === 1)
    headers['x-amz-target'] = chance.of([
      '',
      '.',
      'secretsmanager',
      'secretsmanager.',
      'secretsmanager.__proto__',
      'a.b',
    ])
  if (change === 2) headers['content-type'] = chance.of(['', 'text/plain', 'multipart/form-data', headerText(chance)])
  const method = change === 3 ? chance.of(METHODS) : outgoing.method
  const target = change >= 3 ? chance.of(PATHS) : outgoing.target
  if (chance.once(8)) headers['content-encoding'] = chance.of(['gzip', 'identity', 'br, gzip', headerText(chance)])
  if (chance.once(8)) headers.expect = chance.of(['100-continue', '200-ok', headerText(chance)])
  if (chance.once(8)) headers.host = chance.of(['', 'a b', 'localhost:99999', '[::1', headerText(chance)])
  return bytesOf({ ...outgoing, method, target, headers })
}

/** Presigned queries that are not. */
function presigned(chance: Chance, aim: Aim): Buffer {
  const garbage = () => encodeURIComponent(hostileText(chance).slice(0, 2000).toWellFormed())
  const value = (right: string) => (chance.once(4) ? garbage() : right)
  const now = new Date(aim.now()).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const credential = `${chance.of(aim.credentials).accessKeyId}%2F${now.slice(0, 8)}%2Fus-east-1%2Fsts%2Faws4_request`
  const pairs = [
    ['Action', value('GetCallerIdentity')],
    ['X-Amz-Algorithm', value('AWS4-HMAC-SHA256')],
    ['X-Amz-Credential', value(credential)],
    ['X-Amz-Date', value(now)],
    ['X-Amz-Expires', value(chance.of(['60', '0', '-1', '1e9', '604801']))],
    ['X-Amz-SignedHeaders', value('host')],
    ['X-Amz-Signature', value('0'.repeat(64))],
    ['X-Amz-Security-Token', garbage()],
  ].filter(() => !chance.once(6))
  if (chance.once(4)) pairs.push(...pairs)
  const query = pairs.map(([name, text]) => `${name}=${text}`).join(chance.once(10) ? '&&' : '&')
  const method = chance.of(['GET', 'GET', 'POST'])
  return bytesOf(unsigned(aim.port, { method, target: `/?${query.slice(0, 12_000)}` }))
}

/** Headers that are too many, too long or hold what no header holds. */
function headed(chance: Chance, aim: Aim): Buffer {
  const bytes = bytesOf(good(chance, aim))
  const at = bytes.indexOf('\r\n') + 2
  const more = chance.of<() => string>([
    () => 'x: y\r\n'.repeat(chance.length(3000)),
    () => Array.from({ length: chance.length(150) }, (_, n) => `x-amz-${n}: ${n}\r\n`).join(''),
    () => `x: ${'a'.repeat(chance.length(40_000))}\r\n`,
    () => `${'x'.repeat(chance.length(40_000))}: a\r\n`,
    () => 'no colon\r\n',
    () => ': no name\r\n',
    () => 'x: a\r\n folded\r\n',
    () => 'x: a\0b\r\n',
    () => 'x : a\r\n',
    () => 'x: a\nb: c\r\n',
    () => '\x80\xff: a\r\n',
    () => 'host: other\r\n',
    () => `${chance.of(['x-amz-date', 'x-amz-target', 'authorization', 'content-type'])}: ${headerText(chance)}\r\n`,
    () => '__proto__: a\r\nconstructor: b\r\n',
    () => 'connection: upgrade\r\nupgrade: websocket\r\n',
    () => 'connection: close, keep-alive, te\r\n',
    () => 'transfer-encoding: chunked\r\n',
    () => 'content-length: 5\r\n',
  ])()
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(more, 'latin1'), bytes.subarray(at)])
}

/** Lengths and chunks that are wrong, and bytes that are no HTTP at all. */
function misframed(chance: Chance, aim: Aim): Buffer {
  const outgoing = good(chance, aim)
  const chunked = (body: string | Buffer) => {
    const text = bytesOf(outgoing).toString('latin1')
    const head = text.slice(0, text.indexOf('\r\n\r\n')).replace(/Content-Length: .*/, 'Transfer-Encoding: chunked')
    return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), Buffer.from(body as string)])
  }
  const lengths = [
    '-1',
    'x',
    '',
    '1e3',
    '0x10',
    '99999999999999999999',
    '1048577',
    `${outgoing.body.length + 5}`,
    '1',
    '+2',
  ]
  return chance.of<() => Buffer>([
    () => bytesOf(outgoing, chance.of(lengths)),
    () => bytesOf(outgoing).subarray(0, chance.whole(1, 200)),
    () => broken(chance, bytesOf(outgoing)),
    () => chunked('zz\r\nabc'),
    () => chunked('ffffffffffffffff\r\nabc'),
    () => chunked('5\r\nabc'),
    () => chunked('3\r\nabcdef\r\n0\r\n\r\n'),
    () => chunked(`3;${'e'.repeat(chance.length(20_000))}\r\nabc\r\n0\r\n\r\n`),
    () => chunked('0\r\nx: y\r\nx-amz-target: a\r\n\r\n'),
    () => chunked(`${'1\r\na\r\n'.repeat(chance.length(5000))}0\r\n\r\n`),
    () => chunked(chance.bytes(chance.length(500))),
    () => chance.bytes(chance.length(3000)),
    () =>
      Buffer.from(
        chance.of(['GET /\r\n\r\n', '\r\n\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']),
      ),
    () => Buffer.from('160301020001000001fc0303', 'hex'),
    () =>
      Buffer.from(
        `${chance.of(['CONNECT a:1', 'GET', 'get /', 'POST  /', 'FOO /', 'G\0T /'])} HTTP/1.1\r\nHost: a\r\n\r\n`,
      ),
    () => Buffer.from(`GET /${'a'.repeat(chance.length(40_000))} HTTP/1.1\r\nHost: a\r\n\r\n`),
    () => Buffer.concat([bytesOf(outgoing), bytesOf(outgoing), broken(chance, bytesOf(outgoing))]),
  ])()
}

/** Signed bodies of depth and size. */
function bomb(chance: Chance, aim: Aim): Buffer {
  const entry = chance.of(aim.entries)
  const { service, name, operation } = entry
  const member = chance.of([...Object.keys(operation?.input ?? {}), 'a'])
  const depth = chance.of([100, 10_000, 100_000])
  const body = service.json
    ? chance.of([
        `{"${member}":${nested(chance, depth)}}`,
        nested(chance, depth),
        `{"${member}":"${'a'.repeat(500_000)}"}`,
      ])
    : `Action=${name}&${'a.'.repeat(depth)}=1&${member}.member.1${'.b'.repeat(chance.whole(1, 30))}=1`
  const draft = { ...draftOf(service, name, {}), body }
  return bytesOf(signed(aim.port, draft, signing(chance, aim, service.signingName)))
}

/** Without a signature: the same garbage. */
function unsignedGarbage(chance: Chance, aim: Aim): Buffer {
  const { service, name, operation } = chance.of(aim.entries)
  const members = operation?.input ?? {}
  const body = service.json === undefined ? formBody(chance, name, members) : jsonBody(chance, members)
  return bytesOf(unsigned(aim.port, { ...draftOf(service, name, {}), body }))
}

/** Kinds and their weights. */
const kinds: readonly (readonly [string, number, (chance: Chance, aim: Aim) => Buffer])[] = [
  ['signed garbage', 45, signedGarbage],
  ['broken Authorization', 15, brokenAuthorization],
  ['misdirected', 8, misdirected],
  ['presigned', 7, presigned],
  ['headers', 7, headed],
  ['framing', 9, misframed],
  ['bomb', 3, bomb],
  ['unsigned garbage', 6, unsignedGarbage],
]

/** One malformed request. */
export function attack(chance: Chance, aim: Aim): Attack {
  let weight = chance.next() * kinds.reduce((sum, [, each]) => sum + each, 0)
  for (const [kind, each, make] of kinds) {
    weight -= each
    if (weight < 0) return { kind, bytes: make(chance, aim), unfinished: kind === 'framing' }
  }
  throw new Error('the weights do not add up')
}
