import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettableClock } from '#kernel/clock'
import type { DevControls, Health } from '../http.ts'
import { exchange, parse, type Setup, start } from '../test/http-rig.ts'

const get = (path: string, more = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${more}\r\n`
const post = (path: string, body = '', more = 'Host: localhost\r\n'): string =>
  `POST ${path} HTTP/1.1\r\n${more}Connection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

/** Dev controls that write down what was asked of them. */
function controls(clock = new SettableClock(Date.UTC(2027, 0, 1))): DevControls & { readonly done: string[] } {
  const done: string[] = []
  return {
    done,
    now: () => clock.now(),
    reset: async () => void done.push('reset'),
    travel: async (timeMs) => {
      done.push(`travel ${new Date(timeMs).toISOString()}`)
      clock.set(timeMs)
    },
  }
}

const devSetup = (dev = controls()): Setup => ({ mode: 'dev', parts: { dev } })

test('health answers 200 when ready, and 503 with the reasons when not', async () => {
  let health: Health = { ready: true, reasons: [] }
  await using rig = await start({ parts: { admin: { health: async () => health } } })
  const ask = async (): Promise<[number, unknown]> => {
    const { status, body } = parse(await exchange(rig.port, get('/_strongroom/health')))
    return [status, JSON.parse(body)]
  }
  assert.deepEqual(await ask(), [200, { status: 'ready' }])
  health = { ready: true, reasons: [], notes: ['rotations are overdue'] }
  assert.deepEqual(await ask(), [200, { status: 'ready', notes: ['rotations are overdue'] }])
  health = { ready: false, reasons: ['the store does not answer'] }
  assert.deepEqual(await ask(), [503, { status: 'not ready', reasons: ['the store does not answer'] }])
})

test('many questions after health at one time cost one answer', async () => {
  const gate = Promise.withResolvers<Health>()
  let asked = 0
  await using rig = await start({
    parts: {
      admin: {
        health: () => {
          asked++
          return gate.promise
        },
      },
    },
  })
  const waiting = Array.from({ length: 10 }, () => exchange(rig.port, get('/_strongroom/health')))
  while (rig.listening.load().requests < 10) await new Promise(setImmediate)
  gate.resolve({ ready: true, reasons: [] })
  assert.deepEqual(
    (await Promise.all(waiting)).map((text) => parse(text).status),
    Array(10).fill(200),
  )
  assert.equal(asked, 1)
})

test('metrics answer in the format of Prometheus', async () => {
  await using rig = await start()
  const { status, headers, body } = parse(await exchange(rig.port, get('/metrics')))
  assert.deepEqual([status, headers.get('content-type'), body], [200, 'text/plain; version=0.0.4', 'up 1\n'])
  assert.equal(parse(await exchange(rig.port, post('/metrics'))).status, 405)
  assert.equal(parse(await exchange(rig.port, get('/metrics?x=1'))).status, 200)
})

test('serve has no dev paths, even when somebody hands it the controls', async () => {
  const dev = controls()
  await using rig = await start({ mode: 'serve', parts: { dev } })
  for (const request of [
    post('/_strongroom/dev/reset'),
    get('/_strongroom/dev/clock'),
    post('/_strongroom/dev/clock', '{"advance":"7d"}'),
    get('/_strongroom/x'),
  ])
    assert.equal(parse(await exchange(rig.port, request)).status, 404, request)
  assert.deepEqual(dev.done, [])
})

test('POST reset empties the store; GET does nothing', async () => {
  const dev = controls()
  await using rig = await start(devSetup(dev))
  assert.equal(parse(await exchange(rig.port, get('/_strongroom/dev/reset'))).status, 405)
  assert.deepEqual(dev.done, [])
  assert.equal(parse(await exchange(rig.port, post('/_strongroom/dev/reset'))).status, 200)
  assert.deepEqual(dev.done, ['reset'])
})

test('the clock tells the time, goes on by a span, and is set to a time', async () => {
  const dev = controls()
  await using rig = await start(devSetup(dev))
  const now = (text: string): unknown => (JSON.parse(parse(text).body) as { now: unknown }).now
  assert.equal(now(await exchange(rig.port, get('/_strongroom/dev/clock'))), '2027-01-01T00:00:00.000Z')
  assert.equal(
    now(await exchange(rig.port, post('/_strongroom/dev/clock', '{"advance":"7d"}'))),
    '2027-01-08T00:00:00.000Z',
  )
  assert.equal(
    now(await exchange(rig.port, post('/_strongroom/dev/clock', '{"advance":"1d12h30m"}'))),
    '2027-01-09T12:30:00.000Z',
  )
  assert.equal(
    now(await exchange(rig.port, post('/_strongroom/dev/clock', '{"set":"2028-02-29T00:00:00Z"}'))),
    '2028-02-29T00:00:00.000Z',
  )
})

test('a body that is no move of the clock is refused, and the time stays', async () => {
  const dev = controls()
  await using rig = await start(devSetup(dev))
  for (const body of [
    '',
    '7d',
    '[]',
    'null',
    '{}',
    '{"advance":7}',
    '{"advance":"7"}',
    '{"advance":"-7d"}',
    '{"advance":"7d","set":"2028-01-01T00:00:00Z"}',
    '{"set":"2026-01-01T00:00:00Z"}',
    '{"set":"tomorrow"}',
    '{"set":"2027-13-01T00:00:00Z"}',
    '{"set":"2028-01-01"}',
    '{"advance":"1d","x":1}',
    '{"advance":"99999999w"}',
    `{"advance":"1d"${' '.repeat(5000)}}`,
  ]) {
    const { status, body: text } = parse(await exchange(rig.port, post('/_strongroom/dev/clock', body)))
    assert.equal(status, 400, body)
    assert.match(text, /"hint":"send/, body)
  }
  assert.deepEqual(dev.done, [])
})

test('dev answers nobody but programs of this machine: not other Host names, not pages of other origins', async () => {
  const dev = controls()
  await using rig = await start(devSetup(dev))
  const refused = [
    'Host: evil.example\r\n',
    `Host: evil.example:${rig.port}\r\n`,
    'Host: localhost.evil.example\r\n',
    'Host: 127.0.0.1.evil.example\r\n',
    'Host: localhost\r\nOrigin: https://evil.example\r\n',
    'Host: localhost\r\nOrigin: null\r\n',
    'Host: localhost\r\nOrigin: http://localhost.evil.example\r\n',
    'Host: localhost\r\nSec-Fetch-Site: cross-site\r\n',
    'Host: \r\n',
  ]
  for (const headers of refused)
    for (const path of ['/_strongroom/dev/reset', '/'])
      assert.equal(parse(await exchange(rig.port, post(path, '', headers))).status, 403, headers)
  assert.deepEqual(dev.done, [])
  const taken = [
    `Host: 127.0.0.1:${rig.port}\r\n`,
    'Host: LOCALHOST:4566\r\n',
    'Host: [::1]:4566\r\n',
    'Host: my-bucket.localhost:4566\r\n',
    'Host: localhost\r\nOrigin: http://localhost:5173\r\nSec-Fetch-Site: same-site\r\n',
  ]
  for (const headers of taken)
    assert.equal(parse(await exchange(rig.port, post('/_strongroom/dev/reset', '', headers))).status, 200, headers)
})

test('serve does not care for Host and Origin: its callers prove who they are', async () => {
  await using rig = await start()
  assert.equal(
    parse(await exchange(rig.port, post('/', '', 'Host: secrets.example\r\nOrigin: https://console.example\r\n')))
      .status,
    200,
  )
})
