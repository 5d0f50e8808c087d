import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { isLoopback, isPublic } from './addresses.ts'
import { type Answered, call, type Reach, Unacceptable, Unreachable } from './call.ts'

/** What services/sts/oidc/fetch.test.ts does not see: names, bodies, statuses. */

const HERE: Reach = { mayConnect: isLoopback, mayConnectPlain: isLoopback }
const asked = (url: string, more: object = {}) =>
  ({ url, method: 'GET', mostBytes: 1000, signal: AbortSignal.timeout(5000), ...more }) as const

async function answered(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  more: object = {},
  reach = HERE,
  host = '127.0.0.1',
): Promise<Answered> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    return await call(asked(`http://${host}:${(server.address() as AddressInfo).port}/x?y=z`, more), reach)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('a POST carries its body and its headers', async () => {
  const seen: unknown[] = []
  const { status, body } = await answered(
    (request, response) => {
      const { method, url, headers } = request
      seen.push(method, url, headers['content-type'], headers['content-length'], headers['transfer-encoding'])
      request.setEncoding('utf8').on('data', (chunk) => response.writeHead(201).end(`got ${chunk}`))
    },
    { method: 'POST', body: 'é', headers: { 'content-type': 'text/plain' } },
  )
  assert.deepEqual(seen, ['POST', '/x?y=z', 'text/plain', '2', undefined])
  assert.deepEqual({ status, body }, { status: 201, body: 'got é' })
})

test('what is no success is a status and nothing else, redirects too', async () => {
  for (const status of [300, 301, 307, 400, 404, 500]) {
    const answer = await answered((_request, response) =>
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('x'.repeat(5000)),
    )
    assert.deepEqual(answer, { status, body: '' })
  }
})

test('a name is looked up once, and each of its addresses must be one that may be connected to', async () => {
  let lookups = 0
  const resolving = (...addresses: string[]): Reach => ({
    ...HERE,
    resolve: async (name) => {
      lookups++
      assert.equal(name, 'some.name')
      return addresses
    },
  })
  const ok = (_request: IncomingMessage, response: ServerResponse) => void response.end('there')
  assert.equal((await answered(ok, {}, resolving('127.0.0.1'), 'some.name')).body, 'there')
  assert.equal(lookups, 1)
  // nobody listens at the first one: the second is tried
  assert.equal((await answered(ok, {}, resolving('127.0.0.9', '127.0.0.1'), 'some.name')).body, 'there')
  for (const addresses of [['10.0.0.1'], ['127.0.0.1', '10.0.0.1'], ['localhost'], ['127.0.0.1\n'], ['']])
    await assert.rejects(answered(ok, {}, resolving(...addresses), 'some.name'), Unacceptable, addresses.join())
  await assert.rejects(answered(ok, {}, resolving(), 'some.name'), Unreachable)
  assert.equal(lookups, 8)
})

test('a resolver that fails, or takes too long', async () => {
  const failing: Reach = { mayConnect: isPublic, resolve: () => Promise.reject(new Error('SERVFAIL')) }
  await assert.rejects(call(asked('https://some.name/'), failing), Unacceptable)
  const silent: Reach = { mayConnect: isPublic, resolve: () => new Promise(() => undefined) }
  await assert.rejects(call(asked('https://some.name/', { signal: AbortSignal.timeout(20) }), silent), Unreachable)
})

test('plain http is for those who allow it', async () => {
  await assert.rejects(call(asked('http://127.0.0.1/'), { mayConnect: () => true }), Unacceptable)
})

test('an address is asked about together with the host that led to it', async () => {
  const pairs: string[][] = []
  const reach: Reach = {
    mayConnect: (address, host) => pairs.push([address, host]) === 0,
    resolve: async () => ['1.2.3.4'],
  }
  for (const url of ['https://Some.Name./', 'https://[::1]:9/', 'https://0x7f.1/'])
    await assert.rejects(call(asked(url), reach), Unacceptable)
  assert.deepEqual(pairs, [
    ['1.2.3.4', 'some.name.'],
    ['::1', '::1'],
    ['127.0.0.1', '127.0.0.1'],
  ])
})
