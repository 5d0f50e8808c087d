import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { SettableClock } from '#kernel/clock'
import { StartError } from '../start-error.ts'
import { selfSigned } from '../test/certificate.ts'
import type { Received } from '../http.ts'
import { answer, exchange, parse, start } from '../test/http-rig.ts'
import { readPair } from './tls.ts'

/** A directory with a certificate and its key, gone after the test. */
function pairOnDisk(pair = selfSigned()) {
  const directory = mkdtempSync(path.join(tmpdir(), 'strongroom-tls-'))
  const paths = { certificatePath: path.join(directory, 'cert.pem'), keyPath: path.join(directory, 'key.pem') }
  const write = (next: { certificate: string; key: string }): void => {
    writeFileSync(paths.certificatePath, next.certificate)
    writeFileSync(paths.keyPath, next.key)
  }
  write(pair)
  return { paths, write, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) }
}

async function shake(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', ...options })
  await once(socket, 'secureConnect')
  return socket
}

const fingerprint = async (port: number): Promise<string> => {
  const socket = await shake(port, { rejectUnauthorized: false })
  const fingerprint = socket.getPeerX509Certificate()?.fingerprint256
  socket.destroy()
  assert.ok(fingerprint)
  return fingerprint
}

test('TLS 1.3 and 1.2 are spoken, and the pipeline hears which', async () => {
  const pair = selfSigned()
  using disk = pairOnDisk(pair)
  const seen: Received[] = []
  await using rig = await start({
    tls: disk.paths,
    handle: async (request) => {
      seen.push(request)
      return answer('ok')
    },
  })
  assert.equal(rig.listening.url, `https://127.0.0.1:${rig.port}`)
  for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
    const socket = await shake(rig.port, { maxVersion, ca: pair.certificate, servername: 'localhost' })
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi')
    assert.match(String(await once(socket, 'data')), /^HTTP\/1\.1 200 OK/)
    socket.destroy()
  }
  assert.deepEqual(
    seen.map(({ secure, tls }) => [secure, tls]),
    [
      [true, { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' }],
      [true, { version: 'TLSv1.2', cipher: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256' }],
    ],
  )
})

test('TLS 1.1, weak suites and plain HTTP on the port of TLS are refused', async () => {
  using disk = pairOnDisk()
  await using rig = await start({ tls: disk.paths })
  const old = {
    rejectUnauthorized: false,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  } as const
  await assert.rejects(shake(rig.port, old))
  await assert.rejects(
    shake(rig.port, { rejectUnauthorized: false, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }),
  )
  assert.equal(await exchange(rig.port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), '')
})

test('a reload takes a new pair for new connections and leaves those that are open alone', async () => {
  using disk = pairOnDisk()
  await using rig = await start({ tls: disk.paths })
  const before = await fingerprint(rig.port)
  const open = await shake(rig.port, { rejectUnauthorized: false })
  disk.write(selfSigned())
  assert.equal(await fingerprint(rig.port), before)
  assert.equal(rig.listening.reload(), true)
  assert.notEqual(await fingerprint(rig.port), before)
  open.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  assert.equal(parse(String(await once(open, 'data'))).status, 200)
  open.destroy()
  assert.match(rig.logged.at(-1) ?? '', /^new certificate in use .*CN=localhost/)
})

test('a reload of a bad pair is logged, and the old one stays', async () => {
  const good = selfSigned()
  using disk = pairOnDisk(good)
  await using rig = await start({ tls: disk.paths })
  const before = await fingerprint(rig.port)
  const table: [string, { certificate: string; key: string }, RegExp][] = [
    ['the key of another certificate', { ...good, key: selfSigned().key }, /does not belong to the certificate/],
    ['no key', { ...good, key: 'canary' }, /is not a private key/],
    ['half a certificate', { ...good, certificate: good.certificate.slice(0, 200) }, /is not a certificate/],
    ['an empty file', { ...good, certificate: '' }, /is not a certificate/],
    ['an expired certificate', selfSigned({ to: new Date('2021-01-01T00:00:00Z') }), /has expired/],
  ]
  for (const [what, pair, reason] of table) {
    disk.write(pair)
    assert.equal(rig.listening.reload(), false, what)
    assert.match(rig.logged.at(-1) ?? '', /^the new certificate can not be used, the old one stays/, what)
    assert.match(rig.logged.at(-1) ?? '', reason, what)
    assert.equal(await fingerprint(rig.port), before, what)
  }
  assert.doesNotMatch(rig.logged.join(), /canary|PRIVATE KEY/)
})

test('a start with a file that is missing says which one', () => {
  using disk = pairOnDisk()
  const missing = path.join(tmpdir(), 'strongroom-no-such-file.pem')
  assert.throws(
    () => readPair({ ...disk.paths, keyPath: missing }, 0),
    (error: StartError) => error instanceof StartError && error.message === `the private key ${missing} can't be read`,
  )
})

test('an expired certificate is used at the start, with a warning', async () => {
  using disk = pairOnDisk(selfSigned({ to: new Date('2021-01-01T00:00:00Z') }))
  await using rig = await start({ tls: disk.paths })
  assert.match(rig.logged[0] ?? '', /^the certificate has expired/)
})

test('a client that never finishes its handshake is cut off', async () => {
  using disk = pairOnDisk()
  await using rig = await start({ tls: disk.paths, limits: { headersTimeoutMs: 50 } })
  assert.equal(await exchange(rig.port, '\x16'), '')
})

test('health tells of a certificate that expires soon, until a new one is in use', async () => {
  const clock = new SettableClock(Date.UTC(2026, 10, 1))
  const day = 86_400_000
  const until = (days: number) => selfSigned({ to: new Date(clock.now() + days * day) })
  using disk = pairOnDisk(until(30))
  await using rig = await start({ tls: disk.paths, parts: { clock } })
  const notes = async (): Promise<unknown> => {
    const socket = await shake(rig.port, { rejectUnauthorized: false })
    socket.write('GET /_strongroom/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    let text = ''
    for await (const piece of socket) text += piece
    return (JSON.parse(parse(text).body) as { notes?: unknown }).notes
  }
  assert.equal(await notes(), undefined)
  assert.equal(rig.listening.certificateEnds(), clock.now() + 30 * day)
  clock.set(clock.now() + 17 * day)
  assert.deepEqual(await notes(), ['the TLS certificate expires in 13 days: renew it and send SIGHUP'])
  clock.set(clock.now() + 12.5 * day)
  assert.deepEqual(await notes(), ['the TLS certificate expires within a day: renew it and send SIGHUP'])
  clock.set(clock.now() + day)
  assert.deepEqual(await notes(), ['the TLS certificate has expired: clients that check it are gone'])
  disk.write(until(90))
  assert.ok(rig.listening.reload())
  assert.equal(await notes(), undefined)
  assert.equal(rig.listening.certificateEnds(), clock.now() + 90 * day)
})
