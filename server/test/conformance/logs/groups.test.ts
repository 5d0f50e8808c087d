import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  type CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  type DescribeLogStreamsCommandOutput,
  FilterLogEventsCommand,
  type FilterLogEventsCommandOutput,
  GetLogEventsCommand,
  ListLogGroupsCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  PutLogEventsCommand,
  PutLogGroupDeletionProtectionCommand,
  PutRetentionPolicyCommand,
  TagLogGroupCommand,
  TagResourceCommand,
  UntagLogGroupCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { type Started, start } from '../../start.ts'
import { logsOf } from './client.ts'

/** Groups, streams and events by the official client. Sources: surroundings.md 3, the API's pages. */

const DAY = 86_400_000

let server: Started
let logs: CloudWatchLogsClient
before(async () => {
  server = await start({ standing: true })
  logs = logsOf(server)
})
after(async () => {
  logs.destroy()
  await server[Symbol.asyncDispose]()
})

/** A new group with a stream. */
async function made(
  logGroupName: string,
  logStreamName = 's',
): Promise<{ logGroupName: string; logStreamName: string }> {
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
  return { logGroupName, logStreamName }
}

const told = (name: string, message: string) => ({ name, message })

test('groups: made once, described with the fields of the API, gone after deletion', async () => {
  await made('/app/one')
  await assert.rejects(
    logs.send(new CreateLogGroupCommand({ logGroupName: '/app/one' })),
    told('ResourceAlreadyExistsException', 'The specified log group already exists'),
  )
  await assert.rejects(
    logs.send(new CreateLogStreamCommand({ logGroupName: '/app/one', logStreamName: 's' })),
    told('ResourceAlreadyExistsException', 'The specified log stream already exists'),
  )
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/app/o' }))
  const arn = `arn:aws:logs:us-east-1:${server.account}:log-group:/app/one`
  assert.deepEqual(logGroups, [
    {
      logGroupName: '/app/one',
      creationTime: server.clock.now(),
      metricFilterCount: 0,
      arn: `${arn}:*`,
      storedBytes: 0,
      logGroupClass: 'STANDARD',
      logGroupArn: arn,
      deletionProtectionEnabled: false,
    },
  ])
  await logs.send(new DeleteLogGroupCommand({ logGroupName: '/app/one' }))
  await assert.rejects(
    logs.send(new DeleteLogGroupCommand({ logGroupName: '/app/one' })),
    told('ResourceNotFoundException', 'The specified log group does not exist.'),
  )
  assert.deepEqual((await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/app/o' }))).logGroups, [])
})

test('a group that is made again under an old name has nothing of the old one', async () => {
  const at = await made('/again')
  await logs.send(new PutLogEventsCommand({ ...at, logEvents: [{ timestamp: server.clock.now(), message: 'old' }] }))
  await logs.send(new DeleteLogGroupCommand({ logGroupName: '/again' }))
  await made('/again')
  assert.deepEqual((await logs.send(new FilterLogEventsCommand({ logGroupName: '/again' }))).events, [])
})

test('DescribeLogGroups: prefix xor pattern, pages, at most 50', async () => {
  for (const n of [1, 2, 3]) await logs.send(new CreateLogGroupCommand({ logGroupName: `page/Group${n}` }))
  await assert.rejects(
    logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: 'a', logGroupNamePattern: 'b' })),
    told(
      'InvalidParameterException',
      'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
    ),
  )
  const names: (string | undefined)[] = []
  let nextToken: string | undefined
  do {
    const page = await logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePattern: 'group', limit: 1, ...(nextToken && { nextToken }) }),
    )
    names.push(...(page.logGroups ?? []).map(({ logGroupName }) => logGroupName))
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  assert.deepEqual(names, ['page/Group1', 'page/Group2', 'page/Group3'])
  const listed = await logs.send(new ListLogGroupsCommand({ logGroupNamePattern: '^page/' }))
  assert.deepEqual(
    listed.logGroups?.map(({ logGroupName }) => logGroupName),
    names,
  )
  await assert.rejects(logs.send(new DescribeLogGroupsCommand({ limit: 51 })), {
    name: 'InvalidParameterException',
    message:
      "1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50",
  })
  await assert.rejects(
    logs.send(new DescribeLogGroupsCommand({ nextToken: 'nonsense' })),
    told('InvalidParameterException', 'The specified nextToken is invalid.'),
  )
})

test('GetLogEvents: the newest page without a token, from the head when asked; at the end the same token comes back (trap 15)', async () => {
  const at = await made('/get')
  const now = server.clock.now()
  const logEvents = Array.from({ length: 7 }, (_, n) => ({ timestamp: now - 7000 + n * 1000, message: `m${n}` }))
  await logs.send(new PutLogEventsCommand({ ...at, logEvents }))
  const get = async (more: object) => {
    const {
      events = [],
      nextForwardToken,
      nextBackwardToken,
    } = await logs.send(new GetLogEventsCommand({ ...at, ...more }))
    assert.match(nextForwardToken ?? '', /^f\/\d{56}\/s$/)
    assert.match(nextBackwardToken ?? '', /^b\/\d{56}\/s$/)
    return { messages: events.map(({ message }) => message), f: nextForwardToken, b: nextBackwardToken }
  }
  const newest = await get({ limit: 3 })
  assert.deepEqual(newest.messages, ['m4', 'm5', 'm6'])
  const older = await get({ limit: 3, nextToken: newest.b })
  assert.deepEqual(older.messages, ['m1', 'm2', 'm3'])
  const oldest = await get({ limit: 3, nextToken: older.b })
  assert.deepEqual(oldest.messages, ['m0'])
  const none = await get({ nextToken: oldest.b })
  assert.deepEqual([none.messages, none.b], [[], oldest.b])
  assert.deepEqual((await get({ nextToken: none.f, limit: 1 })).messages, ['m0'])
  const end = await get({ nextToken: newest.f })
  assert.deepEqual([end.messages, end.f], [[], newest.f])
  assert.deepEqual((await get({ nextToken: end.b, limit: 1 })).messages, ['m6'])
  const head = await get({ startFromHead: true, limit: 5 })
  assert.deepEqual(head.messages, ['m0', 'm1', 'm2', 'm3', 'm4'])
  assert.deepEqual((await get({ nextToken: head.f })).messages, ['m5', 'm6'])
  // what comes later is behind the token of the end
  await logs.send(new PutLogEventsCommand({ ...at, logEvents: [{ timestamp: now, message: 'm7' }] }))
  assert.deepEqual((await get({ nextToken: end.f })).messages, ['m7'])
  assert.deepEqual((await get({ startTime: now - 5000, endTime: now - 3000 })).messages, ['m2', 'm3'])
  await assert.rejects(
    get({ nextToken: 'f/1/s' }),
    told('InvalidParameterException', 'The specified nextToken is invalid.'),
  )
  await assert.rejects(get({ limit: 10_001 }), {
    name: 'InvalidParameterException',
    message:
      "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
  })
  await assert.rejects(
    logs.send(new GetLogEventsCommand({ logGroupName: '/get', logStreamName: 'none' })),
    told('ResourceNotFoundException', 'The specified log stream does not exist.'),
  )
})

test('an empty stream has tokens too, behind which its first event comes', async () => {
  const at = await made('/empty')
  const first = await logs.send(new GetLogEventsCommand({ ...at }))
  const again = await logs.send(new GetLogEventsCommand({ ...at, nextToken: first.nextForwardToken }))
  assert.equal(again.nextForwardToken, first.nextForwardToken)
  await logs.send(new PutLogEventsCommand({ ...at, logEvents: [{ timestamp: server.clock.now(), message: 'x' }] }))
  const then = await logs.send(new GetLogEventsCommand({ ...at, nextToken: first.nextForwardToken }))
  assert.deepEqual(
    then.events?.map(({ message }) => message),
    ['x'],
  )
})

test('PutLogEvents: order, size, span; what is too old or too new is left out and said (API_PutLogEvents)', async () => {
  const at = await made('/put')
  const now = server.clock.now()
  const put = (logEvents: { timestamp: number; message: string }[]) =>
    logs.send(new PutLogEventsCommand({ ...at, logEvents }))
  const wrong = (message: string) => told('InvalidParameterException', message)
  await assert.rejects(
    put([
      { timestamp: now, message: 'b' },
      { timestamp: now - 1, message: 'a' },
    ]),
    wrong('Log events in a single PutLogEvents request must be in chronological order.'),
  )
  await assert.rejects(
    put([
      { timestamp: now - DAY - 1, message: 'a' },
      { timestamp: now, message: 'b' },
    ]),
    wrong('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.'),
  )
  await assert.rejects(
    put(Array.from({ length: 2 }, () => ({ timestamp: now, message: 'é'.repeat(262_144 - 12) }))),
    wrong('Upload too large: 1048580 bytes exceeds limit of 1048576'),
  )
  const exact = await put(Array.from({ length: 2 }, () => ({ timestamp: now, message: 'é'.repeat(262_144 - 13) })))
  assert.equal(exact.rejectedLogEventsInfo, undefined)
  assert.match(exact.nextSequenceToken ?? '', /^\d{56}$/)
  const old = await put([
    { timestamp: now - 14 * DAY - 2, message: 'too old' },
    { timestamp: now - 14 * DAY, message: 'just right' },
  ])
  assert.deepEqual(old.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 1 })
  const ahead = await put([
    { timestamp: now + 7_200_000, message: 'still right' },
    { timestamp: now + 7_200_001, message: 'too new' },
  ])
  assert.deepEqual(ahead.rejectedLogEventsInfo, { tooNewLogEventStartIndex: 1 })
  await logs.send(new PutRetentionPolicyCommand({ logGroupName: '/put', retentionInDays: 3 }))
  const expired = await put([{ timestamp: now - 3 * DAY - 1, message: 'expired' }])
  assert.deepEqual(expired.rejectedLogEventsInfo, { expiredLogEventEndIndex: 1 })
})

test('times are milliseconds, as numbers, in both directions (trap 17)', async () => {
  const at = await made('/times')
  const now = server.clock.now()
  await logs.send(new PutLogEventsCommand({ ...at, logEvents: [{ timestamp: now, message: 'x' }] }))
  const { events } = await logs.send(new GetLogEventsCommand(at))
  assert.deepEqual(events, [{ timestamp: now, message: 'x', ingestionTime: now }])
  const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName: '/times' }))
  const [stream] = logStreams ?? []
  assert.deepEqual(
    [stream?.creationTime, stream?.firstEventTimestamp, stream?.lastEventTimestamp, stream?.lastIngestionTime],
    [now, now, now, now],
  )
  assert.ok(Number.isSafeInteger(now) && now > 1e12)
})

test('DescribeLogStreams: by name or by the newest event, in both directions, a prefix only with names', async () => {
  const { logGroupName } = await made('/streams', 'b/1')
  const now = server.clock.now()
  for (const [logStreamName, time] of [
    ['a/1', now - 1],
    ['b/2', now - 3],
    ['c/1', undefined],
  ] as const) {
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
    if (time !== undefined)
      await logs.send(
        new PutLogEventsCommand({ logGroupName, logStreamName, logEvents: [{ timestamp: time, message: 'x' }] }),
      )
  }
  const list = async (more: object) => {
    const names: (string | undefined)[] = []
    let nextToken: string | undefined
    do {
      const page: DescribeLogStreamsCommandOutput = await logs.send(
        new DescribeLogStreamsCommand({ logGroupName, limit: 1, ...more, ...(nextToken && { nextToken }) }),
      )
      names.push(...(page.logStreams ?? []).map(({ logStreamName }) => logStreamName))
      nextToken = page.nextToken
    } while (nextToken !== undefined)
    return names
  }
  assert.deepEqual(await list({}), ['a/1', 'b/1', 'b/2', 'c/1'])
  assert.deepEqual(await list({ descending: true }), ['c/1', 'b/2', 'b/1', 'a/1'])
  assert.deepEqual(await list({ logStreamNamePrefix: 'b/' }), ['b/1', 'b/2'])
  assert.deepEqual(await list({ logStreamNamePrefix: 'b/', descending: true }), ['b/2', 'b/1'])
  assert.deepEqual(await list({ orderBy: 'LastEventTime', descending: true }), ['a/1', 'b/2', 'c/1', 'b/1'])
  assert.deepEqual(await list({ orderBy: 'LastEventTime' }), ['b/1', 'c/1', 'b/2', 'a/1'])
  await assert.rejects(list({ orderBy: 'LastEventTime', logStreamNamePrefix: 'b' }), {
    name: 'InvalidParameterException',
  })
  await logs.send(new DeleteLogStreamCommand({ logGroupName, logStreamName: 'a/1' }))
  assert.deepEqual(await list({}), ['b/1', 'b/2', 'c/1'])
  assert.deepEqual((await logs.send(new FilterLogEventsCommand({ logGroupName }))).events?.length, 1)
})

test('FilterLogEvents: streams interleaved by time, patterns, names xor prefix, pages with stable tokens', async () => {
  const { logGroupName } = await made('/filter', 'a')
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 'b' }))
  const now = server.clock.now()
  for (const n of [0, 1, 2, 3, 4, 5]) {
    const logStreamName = n % 2 === 0 ? 'a' : 'b'
    const message = n < 3 ? `INFO ${n}` : JSON.stringify({ n, level: 'ERROR' })
    await logs.send(
      new PutLogEventsCommand({ logGroupName, logStreamName, logEvents: [{ timestamp: now + n, message }] }),
    )
  }
  const filter = async (more: object) => {
    const times: number[] = []
    const ids = new Set<string | undefined>()
    let nextToken: string | undefined
    do {
      const page: FilterLogEventsCommandOutput = await logs.send(
        new FilterLogEventsCommand({ logGroupName, limit: 2, ...more, ...(nextToken && { nextToken }) }),
      )
      for (const { timestamp = 0, eventId } of page.events ?? []) {
        times.push(timestamp - now)
        ids.add(eventId)
      }
      nextToken = page.nextToken
    } while (nextToken !== undefined)
    assert.equal(ids.size, times.length)
    return times
  }
  assert.deepEqual(await filter({}), [0, 1, 2, 3, 4, 5])
  assert.deepEqual(await filter({ logStreamNames: ['b'] }), [1, 3, 5])
  assert.deepEqual(await filter({ logStreamNames: ['b', 'a'] }), [0, 1, 2, 3, 4, 5])
  assert.deepEqual(await filter({ logStreamNamePrefix: 'a' }), [0, 2, 4])
  assert.deepEqual(await filter({ filterPattern: 'INFO' }), [0, 1, 2])
  assert.deepEqual(await filter({ filterPattern: '{ $.n >= 4 && $.level = "ERR*" }' }), [4, 5])
  assert.deepEqual(await filter({ startTime: now + 2, endTime: now + 4 }), [2, 3, 4])
  assert.deepEqual(await filter({ startFromHead: false, startTime: now }), [5, 4, 3, 2, 1, 0])
  await assert.rejects(
    filter({ logStreamNames: ['a'], logStreamNamePrefix: 'a' }),
    told('InvalidParameterException', 'LogStream names and LogStream name prefix are mutually exclusive parameters.'),
  )
  await assert.rejects(
    filter({ logStreamNames: ['a', 'none'] }),
    told('ResourceNotFoundException', 'The specified log stream does not exist.'),
  )
  await assert.rejects(
    filter({ filterPattern: '{ $.a = ' }),
    told('InvalidParameterException', 'Invalid filter pattern'),
  )
})

test('retention: only days that the service has; older events are not shown, and go', async () => {
  const at = await made('/retention')
  const { logGroupName } = at
  await assert.rejects(logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 2 })), {
    name: 'InvalidParameterException',
  })
  const now = server.clock.now()
  const logEvents = [
    { timestamp: now - 3_600_000 * 20, message: 'older' },
    { timestamp: now, message: 'newer' },
  ]
  await logs.send(new PutLogEventsCommand({ ...at, logEvents }))
  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }))
  const described = async () =>
    (await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }))).logGroups?.[0]
  assert.equal((await described())?.retentionInDays, 1)
  assert.equal((await described())?.storedBytes, 2 * 26 + 10)
  await server.clock.advance({ hours: 6 })
  logs.config.systemClockOffset = server.clock.now() - Date.now()
  const left = await logs.send(new FilterLogEventsCommand({ logGroupName }))
  assert.deepEqual(
    left.events?.map(({ message }) => message),
    ['newer'],
  )
  assert.equal((await described())?.storedBytes, 26 + 5)
  await logs.send(new DeleteRetentionPolicyCommand({ logGroupName }))
  assert.equal((await described())?.retentionInDays, undefined)
})

test('tags: by ARN, and by the older calls', async () => {
  const { logGroupName } = await made('/tags')
  const resourceArn = `arn:aws:logs:us-east-1:${server.account}:log-group:/tags`
  await logs.send(new TagResourceCommand({ resourceArn, tags: { team: 'blue', stage: 'test' } }))
  await logs.send(new TagLogGroupCommand({ logGroupName, tags: { stage: 'live', more: '' } }))
  await logs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['team', 'none'] }))
  assert.deepEqual((await logs.send(new ListTagsForResourceCommand({ resourceArn }))).tags, { stage: 'live', more: '' })
  await logs.send(new UntagLogGroupCommand({ logGroupName, tags: ['more'] }))
  assert.deepEqual((await logs.send(new ListTagsLogGroupCommand({ logGroupName }))).tags, { stage: 'live' })
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, 'v']))
  await assert.rejects(logs.send(new TagResourceCommand({ resourceArn, tags: many })), {
    name: 'TooManyTagsException',
    resourceName: resourceArn,
  })
  await assert.rejects(logs.send(new TagResourceCommand({ resourceArn: `${resourceArn}x`, tags: { a: 'b' } })), {
    name: 'ResourceNotFoundException',
  })
})

test('deletion protection keeps a group and its streams', async () => {
  const at = await made('/guarded')
  const protect = (deletionProtectionEnabled: boolean) =>
    logs.send(
      new PutLogGroupDeletionProtectionCommand({ logGroupIdentifier: at.logGroupName, deletionProtectionEnabled }),
    )
  await protect(true)
  await assert.rejects(logs.send(new DeleteLogGroupCommand(at)), { name: 'ValidationException' })
  await assert.rejects(logs.send(new DeleteLogStreamCommand(at)), { name: 'ValidationException' })
  await protect(false)
  await logs.send(new DeleteLogGroupCommand(at))
})
