import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Handler, issuer } from '../test/issuer.ts'
import { fetchText, type Reach, Unacceptable, Unreachable, type Wanted } from './fetch.ts'

const NOW = Date.UTC(2026, 2, 15)
const wanted = (url: string, more: Partial<Wanted> = {}): Wanted => ({
  url,
  mostBytes: 1000,
  thumbprints: [],
  now: NOW,
  signal: AbortSignal.timeout(5000),
  ...more,
})
const STRICT: Reach = { privateIssuers: false }
const HERE: Reach = { privateIssuers: true }

test('only https is fetched, and plain http within this machine where private issuers are allowed', async () => {
  for (const url of [
    'http://example.com/',
    'file:///etc/passwd',
    'ftp://example.com/',
    'data:text/plain,x',
    'gopher://x/',
  ]) {
    await assert.rejects(fetchText(wanted(url), STRICT), Unacceptable, url)
  }
  for (const url of ['http://10.0.0.1/', 'http://1.1.1.1/', 'http://[fd00::1]/', 'file:///etc/passwd']) {
    await assert.rejects(fetchText(wanted(url), HERE), Unacceptable, url)
  }
  for (const url of ['', 'x', 'https://', 'https:///', '//example.com']) {
    await assert.rejects(fetchText(wanted(url), HERE), Unacceptable, url)
  }
})

test('addresses are looked at in every form that URLs have for them', async () => {
  const hosts = [
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '017700000001',
    '127.0.0.1.',
    '①②⑦.⓪.⓪.①',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:a9fe:a9fe]',
    '169.254.169.254',
    '0',
    '0.0.0.0',
    '[fd00:ec2::254]',
    '10.0.0.1',
    '100.100.100.200',
    'localhost',
    'LOCALHOST',
    'localhost.',
  ]
  for (const host of hosts) await assert.rejects(fetchText(wanted(`https://${host}/`), STRICT), Unacceptable, host)
})

test('a URL with credentials is refused', async () => {
  for (const url of ['https://user@1.1.1.1/', 'https://user:secret@1.1.1.1/', 'https://:secret@1.1.1.1/']) {
    await assert.rejects(fetchText(wanted(url), STRICT), Unacceptable)
  }
})

/** What comes of an answer. */
async function answered(handler: Handler, more: Partial<Wanted> = {}): Promise<string> {
  await using one = await issuer([], { plain: true, host: '127.0.0.1' })
  one.handler = handler
  return await fetchText(wanted(`${one.url}/a/b?c=d#e`, more), HERE)
}

test('the answer is text of a bounded size', async () => {
  assert.equal(await answered((_request, response) => response.end('x'.repeat(1000))), 'x'.repeat(1000))
  await assert.rejects(
    answered((_request, response) => response.end('x'.repeat(1001))),
    Unacceptable,
  )
  // In pieces, without saying how much comes, and without end.
  const endless: Handler = (_request, response) => {
    const more = () => {
      while (response.write('x'.repeat(500)));
      response.once('drain', more)
    }
    more()
  }
  await assert.rejects(answered(endless), Unacceptable)
  await assert.rejects(
    answered((_request, response) => response.end(Buffer.from([0xff, 0xfe]))),
    Unacceptable,
  )
  const zipped: Handler = (_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000)))
  await assert.rejects(answered(zipped), Unacceptable)
})

test('the request says where it goes, asks for plain text and carries nothing else', async () => {
  const seen: unknown[] = []
  const url = await answered((request, response) => {
    seen.push(request.method, request.url, Object.keys(request.headers).toSorted())
    response.end(request.headers.host)
  })
  assert.match(url, /^127\.0\.0\.1:\d+$/)
  assert.deepEqual(seen, ['GET', '/a/b?c=d', ['accept', 'accept-encoding', 'connection', 'host', 'user-agent']])
})

test('redirects lead nowhere; a server in trouble is one that is not there', async () => {
  for (const status of [201, 204, 301, 302, 303, 307, 308, 400, 401, 404]) {
    const handler: Handler = (_request, response) => response.writeHead(status, { location: 'https://1.1.1.1/' }).end()
    await assert.rejects(answered(handler), Unacceptable, String(status))
  }
  for (const status of [500, 502, 503]) {
    await assert.rejects(
      answered((_request, response) => response.writeHead(status).end()),
      Unreachable,
      String(status),
    )
  }
})

test('an answer that breaks off, and headers without end, are refused', async () => {
  await assert.rejects(
    answered((request, response) => {
      response.writeHead(200, { 'content-length': '500' })
      response.write('x')
      setImmediate(() => request.socket.destroy())
    }),
    Unreachable,
  )
  await assert.rejects(
    answered((request) => request.socket.destroy()),
    Unreachable,
  )
  await assert.rejects(
    answered((request) => request.socket.end('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n')),
    Unreachable,
  )
  await assert.rejects(
    answered((request) => request.socket.end(`HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(10_000)}\r\n`)),
    Unreachable,
  )
  await assert.rejects(
    answered((request) => request.socket.end('nonsense\r\n\r\n')),
    Unreachable,
  )
})

test('who does not answer is given up', async () => {
  const signal = AbortSignal.timeout(50)
  await assert.rejects(
    answered(() => undefined, { signal }),
    Unreachable,
  )
  await assert.rejects(
    answered((_request, response) => response.write('x'), { signal: AbortSignal.timeout(50) }),
    Unreachable,
  )
  // A connection that never speaks TLS.
  const silent = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  const { port } = silent.address() as AddressInfo
  const late = wanted(`https://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(50) })
  await assert.rejects(fetchText(late, HERE), Unreachable)
  silent.close()
  await new Promise((resolve) => silent.once('close', resolve))
  await assert.rejects(fetchText(wanted(`https://127.0.0.1:${port}/`), HERE), Unreachable)
})

test('TLS needs a certificate of the host by an authority that is known', async () => {
  await using one = await issuer([])
  one.handler = (_request, response) => response.end('fine')
  await assert.rejects(fetchText(wanted(`${one.url}/`), HERE), Unacceptable)
  assert.deepEqual(one.asked, [], 'nothing was sent before the certificate was looked at')
  const trusting = { privateIssuers: true, ca: one.certificate }
  assert.equal(await fetchText(wanted(`${one.url}/`), trusting), 'fine')
  const { port } = new URL(one.url)
  // Of this certificate 127.0.0.1 is one name; 127.0.0.2 and another host's are not.
  assert.equal(await fetchText(wanted(`https://127.0.0.1:${port}/`), trusting), 'fine')
  await assert.rejects(fetchText(wanted(`https://127.0.0.2:${port}/`), trusting), Unacceptable)
})
