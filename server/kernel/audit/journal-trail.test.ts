import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import type { AuditEvent } from '#kernel/audit/event'
import type { Journal } from '#kernel/audit/journal'
import { JournalTrail, type TrailLimits, TrailUnavailable } from '#kernel/audit/journal-trail'
import { parseLine } from '#kernel/audit/record'
import { outboxMigrations } from '#kernel/audit/schema'
import { openMemoryJournal } from '#kernel/audit/sqlite-journal'
import type { Caller } from '#kernel/call'
import { SettableClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { type Storage, statement } from '#kernel/storage/storage'

const NOW = 1_700_000_000_000
const caller: Caller = {
  kind: 'root',
  account: '111122223333',
  arn: 'arn:aws:iam::111122223333:root',
  principalArn: 'arn:aws:iam::111122223333:root',
  userId: '111122223333',
  accessKeyId: 'AKIA',
  tags: new Map(),
  policies: [],
}

const event = (name: string, now = NOW): AuditEvent => ({
  call: {
    requestId: name,
    caller,
    account: caller.account,
    region: 'us-east-1',
    now,
    sourceIp: '127.0.0.1',
    userAgent: 'test',
    secure: false,
    events: [],
  },
  eventSource: 'secretsmanager.amazonaws.com',
  eventName: name,
  readOnly: true,
  requestParameters: null,
  responseElements: null,
})

/** A journal whose answers the test gives, one append after the other. */
class SlowJournal implements Journal {
  readonly writer = systemRandom.uuid()
  readonly register = { count: 1, hash: '' }
  /** Writers that are known to have ended; undefined: all others. */
  gone: readonly string[] | undefined
  readonly batches: string[][] = []
  readonly open: { resolve(): void; reject(error: Error): void }[] = []
  automatic = false
  broken: Error | undefined
  probes = 0

  append(lines: readonly string[]): Promise<void> {
    if (this.broken !== undefined) return Promise.reject(this.broken)
    this.batches.push(lines.map((line) => JSON.parse(parseLine(line).record).eventName))
    if (this.automatic) return Promise.resolve()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.open.push({ resolve, reject })
    return promise
  }

  complete(lines: readonly string[]): Promise<void> {
    return this.append(lines)
  }

  async ended(writers: readonly string[]): Promise<readonly string[]> {
    return writers.filter((writer) => this.gone?.includes(writer) ?? true)
  }

  async probe(): Promise<void> {
    this.probes++
    if (this.broken !== undefined) throw this.broken
  }

  async close(): Promise<void> {}

  /** Ends a trail whose process the test took for dead. */
  async end(trail: JournalTrail): Promise<void> {
    this.automatic = true
    for (const { resolve } of this.open) resolve()
    await trail.close()
  }
}

const clock = new SettableClock(NOW)
const emptyStore = () => openSqlite({ file: ':memory:', migrations: outboxMigrations, clock })
const count = async (storage: Storage) => {
  const row = await storage.unit('read', (unit) =>
    unit.get<{ n: number }>(statement('test/count', 'select count(*) as n from audit_outbox'), {}),
  )
  return row?.n
}
const turns = async (n = 10) => {
  for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve))
}

async function make(journal: Journal, limits: Partial<TrailLimits> = {}, storage?: Storage) {
  const store = storage ?? (await emptyStore())
  const changes: (string | undefined)[] = []
  const trail = await JournalTrail.open({
    journal,
    storage: store,
    random: systemRandom,
    changed: (cause) => changes.push(cause?.message),
    limits: { tidyMs: 1_000_000, sweepMs: 1_000_000, ...limits },
  })
  return { trail, store, changes }
}

test('a read settles when the journal has its record, not before', async () => {
  const journal = new SlowJournal()
  const { trail } = await make(journal)
  let settled = false
  const recorded = trail.record([event('GetSecretValue'), event('Decrypt')]).then(() => {
    settled = true
  })
  await turns()
  assert.deepEqual(journal.batches, [['GetSecretValue', 'Decrypt']])
  assert.equal(settled, false)
  assert.equal(trail.state().queued, 2)
  journal.open[0]?.resolve()
  await recorded
  assert.deepEqual(trail.state(), { queued: 0, written: 2, batches: 1, untidy: 0, failures: 0 })
  await trail.close()
})

test('320 calls of 32 clients side by side need few batches', async () => {
  const inner = openMemoryJournal(createSecretKey(Buffer.alloc(32)), { id: systemRandom.uuid(), startedAtMs: NOW })
  const journal: Journal = {
    ...inner,
    append: async (lines) => {
      await inner.append(lines)
      await turns(3)
    },
  }
  const { trail } = await make(journal)
  const client = async () => {
    for (let i = 0; i < 10; i++) await trail.record([event('GetSecretValue')])
  }
  await Promise.all(Array.from({ length: 32 }, client))
  assert.equal(trail.state().written, 320)
  assert.ok(trail.state().batches <= 20, `${trail.state().batches} batches`)
  await trail.close()
})

test('a change is in the outbox with its unit, then in the journal, then off the outbox', async () => {
  const journal = new SlowJournal()
  const { trail, store } = await make(journal)
  await store.unit('write', (unit) => trail.recordIn(unit, [event('GenerateDataKey'), event('CreateSecret')]))
  assert.equal(await count(store), 1)
  const flushed = trail.flushed()
  await turns()
  assert.deepEqual(journal.batches, [['GenerateDataKey', 'CreateSecret']])
  await trail.tidy()
  assert.equal(await count(store), 1)
  journal.open[0]?.resolve()
  await flushed
  await trail.tidy()
  assert.equal(await count(store), 0)
  await trail.close()
})

test('records of changes, for which nobody waits, wait for each other, and go along with those for which somebody does', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const journal = new SlowJournal()
  const { trail, store } = await make(journal)
  const change = (name: string) => store.unit('write', (unit) => trail.recordIn(unit, [event(name)]))
  await change('CreateSecret')
  await change('PutSecretValue')
  await turns()
  assert.equal(journal.batches.length, 0)
  t.mock.timers.tick(20)
  assert.deepEqual(journal.batches, [['CreateSecret', 'PutSecretValue']])
  await change('DeleteSecret')
  journal.open[0]?.resolve()
  await turns()
  assert.equal(journal.batches.length, 1)
  void trail.record([event('GetSecretValue')])
  await turns()
  assert.deepEqual(journal.batches[1], ['DeleteSecret', 'GetSecretValue'])
  journal.open[1]?.resolve()
  await turns()
  // many go at once
  await store.unit('write', (unit) =>
    trail.recordIn(
      unit,
      Array.from({ length: 256 }, () => event('PutSecretValue')),
    ),
  )
  assert.equal(journal.batches[2]?.length, 256)
  journal.open[2]?.resolve()
  await trail.close()
})

test('a unit that is rolled back leaves no record', async () => {
  const journal = new SlowJournal()
  const { trail, store } = await make(journal)
  const undone = store.unit('write', async (unit) => {
    await trail.recordIn(unit, [event('CreateSecret')])
    throw new Error('undo')
  })
  await assert.rejects(undone, /undo/)
  await turns()
  assert.deepEqual(journal.batches, [])
  assert.equal(await count(store), 0)
  await trail.close()
})

test('more rows than one removal takes are removed', async () => {
  const journal = new SlowJournal()
  journal.automatic = true
  const { trail, store } = await make(journal)
  for (let i = 0; i < 101; i++) await store.unit('write', (unit) => trail.recordIn(unit, [event('CreateSecret')]))
  await trail.settled()
  assert.equal(trail.state().untidy, 101)
  await trail.tidy()
  assert.equal(await count(store), 0)
  await trail.close()
})

test('what a crash between commit and journal left in the outbox is in the journal before the next start is done', async () => {
  const storage = await emptyStore()
  const crashed = new SlowJournal()
  const first = await make(crashed, {}, storage)
  for (let i = 0; i < 450; i++) {
    await storage.unit('write', (unit) => first.trail.recordIn(unit, [event('Decrypt'), event(`Change${i}`)]))
  }
  assert.equal(await count(storage), 450)
  const journal = new SlowJournal()
  journal.automatic = true
  const second = await make(journal, {}, storage)
  assert.equal(await count(storage), 0)
  const names = journal.batches.flat().filter((name) => name !== 'Decrypt')
  assert.deepEqual(
    names,
    Array.from({ length: 450 }, (_, i) => `Change${i}`),
  )
  await second.trail.close()
  await crashed.end(first.trail)
})

test('rows of a writer that has ended are swept up, those of one that lives are left to it', async () => {
  const storage = await emptyStore()
  const [dying, living, sweeping] = [new SlowJournal(), new SlowJournal(), new SlowJournal()]
  sweeping.automatic = true
  sweeping.gone = []
  const dead = await make(dying, {}, storage)
  const alive = await make(living, {}, storage)
  const { trail } = await make(sweeping, {}, storage)
  await storage.unit('write', (unit) => dead.trail.recordIn(unit, [event('Left')]))
  await storage.unit('write', (unit) => alive.trail.recordIn(unit, [event('OnItsWay')]))
  await storage.unit('write', (unit) => trail.recordIn(unit, [event('Own')]))
  await trail.settled()
  await trail.sweep()
  assert.deepEqual(sweeping.batches, [['Own']])
  sweeping.gone = [dying.writer]
  await trail.sweep()
  assert.deepEqual(sweeping.batches, [['Own'], ['Left']])
  assert.equal(await count(storage), 2)
  await trail.close()
  assert.equal(await count(storage), 1)
  await dying.end(dead.trail)
  await living.end(alive.trail)
  assert.equal(await count(storage), 0)
})

test('when the journal fails, waiting calls fail, later calls fail at once, changes are rolled back', async () => {
  const journal = new SlowJournal()
  const { trail, store, changes } = await make(journal)
  const sent = trail.record([event('First')])
  await turns()
  const waiting = trail.record([event('Second')])
  await store.unit('write', (unit) => trail.recordIn(unit, [event('Committed')]))
  journal.broken = new Error('no space left on device')
  journal.open[0]?.reject(journal.broken)
  await assert.rejects(sent, TrailUnavailable)
  await assert.rejects(waiting, TrailUnavailable)
  assert.equal(trail.healthy(), false)
  await assert.rejects(trail.record([event('Third')]), (error: Error) => {
    assert.equal(error.message, 'the audit trail cannot be written')
    assert.equal(error.cause, journal.broken)
    return error instanceof TrailUnavailable
  })
  const change = store.unit('write', (unit) => trail.recordIn(unit, [event('Fourth')]))
  await assert.rejects(change, TrailUnavailable)

  await trail.tidy()
  assert.equal(trail.healthy(), false)
  assert.equal(journal.probes, 1)
  journal.broken = undefined
  journal.automatic = true
  await trail.tidy()
  assert.equal(trail.healthy(), true)
  assert.deepEqual(changes, ['no space left on device', undefined])
  assert.deepEqual(journal.batches, [['First'], ['Committed']])
  assert.equal(await count(store), 0)
  await trail.record([event('Fifth')])
  assert.deepEqual(journal.batches.at(-1), ['Fifth'])
  await trail.close()
})

test('a journal that does not answer makes the calls fail, and a late answer changes nothing', async () => {
  const journal = new SlowJournal()
  const { trail } = await make(journal, { stallMs: 1 })
  await assert.rejects(trail.record([event('GetSecretValue')]), TrailUnavailable)
  assert.equal(trail.healthy(), false)
  journal.open[0]?.resolve()
  await turns()
  assert.equal(trail.healthy(), false)
  assert.equal(trail.state().written, 0)
  await trail.tidy()
  assert.equal(trail.healthy(), true)
  await trail.close()
})

test('a full queue makes calls wait, none is dropped', async () => {
  const journal = new SlowJournal()
  const { trail, store } = await make(journal, { queued: 2 })
  const calls = [trail.record([event('1')])]
  await turns()
  for (const name of ['2', '3', '4', '5']) calls.push(trail.record([event(name)]))
  const change = store.unit('write', (unit) => trail.recordIn(unit, [event('6')]))
  await turns()
  assert.equal(trail.state().queued, 3)
  journal.automatic = true
  journal.open[0]?.resolve()
  await Promise.all([...calls, change])
  await trail.settled()
  assert.deepEqual(journal.batches.flat().sort(), ['1', '2', '3', '4', '5', '6'])
  await trail.close()
})

test('after close every call fails, and what was waiting is written', async () => {
  const journal = new SlowJournal()
  journal.automatic = true
  const { trail, store } = await make(journal)
  const recorded = trail.record([event('GetSecretValue')])
  await store.unit('write', (unit) => trail.recordIn(unit, [event('CreateSecret')]))
  await trail.close()
  await recorded
  assert.deepEqual(journal.batches.flat(), ['GetSecretValue', 'CreateSecret'])
  assert.equal(await count(store), 0)
  assert.equal(trail.healthy(), false)
  await assert.rejects(trail.record([event('GetSecretValue')]), TrailUnavailable)
})
