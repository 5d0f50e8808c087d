import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exchange, mirror, parse, type Rig, start, Wire } from '../test/http-rig.ts'
import { Body } from './body.ts'
import { clientOf, Room } from './room.ts'

/** Memory for bodies: what a sender has to send for it, how much one client may hold, how long. */

const CLOSE = 'Connection: close\r\n'
const head = (length: number, more = ''): string =>
  `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n${more}\r\n`
const post = (bytes: number, more = CLOSE): string => head(bytes, more) + 'x'.repeat(bytes)

/** Sends the head, then a part of the body, and waits until the server holds `held` bytes. */
async function upload(rig: Rig, length: number, part: number, held: number, more = ''): Promise<Wire> {
  const wire = await Wire.open(rig.port)
  wire.send(head(length, more))
  wire.send('x'.repeat(part))
  while (rig.listening.load().bodiesBytes < held) await new Promise(setImmediate)
  return wire
}

async function released(rig: Rig): Promise<void> {
  while (rig.listening.load().bodiesBytes > 0) await new Promise(setImmediate)
}

/** Status and code of the answer to a request. */
async function refused(rig: Rig, text: string): Promise<[number, string]> {
  const { status, body } = parse(await exchange(rig.port, text))
  return [status, (JSON.parse(body) as { __type: string }).__type]
}

test('a declared length takes no memory: uploads that say a lot and send little lock nobody out', async () => {
  await using rig = await start({ limits: { bodiesBytes: 4 * 1024 * 1024, clientShare: 1 } })
  const silent: Wire[] = []
  for (let n = 1; n <= 128; n++) silent.push(await upload(rig, 1024 * 1024, 1, n * 4096))
  assert.equal(rig.listening.load().bodiesBytes, 128 * 4096)
  assert.equal(parse(await exchange(rig.port, post(300_000))).status, 200)
  assert.deepEqual(rig.refused, [])
  for (const wire of silent) wire.socket.destroy()
  await released(rig)
})

test('large bodies beyond three quarters of the bound are throttled, small ones and those in one piece are not', async () => {
  await using rig = await start({ limits: { bodiesBytes: 400_000, clientShare: 1 } })
  const first = await upload(rig, 250_000, 200_000, 250_000)
  assert.deepEqual(await refused(rig, post(150_000)), [400, 'ThrottlingException'])
  assert.equal(parse(await exchange(rig.port, post(5))).status, 200)
  const small = await upload(rig, 60_000, 40_000, 310_000)
  small.send('x'.repeat(20_000))
  first.send('x'.repeat(50_000))
  await Promise.all([first.until(/"body":"x+"/), small.until(/"body":"x+"/)])
  assert.equal(rig.listening.load().bodiesBytes, 0)
  assert.deepEqual(rig.refused, ['overloaded'])
  const broken = await upload(rig, 250_000, 1, 4096)
  broken.socket.destroy()
  await released(rig)
  for (const wire of [first, small]) wire.socket.destroy()
})

test('one client fills no more than its share; behind a trusted proxy each client has its own', async () => {
  const limits = { bodiesBytes: 400_000, clientShare: 0.25 }
  await using rig = await start({ limits, trustedProxies: ['127.0.0.1'] })
  const by = (client: string): string => `X-Forwarded-For: 198.51.100.7, ${client}\r\n`
  const first = await upload(rig, 90_000, 80_000, 90_000, by('203.0.113.1'))
  assert.deepEqual(await refused(rig, post(20_000 + 65_536, by('203.0.113.1'))), [400, 'ThrottlingException'])
  assert.equal(parse(await exchange(rig.port, post(95_000, by('203.0.113.2') + CLOSE))).status, 200)
  first.socket.destroy()
  await released(rig)
  assert.equal(parse(await exchange(rig.port, post(95_000, by('203.0.113.1') + CLOSE))).status, 200)
})

test('a body that comes too slowly is cut off with RequestTimeout, which SDKs repeat; one that is fast enough is not', async () => {
  const limits = { bodyGraceMs: 40, slowestBody: 10_000, checkEveryMs: 20 }
  await using rig = await start({ limits })
  const fast = await upload(rig, 300_000, 200_000, 200_000)
  assert.deepEqual(await refused(rig, head(300_000)), [408, 'RequestTimeout'])
  assert.deepEqual(await refused(rig, `${head(300_000)}x`), [408, 'RequestTimeout'])
  const chunks = 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n'
  assert.deepEqual(await refused(rig, chunks), [408, 'RequestTimeout'])
  assert.deepEqual(rig.refused, ['too-slow', 'too-slow', 'too-slow'])
  fast.send('x'.repeat(100_000))
  await fast.until(/"body":"x+"/)
  fast.socket.destroy()
  assert.equal(rig.listening.load().bodiesBytes, 0)
})

test('one peer has no more than its share of the connections; a trusted proxy may have all', async () => {
  const limits = { connections: 4, peerShare: 0.5 }
  await using rig = await start({ limits })
  const held = [await Wire.open(rig.port), await Wire.open(rig.port)]
  assert.equal(await exchange(rig.port, post(1)), '')
  held[0]?.socket.destroy()
  while (rig.listening.load().connections > 1) await new Promise(setImmediate)
  assert.equal(parse(await exchange(rig.port, post(1))).status, 200)
  held[1]?.socket.destroy()
  await using proxied = await start({ limits, trustedProxies: ['127.0.0.1'] })
  const more = [await Wire.open(proxied.port), await Wire.open(proxied.port), await Wire.open(proxied.port)]
  assert.equal(parse(await exchange(proxied.port, post(1))).status, 200)
  for (const wire of more) wire.socket.destroy()
})

test('a connection that goes on sending requests behind a refusal is cut off, also while an answer is due', async () => {
  const gate = Promise.withResolvers<void>()
  await using rig = await start({ handle: async (request) => gate.promise.then(() => mirror(request)) })
  const wire = await Wire.open(rig.port)
  wire.send(`${head(1)}x${head(1, 'Content-Encoding: gzip\r\n')}x${head(1).concat('x').repeat(1000)}`)
  assert.equal(await wire.end(), '')
  assert.deepEqual(rig.refused, ['body-encoded'])
  gate.resolve()
})

test('a body takes at most four times what arrived or 4 KiB, never more than it may have, and gives all of it back', () => {
  const room = new Room({ bodiesBytes: 1_000_000, clientShare: 1 })
  for (const [most, piece] of [
    [1_000_000, 1],
    [100_000, 1],
    [100_000, 1460],
    [70_000, 60_000],
    [10, 3],
  ] as const) {
    const body = new Body(room, 'a', most)
    const sent = Buffer.from(Array.from({ length: Math.min(most, 20_000) }, (_, n) => n % 251))
    for (let at = 0; at < sent.length; at += piece) {
      assert.equal(body.add(sent.subarray(at, at + piece)), true)
      assert.ok(room.bytes <= Math.min(most, Math.max(4096, body.filled * 4)), `${room.bytes} for ${body.filled}`)
    }
    assert.deepEqual(body.bytes(), sent)
    body.free()
    assert.equal(room.bytes, 0)
  }
})

test('an address counts as itself, in IPv6 as its /64 network', () => {
  const cases = [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:0:1:aaaa::1', '2001:db8:0:1::/64'],
    ['2001:db8:0:1:ffff:ffff:ffff:ffff', '2001:db8:0:1::/64'],
    ['2001:0DB8:0:01::', '2001:db8:0:1::/64'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['', ''],
  ] as const
  for (const [address, client] of cases) assert.equal(clientOf(address), client)
})

test('an upload of somebody whose key nobody has is not read, and takes no room', async () => {
  const asked: unknown[] = []
  const uploads = {
    allowance: () => ({ operation: 'CreateFunction', bodyBytes: 20_000_000, longestMs: undefined }),
    uploader: async (...of: readonly unknown[]) => {
      asked.push(of)
      return of[0] === 'known' ? 'AKIAKNOWN' : undefined
    },
  }
  await using rig = await start({ limits: { uploadsBytes: 20_000_000 }, parts: uploads })
  const large = (authorization: string) =>
    `POST /x HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\nX-Amz-Security-Token: t\r\nContent-Length: 9000000\r\nExpect: 100-continue\r\n\r\n`
  const stranger = await Wire.open(rig.port)
  stranger.send(large('unknown'))
  assert.match(await stranger.until(/security token/), /^HTTP\/1\.1 403 .*UnrecognizedClientException/s)
  stranger.socket.destroy()
  assert.equal(rig.listening.load().bodiesBytes, 0)
  const friend = await Wire.open(rig.port)
  friend.send(large('known'))
  await friend.until(/^HTTP\/1\.1 100 Continue\r\n/)
  friend.send('x'.repeat(9_000_000))
  await friend.until(/HTTP\/1\.1 200 /)
  friend.socket.destroy()
  assert.deepEqual(asked, [
    ['unknown', 't'],
    ['known', 't'],
  ])
  assert.equal(rig.refused[0], 'unknown-key')
})

test('uploads have a room of their own: half of it for one client, all of it for two', () => {
  const room = Room.forUploads({ uploadsBytes: 100 })
  assert.equal(room.take('one', 50, 50), true)
  assert.equal(room.take('one', 1, 51), false)
  assert.equal(room.take('two', 50, 50), true)
  assert.equal(room.take('three', 1, 1), false)
  room.give('one', 50)
  assert.equal(room.take('three', 50, 50), true)
})
