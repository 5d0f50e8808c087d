import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { systemRandom } from '#kernel/random'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { statement } from '#kernel/storage/storage'
import { type Postgres, postgresMissing, startPostgres } from '../../test/postgres.ts'
import type { NewEvent } from './model/group.ts'
import { knownPattern } from './model/filter/pattern.ts'
import { placeIn } from './model/position.ts'
import { pageOfGroup, pageOfStream } from './pages.ts'
import { all, CELL, T0, world } from './test/world.ts'
import { tailed, updateOf } from './tailing.ts'

/** What is kept, on both engines. */

let server: Postgres | undefined
after(async () => server?.[Symbol.asyncDispose]())

const engines = {
  SQLite: { skip: false as const, open: undefined },
  PostgreSQL: {
    skip: postgresMissing() ?? (false as const),
    open: async (clock: Parameters<NonNullable<NonNullable<Parameters<typeof world>[0]>['open']>>[0]) => {
      server ??= await startPostgres()
      return openPostgres({ url: await server.database(), migrations: all, clock, random: systemRandom })
    },
  },
}

const GROUP = { ...CELL, name: 'g' }

for (const [engine, { skip, open }] of Object.entries(engines)) {
  const opened = () => world(open === undefined ? {} : { open })

  test(`${engine}: who tails is told of each event once, in the order of their coming (property)`, {
    skip,
  }, async () => {
    await using one = await opened()
    let n = 0
    const step = fc.oneof(
      fc.record({
        stream: fc.constantFrom('a', 'b'),
        times: fc.array(fc.nat(8_000_000), { minLength: 1, maxLength: 5 }),
      }),
      fc.constant('look' as const),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const id = { ...CELL, name: `tailed-${n++}` }
        const put = (stream: string, messages: readonly (readonly [number, string])[]) => {
          const events = messages.map(([time, message]) => ({ time: T0 + time, message }))
          return one.unit((_, unit) => one.service.writer.write(unit, { ...CELL, group: id.name, stream, events }))
        }
        await put('a', [[0, 'before']])
        const group = await one.unit((env) => tailed(env, id))
        const wanted = { stream: () => true, pattern: knownPattern('') }
        const told: string[] = []
        const seen: string[] = []
        const look = async () => {
          const update = await one.unit((env) => updateOf(env, [group], wanted))
          update.moveOn()
          seen.push(...update.events.map(({ message }) => message))
          assert.deepEqual(seen, told)
        }
        for (const each of steps) {
          if (each === 'look') await look()
          else {
            const messages = each.times
              .toSorted((x, y) => x - y)
              .map((time, at) => [time, `${told.length + at}`] as const)
            await put(each.stream, messages)
            told.push(...messages.map(([, message]) => message))
          }
        }
        await look()
      }),
      { numRuns: 30 },
    )
  })

  test(`${engine}: pages in both directions, and of streams interleaved, are those of a plain list (property)`, {
    skip,
  }, async () => {
    await using one = await opened()
    let n = 0
    const put = fc.record({
      stream: fc.constantFrom('a', 'b', 'c'),
      times: fc.array(fc.oneof(fc.nat(20), fc.nat(5_000_000)), { minLength: 1, maxLength: 6 }),
      size: fc.constantFrom(1, 1, 1, 20_000),
    })
    const puts = fc.array(put, { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(puts, fc.integer({ min: 1, max: 5 }), fc.nat(5_000_000), async (batches, limit, since) => {
        const id = { ...CELL, name: `group-${n++}` }
        const model: { stream: string; time: number; message: string; at: number }[] = []
        await one.unit(async ({ groups, writing }) => {
          const group = await groups.create(id, {}, T0)
          for (const { stream: name, times, size } of batches) {
            const stream = (await groups.stream(group, name)) ?? (await groups.createStream(group, name, T0))
            const sorted = times.toSorted((x, y) => x - y)
            const events: NewEvent[] = sorted.map((time, at) => ({
              time: T0 + time,
              message: `${model.length + at} `.padEnd(size, 'x'),
            }))
            for (const event of events) model.push({ ...event, stream: name, at: model.length })
            await writing.append(group, stream, events, T0)
          }
        })
        model.sort((x, y) => x.time - y.time || x.at - y.at)
        const of = (name: string, from = 0) =>
          model
            .filter(({ stream, time }) => (name === '' || stream === name) && time >= from)
            .map(({ message }) => message)
        await one.unit(async (env) => {
          const group = await env.groups.existing(id)
          for (const name of new Set(model.map(({ stream }) => stream))) {
            const stream = await env.groups.existingStream(group, name)
            for (const startFromHead of [true, false]) {
              const found: string[] = []
              let nextToken: string | undefined
              for (;;) {
                const asked = { limit, startFromHead, ...(nextToken && { nextToken }) }
                const { events, forward, backward } = await pageOfStream(env.chunks, group, stream, asked, T0)
                const messages = events.map(({ message }) => message)
                if (startFromHead) found.push(...messages)
                else found.unshift(...messages)
                const token = startFromHead ? forward : backward
                if (token === nextToken) break
                placeIn(token)
                nextToken = token
              }
              assert.deepEqual(found, of(name))
            }
          }
          for (const startTime of [0, T0 + since]) {
            const found: string[] = []
            const ids = new Set<string>()
            let nextToken: string | undefined
            do {
              const asked = { limit, startTime, ...(nextToken && { nextToken }) }
              const page = await pageOfGroup(env, group, asked, T0)
              for (const { message, time, ordinal } of page.events) {
                found.push(message)
                ids.add(`${time}/${ordinal}`)
              }
              nextToken = page.nextToken
            } while (nextToken !== undefined)
            assert.deepEqual(found, of('', startTime))
            assert.equal(ids.size, found.length)
          }
        })
      }),
      { numRuns: 12 },
    )
  })

  test(`${engine}: what is deleted, too much or too old goes in steps, and is counted no more`, { skip }, async () => {
    await using one = await world({ ...(open === undefined ? {} : { open }), limits: { groupBytes: 200_000 } })
    const write = (events: NewEvent[], stream = 's') =>
      one.unit((_, unit) => one.service.writer.write(unit, { ...CELL, group: 'g', stream, events }))
    const bytes = () => one.unit(async ({ groups }) => groups.bytes(await groups.existing(GROUP)))
    const messages = () =>
      one.unit(async (env) => {
        const { events } = await pageOfGroup(env, await env.groups.existing(GROUP), {}, one.clock.now())
        return events.map(({ message }) => message.trim())
      })
    for (let n = 0; n < 30; n++) await write([{ time: T0 + n, message: `${n}`.padEnd(10_000) }])
    assert.equal(await bytes(), 30 * 10_026)
    await one.due()
    assert.ok((await bytes()) <= 200_000, `${await bytes()}`)
    assert.ok((await messages()).length >= 10)
    assert.equal((await messages()).at(-1), '29')
    await one.unit(async ({ groups, leavings }) => {
      await groups.save({ ...(await groups.existing(GROUP)), retentionDays: 1 })
      await leavings.expire(one.clock.now())
    })
    one.clock.set(T0 + 86_400_000 + 29)
    assert.deepEqual(await messages(), ['29'])
    await one.unit((_, unit) =>
      one.service.writer.write(unit, { ...CELL, group: 'g', stream: 'gone', events: [{ time: T0, message: 'x' }] }),
    )
    // it is looked each hour
    one.clock.set(T0 + 49 * 3_600_000)
    await write([{ time: one.clock.now(), message: '29' }])
    await one.due()
    const names = await one.unit(async ({ groups }) => {
      const order = { byTime: false, descending: false, prefix: '' }
      return (await groups.streams(await groups.existing(GROUP), order, undefined, 9)).map(({ name }) => name)
    })
    assert.deepEqual(names, ['s'])
    await write([{ time: one.clock.now(), message: 'in the other' }], 'other')
    await one.unit(async ({ groups, leavings }) => {
      const group = await groups.existing(GROUP)
      await leavings.remove(group, await groups.existingStream(group, 's'), one.clock.now())
      await groups.removeStream(group, 's')
    })
    await one.due()
    assert.equal(await bytes(), 26 + 12)
    await one.unit(async ({ groups, leavings }) => {
      const group = await groups.existing(GROUP)
      await groups.remove(group)
      await leavings.remove(group, undefined, one.clock.now())
    })
    await one.due()
    for (const table of ['log_chunk', 'log_stream', 'log_usage', 'log_group']) {
      const rows = await one.unit((_, unit) => unit.all(statement(`test/${table}`, `select 1 as n from ${table}`), {}))
      assert.deepEqual(rows, [], table)
    }
  })

  test(`${engine}: lines of functions from before there were log groups are taken over`, { skip }, async () => {
    await using one = await opened()
    const at = { account: CELL.account, region: CELL.region, group: '/aws/lambda/fn', stream: 's' }
    const insert = statement(
      'test/former',
      `insert into function_log (account, region, log_group, stream, sequence, first_at, last_at, written_at, bytes, sealed)
       values (:account, :region, :group, :stream, :sequence, 0, 0, :sequence, 0, :sealed)`,
    )
    await one.unit(async (_, unit) => {
      for (let sequence = 1; sequence <= 45; sequence++) {
        const bound = [at.account, at.region, at.group, at.stream, String(sequence)]
        const plain = Buffer.from(JSON.stringify([[T0 + sequence, `line ${sequence}`]]))
        await unit.run(insert, { ...at, sequence, sealed: one.vault.wrap('functions/logs', plain, bound) })
      }
    })
    await one.service.start(one.storage)
    await one.due()
    const events = await one.storage.unit('read', (unit) => one.service.reader.since(unit, at, 0))
    assert.deepEqual(
      events.map(({ time, message }) => [time - T0, message]),
      Array.from({ length: 45 }, (_, n) => [n + 1, `line ${n + 1}\n`]),
    )
    const left = statement('test/former-left', 'select count(*) as n from function_log')
    assert.deepEqual(await one.unit((_, unit) => unit.get(left, {})), { n: 0 })
  })
}

test('messages are sealed, and bound to their group, stream and place', async () => {
  await using one = await world()
  const written = { ...CELL, group: 'g', stream: 's', events: [{ time: T0, message: 'what was said' }] }
  await one.unit((_, unit) => one.service.writer.write(unit, written))
  const rows = statement('test/sealed', 'select sealed from log_chunk')
  const [row] = await one.unit((_, unit) => unit.all<{ sealed: Uint8Array }>(rows, {}))
  assert.ok(!Buffer.from(row?.sealed ?? []).includes('was said'))
  await one.unit((_, unit) => one.service.writer.write(unit, { ...written, group: 'mine' }))
  const move = statement(
    'test/move',
    "update log_chunk set sealed = (select sealed from log_chunk c join log_group g on g.id = c.group_id where g.name = 'g')",
  )
  await one.unit((_, unit) => unit.run(move, {}))
  await assert.rejects(
    one.storage.unit('read', (unit) => one.service.reader.since(unit, { ...CELL, group: 'mine' }, 0)),
  )
})

test('a group or a filter that was changed from outside is refused', async () => {
  await using one = await world()
  await one.unit((env) => env.groups.create(GROUP, {}, T0))
  await one.unit(async ({ groups, subscriptions }) =>
    subscriptions.save(await groups.existing(GROUP), {
      ...{ name: 'f', pattern: '', destination: 'arn:aws:lambda:us-east-1:111122223333:function:x' },
      ...{ distribution: 'ByLogStream', createdAt: T0 },
    }),
  )
  const redirect = statement('test/redirect', "update log_subscription set content = replace(content, ':x', ':y')")
  await one.unit((_, unit) => unit.run(redirect, {}))
  await assert.rejects(
    one.unit(async ({ groups, subscriptions }) => subscriptions.ofGroup(await groups.existing(GROUP))),
    /a row of log_subscription/,
  )
  const retag = statement('test/retag', `update log_group set tags = '[["team","red"]]'`)
  await one.unit((_, unit) => unit.run(retag, {}))
  await assert.rejects(
    one.unit(({ groups }) => groups.existing(GROUP)),
    /a row of log_group/,
  )
})

test('a group with a KMS key: written and read by it, asked for as the service with the group in the context; without the key nothing is read', async () => {
  await using one = await world()
  const key = 'arn:aws:kms:us-east-1:111122223333:key/one'
  await one.unit(async ({ groups, sealing }) => {
    const group = await groups.create(GROUP, {}, T0)
    await groups.save(await sealing.associate(group, key))
  })
  const write = (message: string) =>
    one.unit((_, unit) =>
      one.service.writer.write(unit, { ...CELL, group: 'g', stream: 's', events: [{ time: T0, message }] }),
    )
  const read = async () =>
    (await one.storage.unit('read', (unit) => one.service.reader.since(unit, { ...CELL, group: 'g' }, 0))).map(
      ({ message }) => message,
    )
  await write('first')
  assert.deepEqual(await read(), ['first'])
  const context = { 'aws:logs:arn': 'arn:aws:logs:us-east-1:111122223333:log-group:g' }
  assert.deepEqual(one.keys.asked[0], { what: 'GenerateDataKey', key, context })
  // what is written after the key was taken off is under the server's own
  await one.unit(async ({ groups }) =>
    groups.save({ ...(await groups.existing(GROUP)), kmsKey: undefined, keyNumber: 0 }),
  )
  await write('second')
  assert.deepEqual(await read(), ['first', 'second'])
  one.keys.states.set(key, 'disabled')
  await assert.rejects(read(), { code: 'InvalidParameterException' })
})

test('metric filters measure what their pattern takes, and the default where nothing is; a subscription is told of it', async () => {
  await using one = await world()
  await one.unit(async ({ groups, metricFilters, subscriptions }) => {
    const group = await groups.create(GROUP, {}, T0)
    const transformation = { metricNamespace: 'App', metricName: 'Latency', metricValue: '$.ms', unit: 'Milliseconds' }
    await metricFilters.save(group, {
      ...{ name: 'latency', pattern: '{ $.ms > 10 }', createdAt: T0 },
      transformation: { ...transformation, dimensions: { Path: '$.path' } },
    })
    await metricFilters.save(group, {
      ...{ name: 'errors', pattern: 'ERROR', createdAt: T0 },
      transformation: { metricNamespace: 'App', metricName: 'Errors', metricValue: '1', defaultValue: 0 },
    })
    await subscriptions.save(group, {
      ...{ name: 'sub', pattern: '{ $.ms = 30 }', createdAt: T0, distribution: 'ByLogStream' },
      destination: 'arn:aws:lambda:us-east-1:111122223333:function:sink',
    })
  })
  const line = (ms: number, path: string) => ({ time: T0, message: JSON.stringify({ ms, path }) })
  const events = [line(20, '/a'), line(30, '/a'), line(5, '/a'), line(40, '/b'), { time: T0, message: '{"ms":50}' }]
  await one.unit((_, unit) => one.service.writer.write(unit, { ...CELL, group: 'g', stream: 's', events }))
  const [errors, latency] = one.measured as [{ data: unknown[] }, { data: unknown[] }]
  const named = { name: 'Latency', time: T0, unit: 'Milliseconds' }
  assert.deepEqual(latency, {
    ...CELL,
    namespace: 'App',
    data: [
      { ...named, dimensions: [['Path', '/a']], stats: { count: 2, sum: 50, min: 20, max: 30 } },
      { ...named, dimensions: [['Path', '/b']], stats: { count: 1, sum: 40, min: 40, max: 40 } },
    ],
  })
  assert.deepEqual(errors.data, [
    { name: 'Errors', time: T0, dimensions: [], stats: { count: 1, sum: 0, min: 0, max: 0 } },
  ])
  const [sent] = one.left
  assert.deepEqual([one.left.length, sent?.principal], [1, 'logs.amazonaws.com'])
  const { awslogs } = JSON.parse(Buffer.from(sent?.payload ?? []).toString()) as { awslogs: { data: string } }
  const { logEvents, ...head } = JSON.parse(gunzipSync(Buffer.from(awslogs.data, 'base64')).toString()) as {
    logEvents: { message: string }[]
  }
  assert.deepEqual(head, {
    ...{
      messageType: 'DATA_MESSAGE',
      owner: CELL.account,
      logGroup: 'g',
      logStream: 's',
      subscriptionFilters: ['sub'],
    },
  })
  assert.deepEqual(
    logEvents.map(({ message }) => message),
    [line(30, '/a').message],
  )
})

test('a function is not told of what it logs itself', async () => {
  await using one = await world()
  const name = '/aws/lambda/sink'
  await one.unit(async ({ groups, subscriptions }) =>
    subscriptions.save(await groups.create({ ...CELL, name }, {}, T0), {
      ...{ name: 'sub', pattern: '', createdAt: T0, distribution: 'ByLogStream' },
      destination: 'arn:aws:lambda:us-east-1:111122223333:function:sink:live',
    }),
  )
  const events = [{ time: T0, message: 'x' }]
  await one.unit((_, unit) => one.service.writer.write(unit, { ...CELL, group: name, stream: 's', events }))
  assert.deepEqual(one.left, [])
})

test('what goes round in a circle of functions and logs ends', async () => {
  await using one = await world()
  await one.unit(async ({ groups, subscriptions }) =>
    subscriptions.save(await groups.create(GROUP, {}, T0), {
      ...{ name: 'sub', pattern: '', createdAt: T0, distribution: 'ByLogStream' },
      destination: 'arn:aws:lambda:us-east-1:111122223333:function:sink',
    }),
  )
  const write = (accessKey: string) =>
    one.unit((_, unit) =>
      one.service.writer.write(unit, {
        ...CELL,
        group: 'g',
        stream: 's',
        events: [{ time: T0, message: 'x', accessKey }],
      }),
    )
  await one.began('ASIA1', 4)
  await one.began('ASIA2', 8)
  for (const key of ['ASIA1', 'ASIA2', 'AKIA3']) await write(key)
  assert.deepEqual(
    one.left.map(({ depth }) => depth),
    [5, 1],
  )
})

test('a page ends when enough was looked at: it may be empty, and its token goes on (trap 16)', async () => {
  await using one = await world()
  for (let n = 0; n < 12; n++) {
    const events = Array.from({ length: 16 }, (_, at) => ({ time: T0 + n * 1000 + at, message: 'x'.repeat(60_000) }))
    if (n === 11) events.push({ time: T0 + 20_000, message: 'needle' })
    await one.unit((_, unit) => one.service.writer.write(unit, { ...CELL, group: 'g', stream: 's', events }))
  }
  await one.unit(async (env) => {
    const group = await env.groups.existing(GROUP)
    const sizes: number[] = []
    let nextToken: string | undefined
    do {
      const page = await pageOfGroup(env, group, { filterPattern: 'needle', ...(nextToken && { nextToken }) }, T0)
      sizes.push(page.events.length)
      nextToken = page.nextToken
    } while (nextToken !== undefined)
    assert.deepEqual(sizes, [0, 1])
  })
})
