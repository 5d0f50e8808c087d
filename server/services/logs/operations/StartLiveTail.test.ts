import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { CELL, T0 } from '../test/world.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { CreateLogStream } from './CreateLogStream.ts'
import { DeleteLogGroup } from './DeleteLogGroup.ts'
import { PutLogEvents } from './PutLogEvents.ts'
import { type Session, StartLiveTail } from './StartLiveTail.ts'

const { streams } = StartLiveTail
const arnOf = (name: string) => GROUP_ARN.replace(/g$/, name)

interface Shown {
  readonly sessionMetadata: { readonly sampled: boolean }
  readonly sessionResults: readonly Readonly<Record<string, unknown>>[]
}

/** Groups g and h with streams a and b, and sessions over them. */
async function tailing() {
  const one = await trial()
  const make = async (logGroupName: string) => {
    await one.run(CreateLogGroup, { logGroupName })
    for (const logStreamName of ['a', 'b']) await one.run(CreateLogStream, { logGroupName, logStreamName })
  }
  for (const name of ['g', 'h']) await make(name)
  const start = async (input: object = {}) =>
    (await one.run(StartLiveTail, { logGroupIdentifiers: [GROUP_ARN], ...input })) as unknown as Session
  const put = (logGroupName: string, logStreamName: string, ...messages: string[]) => {
    const logEvents = messages.map((message) => ({ timestamp: one.clock.now(), message }))
    return one.run(PutLogEvents, { logGroupName, logStreamName, logEvents })
  }
  const update = async (session: Session): Promise<Shown> => {
    const piece = await one.unit((env) => {
      assert.ok(streams)
      return streams.next(session, env, session.call)
    })
    piece.read()
    assert.deepEqual(
      piece.events.map(({ type }) => type),
      ['sessionUpdate'],
    )
    return piece.events[0]?.members as Shown
  }
  const messages = async (session: Session) => (await update(session)).sessionResults.map(({ message }) => message)
  return { ...one, make, start, put, update, messages, [Symbol.asyncDispose]: () => one.storage.close() }
}

test('StartLiveTail says what it tails, then once a second what came since (API_StartLiveTail)', async () => {
  await using one = await tailing()
  await one.put('g', 'a', 'before')
  const session = await one.start({ logEventFilterPattern: '' })
  assert.deepEqual(streams?.first(session), [
    {
      type: 'sessionStart',
      members: {
        requestId: 'r',
        sessionId: session.sessionId,
        logGroupIdentifiers: [GROUP_ARN],
        logStreamNames: [],
        logStreamNamePrefixes: [],
        logEventFilterPattern: '',
      },
    },
  ])
  assert.deepEqual([streams?.everyMs, streams?.longestMs], [1000, 10_800_000])
  const nothing = { sessionMetadata: { sampled: false }, sessionResults: [] }
  assert.deepEqual(await one.update(session), nothing)
  await one.put('g', 'a', 'one')
  // Times are milliseconds (trap 17).
  assert.deepEqual(await one.update(session), {
    sessionMetadata: { sampled: false },
    sessionResults: [
      {
        logStreamName: 'a',
        logGroupIdentifier: `${CELL.account}:g`,
        message: 'one',
        timestamp: T0,
        ingestionTime: T0,
      },
    ],
  })
  assert.deepEqual(await one.update(session), nothing)
})

test('StartLiveTail shows events in the order in which they come, whatever their time', async () => {
  await using one = await tailing()
  const session = await one.start()
  for (const [stream, timestamp, message] of [
    ['a', T0, 'first'],
    ['b', T0 - 3_600_000, 'second, of an hour ago'],
    ['a', T0 - 1000, 'third'],
  ] as const)
    await one.run(PutLogEvents, { logGroupName: 'g', logStreamName: stream, logEvents: [{ timestamp, message }] })
  assert.deepEqual(await one.messages(session), ['first', 'second, of an hour ago', 'third'])
})

test('StartLiveTail of two groups, with a pattern, with names of streams, with beginnings of them', async () => {
  await using one = await tailing()
  const both = await one.start({ logGroupIdentifiers: [GROUP_ARN, arnOf('h'), GROUP_ARN] })
  const errors = await one.start({ logEventFilterPattern: '{ $.level = "ERROR" }' })
  const named = await one.start({ logStreamNames: ['b', 'none'] })
  const begun = await one.start({ logStreamNamePrefixes: ['x', 'a'] })
  await one.put('g', 'a', 'g in a', '{"level":"ERROR"}')
  await one.put('g', 'b', 'g in b')
  await one.put('h', 'a', 'h in a')
  assert.deepEqual(await one.messages(both), ['g in a', '{"level":"ERROR"}', 'g in b', 'h in a'])
  assert.deepEqual(await one.messages(errors), ['{"level":"ERROR"}'])
  assert.deepEqual(await one.messages(named), ['g in b'])
  assert.deepEqual(await one.messages(begun), ['g in a', '{"level":"ERROR"}'])
})

test('StartLiveTail shows 500 events of more and says so (API_LiveTailSessionUpdate), and no more than a megabyte', async () => {
  await using one = await tailing()
  const session = await one.start()
  await one.put('g', 'a', ...Array.from({ length: 700 }, (_, n) => `${n}`))
  const { sessionMetadata, sessionResults } = await one.update(session)
  assert.deepEqual([sessionMetadata.sampled, sessionResults.length], [true, 500])
  // What was passed over does not come later.
  assert.deepEqual(await one.messages(session), [])
  await one.put('g', 'a', ...Array.from({ length: 5 }, () => 'x'.repeat(200_000)))
  await one.put('g', 'b', 'x'.repeat(900_000))
  const large = await one.update(session)
  assert.deepEqual([large.sessionMetadata.sampled, large.sessionResults.length], [true, 5])
  await one.put('g', 'b', 'x'.repeat(1_040_000))
  assert.equal((await one.messages(session)).length, 1)
})

test('StartLiveTail goes on with a group that was made again, and shows what is in it from its beginning', async () => {
  await using one = await tailing()
  const session = await one.start()
  await one.put('g', 'a', 'one', 'two')
  await one.run(DeleteLogGroup, { logGroupName: 'g' })
  assert.deepEqual(await one.messages(session), [])
  await one.make('g')
  await one.put('g', 'a', 'new')
  assert.deepEqual(await one.messages(session), ['new'])
})

test('StartLiveTail asks for permission on each group, and refuses what is no group (API_StartLiveTail)', async () => {
  await using one = await tailing()
  const { call } = await one.start()
  const asked = (await one.unit(async (env) =>
    StartLiveTail.target({ logGroupIdentifiers: [GROUP_ARN, arnOf('h')] }, env, call),
  )) as { resource: string }[]
  assert.deepEqual(
    asked.map(({ resource }) => resource),
    [`${GROUP_ARN}:log-stream:`, `${arnOf('h')}:log-stream:`],
  )
  await assert.rejects(one.start({ logGroupIdentifiers: [arnOf('none')] }), NO_GROUP)
  const wrong = { code: 'InvalidParameterException' }
  for (const identifier of [
    ...['g', `${GROUP_ARN}:*`, `${GROUP_ARN}*`, GROUP_ARN.replace('us-east-1', 'us-west-2'), 'arn:aws:s3:::g'],
    `${GROUP_ARN}:log-stream:a`,
  ])
    await assert.rejects(one.start({ logGroupIdentifiers: [identifier] }), wrong, identifier)
  const two = { logGroupIdentifiers: [GROUP_ARN, arnOf('h')] }
  await assert.rejects(one.start({ logStreamNames: ['a'], logStreamNamePrefixes: ['a'] }), wrong)
  await assert.rejects(one.start({ ...two, logStreamNames: ['a'] }), wrong)
  await assert.rejects(one.start({ ...two, logStreamNamePrefixes: ['a'] }), wrong)
  await assert.rejects(one.start({ logEventFilterPattern: '{ $.a = ' }), wrong)
  await one.run(CreateLogGroup, { logGroupName: 'rare', logGroupClass: 'INFREQUENT_ACCESS' })
  await assert.rejects(one.start({ logGroupIdentifiers: [arnOf('rare')] }), { code: 'InvalidOperationException' })
})

test('StartLiveTail has fifteen sessions of an account in a Region at a time (CloudWatch Logs quotas)', async () => {
  await using one = await tailing()
  const session = await one.start()
  for (let n = 0; n < 15; n++) streams?.begin(session)
  assert.throws(() => streams?.begin(session), { code: 'LimitExceededException' })
  const elsewhere = { ...session, call: { ...session.call, region: 'us-west-2' } }
  streams?.begin(elsewhere)
  assert.equal(session.tails.size, 16)
  streams?.over(session)
  streams?.begin(session)
  for (let n = 0; n < 15; n++) streams?.over(session)
  streams?.over(elsewhere)
  assert.equal(session.tails.size, 0)
})
