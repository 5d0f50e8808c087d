import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { SettableClock } from '#kernel/clock'
import { type LogOptions, requestLog, openLog } from '#kernel/log'
import { Secret } from '#kernel/values/bytes'

const clock = new SettableClock(Date.UTC(2026, 0, 2, 3, 4, 5, 6))

function make(options: Partial<LogOptions> = {}) {
  const lines: string[] = []
  const log = openLog({ level: 'info', form: 'json', clock, to: { write: (line) => lines.push(line) }, ...options })
  return { log, lines }
}

const outcome = { requestId: 'r', route: undefined, caller: 'arn:aws:iam::1:root', remoteAddress: '127.0.0.1' }

test('a line is one JSON object with the time of the clock', () => {
  const { log, lines } = make()
  log.warn({ path: 'a.pem' }, 'the certificate has expired')
  assert.deepEqual(lines, [
    '{"level":"warn","time":"2026-01-02T03:04:05.006Z","path":"a.pem","text":"the certificate has expired"}\n',
  ])
})

test('secrets, keys and bytes are never written, however deep', () => {
  for (const form of ['json', 'human'] as const) {
    const { log, lines } = make({ form })
    const canary = 'canary-7d1f'
    log.error(
      {
        secret: new Secret(canary),
        deep: { list: [new Secret(canary), Buffer.from(canary), createSecretKey(Buffer.from(canary))] },
        map: new Map([[canary, canary]]),
        err: new Error('failed', { cause: Object.assign(new Error('inner'), { detail: new Secret(canary) }) }),
      },
      'x',
    )
    assert.equal(lines.length, 1)
    assert.equal(lines[0]?.includes('canary'), false)
    assert.equal(lines[0]?.includes(`${Buffer.from(canary)[0]},`), false)
    assert.match(lines[0] ?? '', /\[secret\]/)
    assert.match(lines[0] ?? '', /11 bytes/)
    assert.match(lines[0] ?? '', /inner/)
  }
})

test('hostile fields can’t forge a line, paint the terminal or be endless', () => {
  const endless: Record<string, unknown> = {}
  endless.self = endless
  const { log, lines } = make({ form: 'human' })
  log.info({ agent: 'a\nb\u001b[31m', endless, long: 'x'.repeat(100_000), n: 1n }, 'x\r\ny')
  assert.equal(lines.join('').split('\n').length, 2)
  assert.equal(lines.join('').includes('\u001b'), false)
  assert.ok(lines.join('').length < 20_000)
})

test('the human form shows time, level, text, fields, and the stack with its causes', () => {
  const { log, lines } = make({ form: 'human' })
  log.info({ url: 'http://127.0.0.1:1', name: 'a b' }, 'listening')
  assert.equal(lines[0], '03:04:05.006 info  listening  url=http://127.0.0.1:1  name="a b"\n')
  log.error({ err: new TypeError('outer', { cause: new Error('inner') }) }, 'failed')
  assert.match(lines[1] ?? '', /^03:04:05.006 error failed\n {4}TypeError: outer\n(.*\n)* {4}Error: inner\n/)
})

test('a successful request is written at debug only, a refusal at info, a failure of ours at error with its stack', () => {
  const { log, lines } = make()
  requestLog(log)({ ...outcome, code: 'ok', status: 200, ms: 1 }, 0)
  assert.deepEqual(lines, [])
  requestLog(log)({ ...outcome, code: 'AccessDeniedException', status: 400, ms: 1.23456 }, 0)
  assert.equal(
    lines[0],
    '{"level":"info","time":"2026-01-02T03:04:05.006Z","requestId":"r","caller":"arn:aws:iam::1:root",' +
      '"from":"127.0.0.1","status":400,"code":"AccessDeniedException","ms":1.235,"text":"request refused"}\n',
  )
  requestLog(log)({ ...outcome, code: 'InternalFailure', status: 500, failure: new Error('bug'), ms: 1 }, 0)
  const failed = JSON.parse(lines[1] ?? '')
  assert.equal(failed.level, 'error')
  assert.match(failed.err.stack, /Error: bug\n +at /)
  const verbose = make({ level: 'debug' })
  requestLog(verbose.log)({ ...outcome, code: 'ok', status: 200, ms: 1 }, 0)
  assert.equal(JSON.parse(verbose.lines[0] ?? '').level, 'debug')
})

test('silent writes nothing', () => {
  const { log, lines } = make({ level: 'silent' })
  log.error({}, 'x')
  assert.deepEqual(lines, [])
})

test('a flood of refused strangers is counted, not written; known callers are always written', () => {
  const { log, lines } = make()
  const write = requestLog(log)
  const stranger = { ...outcome, caller: undefined, code: 'InvalidSignatureException', status: 400, ms: 1 }
  for (let i = 0; i < 500; i++) write(stranger, 1000 + i)
  assert.equal(lines.length, 20)
  write({ ...stranger, caller: 'arn:aws:iam::1:root', code: 'AccessDeniedException' }, 1999)
  assert.equal(lines.length, 21)
  write(stranger, 2000)
  assert.equal(JSON.parse(lines[21] ?? '').requests, 480)
  assert.equal(lines.length, 23)
})
