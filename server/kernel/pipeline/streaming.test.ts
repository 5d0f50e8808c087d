import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import { EventStreamCodec } from '@smithy/core/event-streams'
import type { Call, Caller } from '#kernel/call'
import { SettableClock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import type { Piece, Streams } from '#kernel/operation'
import { unrecognized } from '#kernel/signature/refusal'
import type { Unit } from '#kernel/storage/storage'
import { Streaming, type StreamingParts } from './streaming.ts'

/** An answer that goes on, with everything around it made up. */

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text),
)

const CALLER: Caller = {
  ...{ kind: 'user', account: '111122223333', arn: 'a', principalArn: 'a', userId: 'u', accessKeyId: 'k' },
  tags: new Map(),
  policies: [],
}

/** The events in a piece: types, with what they say. */
function told(piece: Uint8Array | undefined): unknown[] {
  const found: unknown[] = []
  let rest = Buffer.from(piece ?? [])
  while (rest.length > 0) {
    const length = rest.readUInt32BE(0)
    const { headers, body } = codec.decode(rest.subarray(0, length))
    const type = (headers[':event-type'] ?? headers[':exception-type'])?.value
    found.push([type, JSON.parse(Buffer.from(body).toString('utf8'))])
    rest = rest.subarray(length)
  }
  return found
}

function world({ next, pause }: { next?: () => Promise<Piece>; pause?: StreamingParts['pause'] } = {}) {
  const clock = new SettableClock(1_000_000)
  const did: string[] = []
  const state = { generation: 1, refused: undefined as Error | undefined, denied: undefined as Error | undefined }
  let n = 0
  const streams: Streams<string, unknown> = {
    everyMs: 1000,
    longestMs: 60_000,
    begin: () => undefined,
    over: (out) => void did.push(`over ${out}`),
    first: (out) => [{ type: 'start', members: { out } }],
    next:
      next ??
      (async (_, __, call) => {
        const number = ++n
        if (number === 2) call.events.push({} as never)
        return { events: [{ type: 'update', members: { number } }], read: () => void did.push(`read ${number}`) }
      }),
    late: () => ({ type: 'late', members: {}, exception: true }),
    broken: (message) => ({ type: 'broken', members: { message }, exception: true }),
  }
  const parts: StreamingParts = {
    clock,
    unit: (work) => work({ generation: () => state.generation } as unknown as Unit),
    async judge() {
      did.push('judge')
      if (state.refused !== undefined) throw state.refused
      return CALLER
    },
    async permit() {
      if (state.denied !== undefined) throw state.denied
    },
    env: () => ({}),
    record: async (events) => void did.push(`record ${events.length}`),
    pause:
      pause ??
      (async (ms) => {
        clock.set(clock.now() + ms)
      }),
  }
  const call: Call = {
    ...{ requestId: 'r', caller: CALLER, account: CALLER.account, region: 'us-east-1', now: clock.now() },
    ...{ sourceIp: '127.0.0.1', userAgent: '', secure: false, events: [] },
  }
  const stream = new Streaming(parts, streams, 'out', call)
  return { stream, clock, did, state, following: async () => told(await stream.next()) }
}

test('it begins at once with the initial response, then one piece after each pause', async () => {
  const { following, did, clock } = world()
  assert.deepEqual(await following(), [
    ['initial-response', {}],
    ['start', { out: 'out' }],
  ])
  assert.equal(clock.now(), 1_000_000)
  assert.deepEqual(await following(), [['update', { number: 1 }]])
  assert.equal(clock.now(), 1_001_000)
  assert.deepEqual(did, ['judge', 'read 1'])
  // what was done in the caller's name is recorded
  await following()
  assert.deepEqual(did.slice(2), ['read 2', 'record 1'])
})

test('who calls is judged again when IAM has changed, and every ten seconds', async () => {
  const { following, did, state } = world()
  const judged = () => did.filter((what) => what === 'judge').length
  await following()
  for (let second = 0; second < 10; second++) await following()
  assert.equal(judged(), 1)
  await following()
  assert.equal(judged(), 2)
  state.generation++
  await following()
  assert.equal(judged(), 3)
})

test('a revoked key, a lost permission and an error of ours end it, each with words for the caller', async () => {
  for (const [broken, message] of [
    [{ refused: unrecognized() }, 'The security token included in the request is invalid.'],
    [{ denied: new ApiError('AccessDeniedException', 'not any more') }, 'not any more'],
  ] as const) {
    const { stream, following, did, state } = world()
    await following()
    await following()
    Object.assign(state, broken, { generation: 2 })
    assert.deepEqual(await following(), [['broken', { message }]])
    assert.equal(await stream.next(), undefined)
    assert.equal(did.at(-1), 'over out')
  }
  const bug = new Error('a canary in words of ours')
  const { stream, following, did } = world({ next: () => Promise.reject(bug) })
  await following()
  assert.deepEqual(await following(), [['broken', { message: 'The session ended by an unknown error.' }]])
  await assert.rejects(stream.next(), bug)
  assert.equal(await stream.next(), undefined)
  assert.deepEqual(did, ['judge', 'over out'])
})

test('it ends when its time is over, by the clock of the server', async () => {
  const { stream, following, clock } = world()
  await following()
  await following()
  clock.set(1_060_000)
  assert.deepEqual(await following(), [['late', {}]])
  assert.equal(await stream.next(), undefined)
})

test('a server that closes ends it within its pause; so does a caller who goes, and it is told once', async () => {
  const forever = (_: number, signal: AbortSignal) =>
    new Promise<never>((__, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const closing = world({ pause: forever })
  await closing.following()
  const last = closing.following()
  await turn()
  closing.stream.stop()
  assert.deepEqual(await last, [['broken', { message: 'The server is closing the session.' }]])
  assert.equal(await closing.stream.next(), undefined)

  const left = world({ pause: forever })
  await left.following()
  const none = left.stream.next()
  left.stream.over()
  left.stream.over()
  left.stream.stop()
  assert.equal(await none, undefined)
  assert.deepEqual(left.did, ['over out'])
})

test('what was read in a unit that failed is not taken as read', async () => {
  let fails = true
  const { stream, did } = world({
    next: async () => {
      if (fails) throw new ApiError('X', 'x')
      return { events: [], read: () => void did.push('read') }
    },
  })
  await stream.next()
  await stream.next()
  fails = false
  assert.equal(await stream.next(), undefined)
  assert.deepEqual(did, ['judge', 'over out'])
})
