import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createServer as createHttp, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer as createTcp, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createServer as createTls } from 'node:tls'
import type { StoredRecord } from '#kernel/audit/reader'
import { SettableClock, systemClock } from '#kernel/clock'
import { operatorsReach } from '#kernel/outbound/operator'
import { Secret } from '#kernel/values/bytes'
import { readExports } from '../config/outlets.ts'
import { selfSigned } from '../test/certificate.ts'
import { start } from '../test/start.ts'
import type { ExportSettings } from '../config/outlets.ts'
import { exportsOf, nameOf } from './exports.ts'
import { fileSink } from './file.ts'
import { bodiesOf, headersIn, httpSink } from './http.ts'
import { framed, messageOf, syslogSink } from './syslog.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 0, 2, 23, 0, 0)

let sequence = 0
function record(more: Record<string, unknown> = {}): StoredRecord {
  const eventId = `id-${++sequence}`
  const text = JSON.stringify({ eventVersion: '1.11', eventID: eventId, ...more })
  const where = { account: '111122223333', region: 'us-east-1' }
  return { writer: 'w', sequence, hash: '', mac: null, eventId, eventTime: START, ...where, record: text }
}
const some = (count: number) => Array.from({ length: count }, () => record())
const lines = (records: readonly StoredRecord[]) => records.map(({ record: text }) => `${text}\n`).join('')

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'strongroom-export-'))
  t.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** Files have the machine's time on them, so a sink that opens one goes by it too. */
const toFile = (
  path: string,
  clock = new SettableClock(systemClock.now()),
  more: { sizeBytes?: number; keep?: number } = {},
) => fileSink({ kind: 'file', path, sizeBytes: 1 << 20, keep: undefined, ...more }, clock)

test('a file gets one record per line, and nobody else reads it', async (t) => {
  const path = join(folder(t), 'below', 'audit.jsonl')
  const sink = toFile(path)
  const [first, second] = [some(2), some(1)]
  await sink.send(first)
  await sink.send(second)
  await sink.close()
  assert.equal(readFileSync(path, 'utf8'), lines([...first, ...second]))
})

test('a file that is full, or of another day, is set aside; as many as wanted are kept', async (t) => {
  const directory = folder(t)
  const clock = new SettableClock(START)
  const sink = toFile(join(directory, 'audit.jsonl'), clock, { sizeBytes: 10, keep: 2 })
  const all = [some(1), some(1), some(1), some(1)]
  for (const each of all) {
    await sink.send(each)
    clock.set(clock.now() + 1000)
  }
  assert.deepEqual(readdirSync(directory).sort(), [
    'audit-20260102T230002Z.jsonl',
    'audit-20260102T230003Z.jsonl',
    'audit.jsonl',
  ])
  const other = folder(t)
  const daily = toFile(join(other, 'audit.jsonl'), clock)
  await daily.send(all[0] as StoredRecord[])
  clock.set(START + DAY)
  await daily.send(all[1] as StoredRecord[])
  await Promise.all([sink.close(), daily.close()])
  assert.equal(readFileSync(join(other, 'audit.jsonl'), 'utf8'), lines(all[1] as StoredRecord[]))
  assert.equal(readFileSync(join(other, 'audit-20260103T230000Z.jsonl'), 'utf8'), lines(all[0] as StoredRecord[]))
})

test('half a line that a crash left is cut off; a file that was moved away is begun anew', async (t) => {
  const path = join(folder(t), 'audit.jsonl')
  const [first, second, third] = [some(1), some(1), some(1)]
  const before = toFile(path)
  await before.send(first)
  await before.close()
  appendFileSync(path, '{"eventVersion":"1.')
  const after = toFile(path)
  await after.send(second)
  assert.equal(readFileSync(path, 'utf8'), lines([...first, ...second]))
  renameSync(path, `${path}.moved`)
  await after.send(third)
  await after.close()
  assert.equal(readFileSync(path, 'utf8'), lines(third))
})

test('a link is not followed', async (t) => {
  const directory = folder(t)
  symlinkSync('/dev/null', join(directory, 'audit.jsonl'))
  await assert.rejects(toFile(join(directory, 'audit.jsonl')).send(some(1)), /the file is a link/)
})

/** A file system of 64 KB; not every machine lets a test have one. */
function tiny(t: TestContext): string | undefined {
  const place = mkdtempSync(join(tmpdir(), 'strongroom-export-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', place])
  if (mounted.status !== 0) {
    rmSync(place, { recursive: true })
    t.skip(`no file system can be mounted here: ${String(mounted.stderr ?? mounted.error).trim()}`)
    return undefined
  }
  t.after(() => {
    spawnSync('umount', ['-l', place])
    rmSync(place, { recursive: true })
  })
  return place
}

test('a disk that is full: nothing of the batch stays, and when there is room again nothing is missing (ENOSPC)', async (t) => {
  const place = tiny(t)
  if (place === undefined) return
  const path = join(place, 'audit.jsonl')
  const sink = toFile(path)
  const first = some(1)
  await sink.send(first)
  const large = Array.from({ length: 40 }, () => record({ userAgent: 'x'.repeat(4000) }))
  await assert.rejects(sink.send(large), /there is no room left on the disk/)
  assert.ok(readFileSync(path, 'utf8') === lines(first))
  assert.equal(spawnSync('mount', ['-o', 'remount,size=1m', place]).status, 0)
  await sink.send(large)
  await sink.close()
  assert.ok(readFileSync(path, 'utf8') === lines([...first, ...large]))
})

test('a file system that became read-only is told in words, and goes on when it can be written (EROFS)', async (t) => {
  const place = tiny(t)
  if (place === undefined) return
  mkdirSync(join(place, 'logs'))
  assert.equal(spawnSync('mount', ['-o', 'remount,ro', place]).status, 0)
  const sink = toFile(join(place, 'logs', 'audit.jsonl'))
  const one = some(1)
  await assert.rejects(sink.send(one), /the file system is read-only/)
  assert.equal(spawnSync('mount', ['-o', 'remount,rw', place]).status, 0)
  await sink.send(one)
  await sink.close()
})

test('messages of syslog are those of RFC 5424, framed by their length in bytes (RFC 6587)', () => {
  const good = messageOf({ record: '{"a":"ü"}', eventTime: START })
  assert.match(good, /^<110>1 2026-01-02T23:00:00\.000Z [\x21-\x7e]+ strongroom - CloudTrail - \{"a":"ü"\}$/)
  assert.match(messageOf({ record: '{"errorCode":"AccessDenied"}', eventTime: START }), /^<108>1 /)
  assert.equal(framed('ü'), '2 ü')
})

/** A server that keeps what it was sent. */
async function listening(t: TestContext, tls?: { readonly certificate: string; readonly key: string }) {
  const got: string[] = []
  const sockets = new Set<Socket>()
  const take = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => got.push(chunk.toString()))
  }
  const server = tls === undefined ? createTcp(take) : createTls({ cert: tls.certificate, key: tls.key }, take)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  t.after(() => {
    stop()
    server.close()
  })
  const until = async (done: (text: string) => boolean) => {
    while (!done(got.join(''))) await new Promise((resolve) => setImmediate(resolve))
    return got.join('')
  }
  return { port: (server.address() as AddressInfo).port, until, stop, server }
}

/** The records in a framed stream. */
function unframed(text: string): string[] {
  const found: string[] = []
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    const blank = rest.indexOf(' ')
    const length = Number(rest.subarray(0, blank).toString())
    const message = rest.subarray(blank + 1, blank + 1 + length).toString()
    found.push(message.slice(message.indexOf('{')))
    rest = rest.subarray(blank + 1 + length)
  }
  return found
}

test('syslog by TCP: whole frames; after a break the last batch comes once more, and nothing is missing', async (t) => {
  const { port, until, stop } = await listening(t)
  const sink = syslogSink({ kind: 'syslog', transport: 'tcp', host: '127.0.0.1', port }, undefined)
  t.after(() => sink.close())
  const [first, second] = [some(2), some(1)]
  await sink.send(first)
  const last = first.at(-1)?.record ?? ''
  await until((text) => text.includes(last))
  stop()
  // Until the break is noticed a send may go into the void; then it is made good.
  for (let sent = false; !sent; ) {
    sent = await sink.send(second).then(
      () => true,
      () => false,
    )
  }
  const third = some(1)
  for (let text = ''; !text.includes(third[0]?.record ?? ''); ) {
    await sink.send(third).catch(() => undefined)
    text = await until(() => true)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const got = new Set(unframed(await until((text) => text.includes(third[0]?.record ?? ''))))
  for (const { record: text } of [...first, ...second, ...third]) assert.ok(got.has(text), text)
})

test('syslog by TLS: only to a server whose certificate is trusted', async (t) => {
  const { certificate, key } = selfSigned()
  const { port, until } = await listening(t, { certificate, key })
  const settings = { kind: 'syslog', transport: 'tls', host: '127.0.0.1', port } as const
  const one = some(1)
  await assert.rejects(syslogSink(settings, undefined).send(one), /the syslog server can not be reached/)
  const sink = syslogSink(settings, certificate)
  t.after(() => sink.close())
  await sink.send(one)
  assert.deepEqual(unframed(await until((text) => text !== '')), [one[0]?.record])
})

test('syslog by UDP: a datagram for each record; what is too long is named', async (t) => {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => socket.close())
  const got: string[] = []
  const all = new Promise<void>((resolve) => {
    socket.on('message', (message) => {
      if (got.push(message.toString()) === 2) resolve()
    })
  })
  const sink = syslogSink(
    { kind: 'syslog', transport: 'udp', host: '127.0.0.1', port: socket.address().port },
    undefined,
  )
  const [short, long] = [record(), record({ requestParameters: { tags: 'x'.repeat(70_000) } })]
  await sink.send([short, long])
  await all
  assert.ok(got[0]?.endsWith(short.record))
  assert.match(got[1] ?? '', new RegExp(`"eventID":"${long.eventId}".*"tooLong":true`))
})

async function collector(t: TestContext, answer: (body: string, request: IncomingMessage) => number) {
  const server = createHttp(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    response.writeHead(answer(body, request)).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/audit`
}

test('HTTP: lines of records with the given headers; anything but success is told, without the token', async (t) => {
  const bodies: string[] = []
  let status = 503
  let seen: IncomingMessage | undefined
  const url = await collector(t, (body, request) => {
    if (status === 200) bodies.push(body)
    seen = request
    return status
  })
  const sink = httpSink(
    { kind: 'http', url },
    new Secret('Authorization: Bearer canary\nX-Tenant: a'),
    operatorsReach(undefined),
  )
  const records = some(2)
  await assert.rejects(sink.send(records), (error: Error) => {
    assert.equal(error.message, 'the collector answered 503')
    return !JSON.stringify(error).includes('canary')
  })
  status = 301
  await assert.rejects(sink.send(records), /answered 301/)
  status = 200
  await sink.send(records)
  assert.deepEqual(bodies, [lines(records)])
  assert.deepEqual(
    [seen?.headers.authorization, seen?.headers['x-tenant'], seen?.headers['content-type'], seen?.method],
    ['Bearer canary', 'a', 'application/x-ndjson', 'POST'],
  )
})

test('bodies are of about a megabyte, whatever is in them; a long record has one of its own', () => {
  const records = Array.from({ length: 30 }, () => record({ x: 'y'.repeat(100_000) }))
  const bodies = bodiesOf(records)
  assert.equal(bodies.join(''), lines(records))
  assert.ok(bodies.length >= 3 && bodies.every((body) => body.length < 1_200_000))
  assert.equal(bodiesOf([record({ x: 'y'.repeat(3_000_000) }), record()]).length, 2)
  assert.deepEqual(headersIn('A: b: c\r\n\nX-Y:z\n'), { a: 'b: c', 'x-y': 'z' })
})

test('places are read from one setting, and their positions are kept by what they are', () => {
  const places = readExports(
    'file:/var/log/a.jsonl?mib=5&keep=3, syslog://[::1]:5514,syslog+tls://logs.example.com,https://c.example.com/x',
  )
  assert.deepEqual(places, [
    { kind: 'file', path: '/var/log/a.jsonl', sizeBytes: 5 << 20, keep: 3 },
    { kind: 'syslog', transport: 'udp', host: '::1', port: 5514 },
    { kind: 'syslog', transport: 'tls', host: 'logs.example.com', port: 6514 },
    { kind: 'http', url: 'https://c.example.com/x' },
  ])
  assert.match(nameOf(places[2] as (typeof places)[number]), /^export-syslog-tls-[0-9a-f]{8}$/)
  for (const bad of ['ftp://x', 'file:', 'https://me:canary@x', 'file:/a?keep=0', 'file:/a,file:/a'])
    assert.throws(
      () => readExports(bad),
      (error: Error) => !error.message.includes('canary'),
      bad,
    )
})

test('a place that is dead holds nobody up: calls go on, another place has everything, and health and metrics tell', async (t) => {
  const directory = folder(t)
  let up = false
  const got: string[] = []
  const url = await collector(t, (body) => {
    if (up) got.push(...body.trim().split('\n'))
    return up ? 204 : 500
  })
  const path = join(directory, 'audit.jsonl')
  const outlets = {
    ...{
      trailFolder: 'default',
      trailS3: undefined,
      trailKeptMs: undefined,
      exportHeaders: undefined,
      caPath: undefined,
    },
    exports: readExports(`file:${path},${url}`),
  } as const
  await using server = await start({ outlets })
  const { inside } = server
  const secret = { Name: 'one', ClientRequestToken: '00000000-0000-4000-8000-000000000001', SecretString: 'canary' }
  const { rootCaller } = await import('../services/iam/callers.ts')
  await inside.local('secretsmanager.CreateSecret', secret, rootCaller(server.account, 'AKIATESTTESTTESTTEST'))
  await inside.following.settle()
  const written = readFileSync(path, 'utf8')
  assert.match(written, /"eventName":"CreateSecret"/)
  assert.ok(!written.includes('canary'))
  const late = inside.following.state().find(({ name }) => name.startsWith('export-http-'))
  assert.ok((late?.behind ?? 0) > 0)
  assert.match(late?.trouble ?? '', /the collector answered 500/)
  up = true
  while (!got.some((line) => line.includes('"eventName":"CreateSecret"'))) await inside.following.settle()
  const ids = (text: readonly string[]) =>
    new Set(text.map((line) => (JSON.parse(line) as { eventID: string }).eventID))
  for (const id of ids(written.trim().split('\n'))) assert.ok(ids(got).has(id))
})

test('an export that fails is counted once until it goes well again', async (t) => {
  let status = 500
  let failures = 0
  const url = await collector(t, () => status)
  const { followers, close } = exportsOf(
    { exports: [{ kind: 'http', url }], exportHeaders: undefined, caPath: undefined },
    { clock: new SettableClock(START), named: () => undefined, failed: () => failures++ },
  )
  t.after(close)
  const [follower] = followers
  const send = () => follower?.send?.(some(1)).catch(() => undefined)
  await send()
  await send()
  status = 200
  await send()
  status = 500
  await send()
  assert.equal(failures, 2)
})

test('which place a follower stands for is told, without what may be a token in a URL', async (t) => {
  const told: string[][] = []
  const exports: ExportSettings[] = [
    { kind: 'file', path: '/var/log/audit.jsonl', sizeBytes: 1, keep: undefined },
    { kind: 'syslog', transport: 'udp', host: 'logs.test', port: 514 },
    { kind: 'http', url: 'https://hooks.test:8443/services/canary?token=canary' },
  ]
  const { followers, close } = exportsOf(
    { exports, exportHeaders: undefined, caPath: undefined },
    { clock: new SettableClock(START), named: (...names) => told.push(names), failed: () => undefined },
  )
  t.after(close)
  assert.deepEqual(
    told,
    ['/var/log/audit.jsonl', 'udp logs.test 514', 'https://hooks.test:8443'].map((place, i) => [
      followers[i]?.name ?? '',
      place,
    ]),
  )
})
