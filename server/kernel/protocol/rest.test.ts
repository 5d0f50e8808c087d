import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import { restError, restReply } from '#kernel/protocol/reply'
import { type Rest, RestInput, RestPaths } from '#kernel/protocol/rest'
import { SignatureRefusal } from '#kernel/signature/refusal'
import { HeaderIndex } from '#kernel/signature/request'

const paths = new RestPaths<string>()
for (const template of [
  'GET /functions',
  'POST /functions',
  'GET /functions/{Name}',
  'GET /functions/{Name}/list',
  'GET /functions/{Name}/list?kind=all',
  'GET /functions/special',
  'DELETE /functions/{Name}/policy/{Id}',
])
  paths.put(template.split(' ')[0] as string, template.split(' ')[1] as string, template)

test('method and path find one operation; literals go before labels, a parameter in the template before none', () => {
  for (const [request, found] of [
    ['GET /functions', 'GET /functions'],
    ['GET /functions/', 'GET /functions'],
    ['GET /functions?Marker=x', 'GET /functions'],
    ['POST /functions', 'POST /functions'],
    ['PUT /functions', undefined],
    ['GET /functions/special', 'GET /functions/special'],
    ['GET /functions/arn%3Aaws%2Fx', 'GET /functions/{Name}'],
    ['GET /functions/a/list?x=1&kind=all', 'GET /functions/{Name}/list?kind=all'],
    ['GET /functions/a/list?kind=allx', 'GET /functions/{Name}/list'],
    ['DELETE /functions/a/policy/b', 'DELETE /functions/{Name}/policy/{Id}'],
    ['GET functions', undefined],
    ['GET /', undefined],
    ['GET ', undefined],
  ] as const)
    assert.equal(paths.find(request.split(' ')[0] as string, request.split(' ')[1] as string), found, request)
})

test('a path that a signature normalises to another one names nothing', () => {
  for (const path of [
    '//functions',
    '/functions//a',
    '/functions/./a',
    '/functions/../functions',
    '/functions/a/..',
    '/./functions',
    '/functions/a//',
  ])
    assert.equal(paths.find('GET', path), undefined, path)
})

test('any path is looked up in bounded time and never throws', () => {
  fc.assert(fc.property(fc.string(), (path) => void paths.find('GET', path)))
  const long = `/functions${'/a'.repeat(100_000)}`
  assert.equal(paths.find('GET', long), undefined)
})

const rest: Rest = {
  method: 'POST',
  path: '/things/{Name}/sub/{Id}',
  status: 201,
  query: { Flag: 'flag', Count: 'count', Keys: 'keys' },
  headers: { Kind: 'x-amz-kind' },
}
const string = { kind: 'string' } as const
const members = {
  Name: string,
  Id: string,
  Flag: { kind: 'boolean' },
  Count: { kind: 'integer' },
  Keys: { kind: 'list', of: string },
  Kind: string,
  Text: string,
} as const
const decode = (target: string, body = '', headers: readonly string[] = [], declared: Rest = rest) =>
  new RestInput(declared, members).decode({ target, header: new HeaderIndex(headers), body: Buffer.from(body) })

test('members come from path, query string, headers and body, each from its own place only', () => {
  const target = '/things/a%3Ab%2F%C3%BC/sub/%24LATEST?flag=true&count=-7&keys=x&keys=y%20z&other=1'
  const body = JSON.stringify({ Text: 't', Name: 'evil', Flag: false, Kind: 'evil', More: 1 })
  assert.deepEqual(decode(target, body, ['X-Amz-Kind', 'k']), {
    Name: 'a:b/ü',
    Id: '$LATEST',
    Flag: true,
    Count: -7,
    Keys: ['x', 'y z'],
    Kind: 'k',
    Text: 't',
  })
  assert.deepEqual(decode('/things/a+b/sub/c'), { Name: 'a+b', Id: 'c' })
})

test('a payload is the body, byte for byte', () => {
  const declared: Rest = { ...rest, payload: 'Text' }
  assert.deepEqual(decode('/things/a/sub/b', '{"Text"', [], declared).Text, Buffer.from('{"Text"'))
  assert.ok(!('Text' in decode('/things/a/sub/b', '', [], declared)))
})

test('what is malformed is refused in AWS’s words, which repeat nothing of it', () => {
  for (const [target, body, code] of [
    ['/things/%ff/sub/b', '', 'SerializationException'],
    ['/things/%/sub/b', '', 'SerializationException'],
    ['/things/a%00/sub/b', '', 'SerializationException'],
    ['/things/a/sub/b?flag=yes', '', 'SerializationException'],
    ['/things/a/sub/b?count=1.5', '', 'SerializationException'],
    ['/things/a/sub/b?count=99999999999', '', 'SerializationException'],
    ['/things/a/sub/b?keys=%ff', '', 'SerializationException'],
    ['/things/a/sub/b', '{"CANARY', 'InvalidRequestContentException'],
    ['/things/a/sub/b', '\xff', 'InvalidRequestContentException'],
    ['/things/a/sub/b', '{"Text":7}', 'SerializationException'],
    ['/things/a/sub/b', '[]', 'SerializationException'],
  ] as const) {
    const bytes = body === '\xff' ? Buffer.from([0xff]) : Buffer.from(body)
    assert.throws(
      () => new RestInput(rest, members).decode({ target, header: new HeaderIndex([]), body: bytes }),
      (error) => error instanceof ApiError && error.code === code && !error.message.includes('CANARY'),
      target + body,
    )
  }
})

test('whatever a request says, its members are decoded or refused', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (label, query, body) => {
      try {
        const decoded = decode(`/things/${label.replaceAll('/', '')}/sub/b?${query}`, body)
        assert.equal(typeof decoded.Name, 'string')
      } catch (error) {
        assert.ok(error instanceof ApiError || error instanceof SignatureRefusal, String(error))
      }
    }),
  )
})

test('answers: members in head, status and body; 204 has none', () => {
  const invoke: Rest = {
    method: 'POST',
    path: '/x',
    status: 200,
    answer: { status: 'StatusCode', headers: { Version: 'X-Version' }, payload: 'Payload' },
  }
  const reply = restReply(invoke, 'id', { StatusCode: 202, Version: '1', Payload: Buffer.from('raw') })
  assert.deepEqual(reply, {
    status: 202,
    headers: ['x-amzn-RequestId', 'id', 'X-Version', '1', 'Content-Type', 'application/json'],
    body: Buffer.from('raw'),
  })
  assert.deepEqual(restReply({ ...rest, status: 204 }, 'id', undefined), {
    status: 204,
    headers: ['x-amzn-RequestId', 'id'],
    body: '',
  })
  assert.equal(restReply(rest, 'id', { A: 1, B: undefined }).body, '{"A":1}')
})

test('errors: the code in a header; whose fault it is only where the model says it (rotation.md 14.1)', () => {
  const wording = { validation: 'V', modelled: 'message', capital: new Set(['NotFound']) } as const
  const body = (error: ApiError) => JSON.parse(String(restError('id', error, wording).body))
  assert.deepEqual(body(new ApiError('NotFound', 'text', 404)), { Type: 'User', Message: 'text' })
  assert.deepEqual(body(new ApiError('Conflict', 'text', 409)), { Type: 'User', message: 'text' })
  assert.deepEqual(body(new ApiError('Broken', 'text', 502)), { Type: 'Service', message: 'text' })
  assert.deepEqual(body(new ApiError('ValidationException', 'text', 400)), { message: 'text' })
  assert.deepEqual(body(new ApiError('AccessDeniedException', 'text', 403)), { Message: 'text' })
  const throttled = new ApiError('TooMany', 'text', 429, undefined, {
    members: { Reason: 'r' },
    headers: ['Retry-After', '1'],
  })
  assert.deepEqual(body(throttled), { Type: 'User', message: 'text', Reason: 'r' })
  assert.deepEqual(restError('id', throttled).headers, [
    'x-amzn-RequestId',
    'id',
    'x-amzn-errortype',
    'TooMany',
    'Retry-After',
    '1',
    'Content-Type',
    'application/json',
  ])
})
