import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import fc from 'fast-check'
import { SettableClock } from '#kernel/clock'
import type { Reply } from '#kernel/protocol/reply'
import { answer, exchange, mirror, parse, start, Wire } from './test/http-rig.ts'
import type { Received } from './http.ts'
import { StartError } from './start-error.ts'

const post = (body: string, more = ''): string =>
  `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`
const CLOSE = 'Connection: close\r\n'
const json = (text: string): Record<string, unknown> => JSON.parse(parse(text).body) as Record<string, unknown>

test('a request reaches the pipeline as it stood on the wire, and its answer comes back with length and date', async () => {
  let seen: Received | undefined
  await using rig = await start({
    handle: async (request) => {
      seen = request
      return answer({ ok: true })
    },
  })
  const text = await exchange(
    rig.port,
    `POST /?a=%20b HTTP/1.1\r\nHOST: localhost\r\nX-Twice: 1\r\nx-twice: 2\r\nContent-Length: 5\r\n${CLOSE}\r\nh\0llo`,
  )
  assert.deepEqual(
    [seen?.method, seen?.target, seen?.body.toString(), seen?.secure, seen?.remoteAddress],
    ['POST', '/?a=%20b', 'h\0llo', false, '127.0.0.1'],
  )
  assert.deepEqual(seen?.headers, [
    'HOST',
    'localhost',
    'X-Twice',
    '1',
    'x-twice',
    '2',
    'Content-Length',
    '5',
    'Connection',
    'close',
  ])
  assert.equal(seen?.tls, undefined)
  const { status, headers, body } = parse(text)
  assert.equal(status, 200)
  assert.equal(headers.get('content-length'), String(body.length))
  assert.ok(Math.abs(Date.parse(headers.get('date') ?? '') - Date.now()) < 5000)
  assert.equal(body, '{"ok":true}')
})

test('bodies arrive whole: in one piece, in many, in chunks, empty, and one after the other on one connection', async () => {
  await using rig = await start()
  const large = 'x'.repeat(300_000)
  assert.equal(json(await exchange(rig.port, post('{"a":1}', CLOSE))).body, '{"a":1}')
  assert.equal(json(await exchange(rig.port, post(large, CLOSE))).body, large)
  assert.equal(json(await exchange(rig.port, post('', CLOSE))).body, '')
  assert.equal(json(await exchange(rig.port, `GET / HTTP/1.1\r\nHost: localhost\r\n${CLOSE}\r\n`)).body, '')
  const chunked = `POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n${CLOSE}\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n`
  assert.equal(json(await exchange(rig.port, chunked)).body, 'abcdefg')
  const wire = await Wire.open(rig.port)
  for (const piece of post('drop by drop', CLOSE)) {
    wire.send(piece)
    await new Promise(setImmediate)
  }
  assert.equal(json(await wire.end()).body, 'drop by drop')
  assert.equal(rig.listening.load().bodiesBytes, 0)
})

test('pipelined requests are answered in their order, however long each takes', async () => {
  const gates = new Map<string, PromiseWithResolvers<void>>(
    ['1', '2', '3'].map((name) => [name, Promise.withResolvers()]),
  )
  await using rig = await start({
    handle: async (request) => {
      const name = request.body.toString()
      await gates.get(name)?.promise
      gates.get(String(Number(name) - 1))?.resolve()
      return answer(name)
    },
  })
  gates.get('3')?.resolve()
  const text = await exchange(rig.port, post('1') + post('2') + post('3', CLOSE))
  assert.deepEqual(text.match(/"\d"/g), ['"1"', '"2"', '"3"'])
})

test('a connection that sends too many requests ahead is throttled', async () => {
  const gate = Promise.withResolvers<void>()
  await using rig = await start({ handle: async () => gate.promise.then(() => answer('done')) })
  const wire = await Wire.open(rig.port)
  wire.send(post('x').repeat(40))
  while (rig.refused.length === 0) await new Promise(setImmediate)
  gate.resolve()
  const text = await wire.end()
  assert.equal(text.match(/"done"/g)?.length, 32)
  assert.match(text, /"__type":"ThrottlingException","message":"Rate exceeded"/)
  assert.deepEqual(rig.refused, ['pipelined'])
})

test('a body beyond the limit is refused with AWS JSON, declared or in chunks, and the sender gets to read it', async () => {
  await using rig = await start({ limits: { bodyBytes: 1000 } })
  const declared = parse(
    await exchange(rig.port, post('x'.repeat(500_000), 'Content-Type: application/x-amz-json-1.1\r\n')),
  )
  assert.deepEqual([declared.status, declared.headers.get('connection')], [413, 'close'])
  assert.equal((JSON.parse(declared.body) as { __type: string }).__type, 'RequestEntityTooLargeException')
  assert.match(declared.headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/)
  const chunks = `POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${`1f4\r\n${'x'.repeat(500)}\r\n`.repeat(3)}0\r\n\r\n`
  assert.equal(parse(await exchange(rig.port, chunks)).status, 413)
  assert.equal(json(await exchange(rig.port, post('x'.repeat(1000), CLOSE))).body, 'x'.repeat(1000))
  assert.deepEqual(rig.refused, ['body-too-large', 'body-too-large'])
})

test('a form post that is refused gets the XML of the Query protocol', async () => {
  await using rig = await start({ limits: { bodyBytes: 10 } })
  const { status, headers, body } = parse(
    await exchange(rig.port, post('Action=GetCallerIdentity', 'Content-Type: application/x-www-form-urlencoded\r\n')),
  )
  assert.deepEqual([status, headers.get('content-type')], [413, 'text/xml'])
  assert.match(body, /^<ErrorResponse>.*<Code>RequestEntityTooLargeException<\/Code>/)
})

test('headers beyond their size or number are refused and the connection closes', async () => {
  await using rig = await start({ limits: { headerCount: 20 } })
  const huge = await exchange(rig.port, `GET / HTTP/1.1\r\nHost: localhost\r\nX-Huge: ${'x'.repeat(20_000)}\r\n\r\n`)
  assert.equal(parse(huge).status, 431)
  const many = await exchange(rig.port, `GET / HTTP/1.1\r\nHost: localhost\r\n${'X-Many: 1\r\n'.repeat(20)}\r\n`)
  assert.equal(parse(many).status, 431)
  assert.deepEqual(rig.refused, ['not-http', 'headers-too-many'])
})

test('a header that comes in slowly, or a body, is cut off with 408', async () => {
  await using rig = await start({ limits: { headersTimeoutMs: 50, requestTimeoutMs: 100, checkEveryMs: 20 } })
  const [head, body] = await Promise.all([
    exchange(rig.port, 'POST / HTTP/1.1\r\nHost: loc'),
    exchange(rig.port, 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx'),
  ])
  assert.equal(parse(head).status, 408)
  assert.equal(parse(body).status, 408)
  assert.deepEqual(rig.refused, ['too-slow', 'too-slow'])
  assert.deepEqual(rig.listening.load().requests, 0)
})

test('a connection that rests too long is closed', async () => {
  await using rig = await start({ limits: { keepAliveTimeoutMs: 30 } })
  const wire = await Wire.open(rig.port)
  wire.send(post('x'))
  assert.equal(parse(await wire.end()).status, 200)
})

test('requests beyond those that may wait for an answer are throttled', async () => {
  const gate = Promise.withResolvers<void>()
  await using rig = await start({
    limits: { requests: 2 },
    handle: async () => gate.promise.then(() => answer('done')),
  })
  const waiting = [exchange(rig.port, post('1', CLOSE)), exchange(rig.port, post('2', CLOSE))]
  while (rig.listening.load().requests < 2) await new Promise(setImmediate)
  const throttled = parse(await exchange(rig.port, post('3')))
  // Source: CommonErrors of Secrets Manager and KMS: ThrottlingException, 400.
  assert.deepEqual([throttled.status, JSON.parse(throttled.body).__type], [400, 'ThrottlingException'])
  gate.resolve()
  assert.deepEqual(
    (await Promise.all(waiting)).map((text) => parse(text).body),
    ['"done"', '"done"'],
  )
  assert.equal(json(await exchange(rig.port, post('4', CLOSE))).toString(), 'done')
})

test('connections beyond the limit are not taken', async () => {
  await using rig = await start({ limits: { connections: 2, peerShare: 1 } })
  const held = [await Wire.open(rig.port), await Wire.open(rig.port)]
  while (rig.listening.load().connections < 2) await new Promise(setImmediate)
  assert.equal(await exchange(rig.port, post('x')), '')
  for (const wire of held) wire.socket.destroy()
})

test('an encoded body is refused', async () => {
  await using rig = await start()
  assert.equal(parse(await exchange(rig.port, post('x', 'Content-Encoding: gzip\r\n'))).status, 415)
  assert.equal(parse(await exchange(rig.port, post('x', `Content-Encoding: identity\r\n${CLOSE}`))).status, 200)
})

test('100 Continue is said to those who wait for it, but not for a body that is too large', async () => {
  await using rig = await start({ limits: { bodyBytes: 100 } })
  const wire = await Wire.open(rig.port)
  wire.send(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n${CLOSE}\r\n`)
  await wire.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/)
  wire.send('hello')
  assert.match(await wire.end(), /"body":"hello"/)
  const refused = await Wire.open(rig.port)
  refused.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\nExpect: 100-continue\r\n\r\n')
  assert.match(await refused.until(/RequestEntityTooLarge/), /^HTTP\/1\.1 413/)
  refused.socket.destroy()
})

test('what is not HTTP is answered with a bare 400 and the connection closes', async () => {
  await using rig = await start()
  for (const text of [
    'hello\r\n\r\n',
    '\0\0\0\0',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'GET / HTTP/1.1\r\nHost localhost\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'GET / HTTP/1.1\r\nHost: localhost\r\n X-Folded: 1\r\n\r\n',
  ]) {
    const { status, headers, body } = parse(await exchange(rig.port, Buffer.from(text, 'latin1')))
    assert.deepEqual([status, headers.get('connection'), body], [400, 'close', ''], JSON.stringify(text))
  }
  assert.equal(parse(await exchange(rig.port, 'GET / HTTP/1.1\r\n\r\n')).status, 400)
  assert.equal(parse(await exchange(rig.port, 'CONNECT db:5432 HTTP/1.1\r\nHost: db:5432\r\n\r\n')).status, 405)
})

test('garbage behind a request that is still worked on closes the connection without an answer to either', async () => {
  const gate = Promise.withResolvers<Reply>()
  await using rig = await start({ handle: () => gate.promise })
  const wire = await Wire.open(rig.port)
  wire.send(`${post('x')}garbage\r\n\r\n`)
  assert.equal(await wire.end(), '')
  gate.resolve(answer('late'))
})

test('an upgrade is not taken up', async () => {
  await using rig = await start()
  const text = await exchange(
    rig.port,
    `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n`,
  )
  assert.equal(parse(text).status, 200)
})

test('a failure of ours is InternalFailure to the caller, with its request id, and told to the log only', async () => {
  await using rig = await start({
    handle: async () => {
      throw new Error('canary-detail')
    },
  })
  const { status, headers, body } = parse(await exchange(rig.port, post('x', CLOSE)))
  assert.equal(status, 500)
  assert.deepEqual(JSON.parse(body), {
    __type: 'InternalFailure',
    message: 'The request processing has failed because of an unknown error.',
  })
  assert.match(
    rig.logged[0] ?? '',
    new RegExp(`a request failed inside the server .*${headers.get('x-amzn-requestid')}`),
  )
})

test('the Date header is the time of the server also after a journey in time', async () => {
  const clock = new SettableClock(Date.UTC(2027, 0, 1, 0, 0, 0))
  await using rig = await start({ clock })
  const date = async (text: string): Promise<string | undefined> =>
    parse(await exchange(rig.port, text)).headers.get('date')
  assert.equal(await date(post('x', CLOSE)), 'Fri, 01 Jan 2027 00:00:00 GMT')
  clock.set(Date.UTC(2028, 5, 1, 12, 30, 15))
  assert.equal(await date(post('x', CLOSE)), 'Thu, 01 Jun 2028 12:30:15 GMT')
  assert.equal(await date('nonsense\r\n\r\n'), 'Thu, 01 Jun 2028 12:30:15 GMT')
})

test('X-Forwarded-For and -Proto count only from trusted proxies, and only the part they vouch for', async () => {
  const forwarded = 'X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.1.2.3\r\nX-Forwarded-Proto: https\r\n'
  const seen = async (networks: readonly string[], headers = forwarded): Promise<unknown[]> => {
    await using rig = await start({ trustedProxies: networks })
    const { remoteAddress, secure } = json(await exchange(rig.port, post('x', headers + CLOSE)))
    return [remoteAddress, secure]
  }
  assert.deepEqual(await seen([]), ['127.0.0.1', false])
  assert.deepEqual(await seen(['10.0.0.0/8']), ['127.0.0.1', false])
  assert.deepEqual(await seen(['127.0.0.1', '10.0.0.0/8']), ['203.0.113.9', true])
  assert.deepEqual(await seen(['127.0.0.0/8']), ['10.1.2.3', true])
  assert.deepEqual(await seen(['127.0.0.1'], 'X-Forwarded-For: nonsense\r\n'), ['127.0.0.1', false])
  assert.deepEqual(await seen(['127.0.0.1'], ''), ['127.0.0.1', false])
})

test('closing finishes requests in flight, closes resting connections, and takes no new ones', async () => {
  const gate = Promise.withResolvers<void>()
  const rig = await start({
    handle: async (request) => (request.body.length > 0 ? gate.promise.then(() => mirror(request)) : mirror(request)),
  })
  const [busy, resting, fresh] = [await Wire.open(rig.port), await Wire.open(rig.port), await Wire.open(rig.port)]
  resting.send(post(''))
  await resting.until(/"body":""/)
  busy.send(post('work'))
  while (rig.listening.load().requests === 0) await new Promise(setImmediate)
  let closed = false
  const closing = rig.listening.close(60_000).then(() => {
    closed = true
  })
  await resting.end()
  assert.equal(await fresh.end(), '')
  await assert.rejects(Wire.open(rig.port), { code: 'ECONNREFUSED' })
  assert.equal(closed, false)
  gate.resolve()
  const { headers, body } = parse(await busy.end())
  assert.equal(headers.get('connection'), 'close')
  assert.equal((JSON.parse(body) as { body: string }).body, 'work')
  await closing
})

test('closing cuts off what is not finished after the grace', async () => {
  const rig = await start({ handle: () => new Promise(() => undefined) })
  const wire = await Wire.open(rig.port)
  wire.send(post('work'))
  while (rig.listening.load().requests === 0) await new Promise(setImmediate)
  await rig.listening.close(20)
  assert.equal(await wire.end(), '')
})

test('an address that is taken or not ours is told with a hint', async () => {
  await using rig = await start()
  const taken = { host: '127.0.0.1', port: rig.port }
  const { listen } = await import('./http.ts')
  const { defaultLimits } = await import('./config.ts')
  const parts = {
    handle: mirror,
    admin: { health: async () => ({ ready: true, reasons: [] }) },
    log: console,
    metrics: { contentType: '', metrics: async () => '' },
    clock: new SettableClock(0),
  }
  await assert.rejects(listen({ mode: 'serve', listen: taken, limits: defaultLimits }, parts), (error: StartError) => {
    assert.ok(error instanceof StartError)
    assert.deepEqual(
      [error.message, error.hint],
      [`127.0.0.1:${rig.port} is in use by another program`, 'choose another port with --listen'],
    )
    return true
  })
  await assert.rejects(
    listen({ mode: 'serve', listen: { host: '192.0.2.1', port: 0 }, limits: defaultLimits }, parts),
    /is no address of this machine/,
  )
})

test('a client that goes away before its answer leaves nothing behind', async () => {
  const gate = Promise.withResolvers<void>()
  await using rig = await start({ handle: async () => gate.promise.then(() => answer('late')) })
  const wire = await Wire.open(rig.port)
  wire.send(post('x'))
  while (rig.listening.load().requests === 0) await new Promise(setImmediate)
  wire.socket.destroy()
  await once(wire.socket, 'close')
  gate.resolve()
  while (rig.listening.load().requests > 0) await new Promise(setImmediate)
  assert.deepEqual(rig.logged, [])
})

test('whatever arrives, the connection ends, nothing fails inside and nothing is left behind', async () => {
  await using rig = await start({
    limits: { bodyBytes: 2000, headersTimeoutMs: 50, requestTimeoutMs: 50, keepAliveTimeoutMs: 50, checkEveryMs: 10 },
  })
  const whole = post('{"SecretId":"x"}', `Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: a.B\r\n${CLOSE}`)
  const chunked = `POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n${CLOSE}\r\n5\r\nhello\r\n0\r\n\r\n`
  const change = fc.record({
    at: fc.nat(300),
    cut: fc.nat(20),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constant(Buffer.from('\r\n')),
      fc.constant(Buffer.alloc(20_000, 'x')),
    ),
  })
  const request = fc
    .tuple(fc.constantFrom(whole, chunked, whole + whole), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([text, changes]) =>
      changes.reduce(
        (bytes, { at, cut, put }) => Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]),
        Buffer.from(text),
      ),
    )
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 64, maxLength: 64 }), async (requests) => {
      const answers = await Promise.all(
        requests.map(async (bytes) => {
          const wire = await Wire.open(rig.port)
          wire.send(bytes)
          return await wire.end()
        }),
      )
      for (const text of answers) assert.match(text, /^$|^HTTP\/1\.1 (?:200|4\d\d) /)
    }),
    { numRuns: 10 },
  )
  assert.deepEqual(rig.logged, [])
  while (rig.listening.load().connections > 0) await new Promise(setImmediate)
  assert.deepEqual(rig.listening.load(), { requests: 0, bodiesBytes: 0, connections: 0 })
})
