import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Storage, Unit } from '#kernel/storage/storage'
import { systemRandom } from '#kernel/random'
import type { Written } from '../../services/logs/port.ts'
import { Secret } from '#kernel/values/bytes'
import { builtInLog } from './built-in.ts'
import { FunctionLogs, type LogBatch } from './store.ts'

const T0 = Date.UTC(2026, 0, 2)

/** Log groups that remember what is written; those of an account that is named `broken` can't be written. */
function world(broken = '') {
  const written: Written[] = []
  const problems: string[] = []
  const storage = { unit: async (_: string, work: (unit: Unit) => unknown) => work({} as Unit) } as Pick<
    Storage,
    'unit'
  >
  const write = async (_: Unit, one: Written) => {
    if (one.account === broken) throw new Error('no key')
    written.push(one)
    return true
  }
  const logs = new FunctionLogs({
    storage,
    writer: () => ({ write, has: async () => true }),
    onProblem: (text) => void problems.push(text),
  })
  return { logs, written, problems }
}

const batch = (more: Partial<LogBatch> = {}): LogBatch => ({
  ...{ account: '111122223333', region: 'us-east-1', group: '/aws/lambda/fn', stream: 's' },
  lines: [{ time: T0, text: 'x' }],
  ...more,
})

test('lines are written together, each with its end, into a group that keeps them for 30 days', async () => {
  const { logs, written } = world()
  const accessKey = 'ASIAX'
  logs.write(batch({ accessKey }))
  logs.write(batch({ lines: [] }))
  assert.deepEqual(written, [])
  await logs.flush()
  const { lines: _, ...at } = batch()
  assert.deepEqual(written, [{ ...at, events: [{ time: T0, message: 'x\n', accessKey }], retentionDays: 30 }])
})

test('what of one account can not be written keeps nobody else from being', async () => {
  const { logs, written, problems } = world('444455556666')
  logs.write(batch({ account: '444455556666' }))
  logs.write(batch())
  await logs.flush()
  assert.deepEqual(
    written.map(({ account }) => account),
    ['111122223333'],
  )
  assert.deepEqual(problems, ['what functions printed could not be written down'])
})

test('lines that come faster than they are written are dropped, and somebody is told', () => {
  const { logs, problems } = world()
  const lines = [{ time: T0, text: 'x'.repeat(9 * 1024 * 1024) }]
  logs.write(batch({ lines }))
  logs.write(batch({ lines: [...lines, ...lines] }))
  assert.deepEqual(problems, ['lines of a function are dropped: they come faster than they can be written'])
})

test('a built-in function logs as others do, without the values that it handled', () => {
  const said: LogBatch[] = []
  builtInLog(
    (one) => said.push(one),
    systemRandom,
  )({
    ...{ account: '111122223333', region: 'us-east-1', name: 'StrongroomRandomRotation' },
    ...{ startedAt: T0, endedAt: T0 + 12 },
    lines: [{ time: T0 + 1, text: 'the value is hunter2-of-the-app' }],
    handled: [new Secret('hunter2-of-the-app')],
  })
  const [{ group, stream, lines } = batch()] = said
  assert.equal(group, '/aws/lambda/StrongroomRandomRotation')
  assert.match(stream, /^2026\/01\/02\/\[\$LATEST\][0-9a-f]{32}$/)
  const [start, line, end, report] = lines.map(({ text }) => text)
  const [, id] = /^START RequestId: ([0-9a-f-]{36}) Version: \$LATEST$/.exec(start ?? '') ?? []
  assert.equal(line, 'the value is ****')
  assert.equal(end, `END RequestId: ${id}`)
  assert.equal(
    report,
    `REPORT RequestId: ${id}\tDuration: 12.00 ms\tBilled Duration: 12 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\t`,
  )
})
