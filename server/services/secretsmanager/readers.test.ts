import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '#kernel/call'
import type { Storage, Unit } from '#kernel/storage/storage'
import { Lately } from './lately.ts'
import { Policies } from './policies.ts'
import { Readers } from './readers.ts'
import { ROTATOR, rotator } from './test/functions.ts'
import { DAY, KEYS, type Trial, token, trial } from './test/trial.ts'

const SecretId = 'app/db'
const HOUR = 3_600_000
const arn = (name: string) => `arn:aws:iam::111122223333:role/${name}`
const as = (t: Trial, name: string): { caller: Caller } => ({ caller: { ...t.caller, principalArn: arn(name) } })
const read = (t: Trial, name: string, more: object = {}) => t.call('GetSecretValue', { SecretId, ...more }, as(t, name))
const events = (t: Trial) => t.events.map(({ eventName }) => eventName)

interface Row {
  readonly principal: string
  readonly version: string
  readonly read_at: number
  readonly rotates: number
}

async function readers(t: Trial): Promise<string[]> {
  const sql = 'select * from secret_reader order by principal'
  const rows = await t.storage.unit('read', (unit) => unit.all<Row>({ name: sql, sql }, {}))
  return rows.map(
    ({ principal, version, rotates }) =>
      `${principal.split('/').at(-1)} ${version.replace(/-+$/, '')}${rotates === 1 ? ' rotates' : ''}`,
  )
}

test('who reads which version last is written down from time to time, never by the read itself', async () => {
  await using t = await trial()
  await t.made(SecretId)
  await read(t, 'web')
  await read(t, 'batch')
  assert.deepEqual(await readers(t), [])
  await t.service.flush(t.storage)
  assert.deepEqual(await readers(t), ['batch v1', 'web v1'])
  await t.put('v2')
  await read(t, 'web')
  await read(t, 'batch', { VersionStage: 'AWSPREVIOUS' })
  await read(t, 'job', { VersionId: token('v1') })
  await t.put('p1', { VersionStages: ['AWSPENDING'] })
  await read(t, 'function', { VersionStage: 'AWSPENDING' })
  await read(t, 'function')
  await t.service.flush(t.storage)
  assert.deepEqual(await readers(t), ['batch v1', 'function v2 rotates', 'job v1', 'web v2'])
})

test('what was read a moment ago is no news; another version, or a quarter of an hour later, is', async () => {
  await using t = await trial()
  await t.made(SecretId)
  const notes = new Readers(new Policies(KEYS.rowKey).rotations)
  const secret = { account: '111122223333', region: 'us-east-1', id: await idOf(t) }
  const waiting: number[] = []
  for (const [version, at] of [
    ['v1', 0],
    ['v1', 1],
    ['v2', 2],
    ['v2', 14 * 60_000],
    ['v2', 16 * 60_000],
  ] as const) {
    notes.note(secret, version, arn('web'), at, false)
    waiting.push(notes.waiting)
    await notes.flush(t.storage)
  }
  assert.deepEqual(waiting, [1, 0, 1, 0, 1])
})

test('memory is bounded: beyond it what is written goes, and without room nothing is noted', async () => {
  await using t = await trial()
  await t.made(SecretId)
  const notes = new Readers(new Policies(KEYS.rowKey).rotations, 10)
  const secret = { account: '111122223333', region: 'us-east-1', id: await idOf(t) }
  for (let i = 0; i < 30; i++) notes.note(secret, 'v1', arn(`a${i}`), 1, false)
  assert.equal(notes.waiting, 10)
  await notes.flush(t.storage)
  for (let i = 0; i < 30; i++) notes.note(secret, 'v1', arn(`b${i}`), 1, false)
  assert.equal(notes.waiting, 10)
  await notes.flush(t.storage)
  assert.equal((await readers(t)).length, 20)
})

test('an account that floods leaves the room of others alone', async () => {
  const notes = new Readers(new Policies(KEYS.rowKey).rotations, 10)
  const note = (account: string, n: number) =>
    notes.note({ account, region: 'us-east-1', id: `of ${account}` }, 'v1', arn(`a${n}`), 1, false)
  for (let i = 0; i < 30; i++) note('111122223333', i)
  assert.equal(notes.waiting, 10)
  for (let i = 0; i < 5; i++) note('444455556666', i)
  assert.equal(notes.waiting, 15)
})

test('a failed write loses nothing; a later read of another process is not written over', async () => {
  await using t = await trial()
  await t.made(SecretId)
  const own = new Readers(new Policies(KEYS.rowKey).rotations)
  const secret = { account: '111122223333', region: 'us-east-1', id: await idOf(t) }
  for (let step = 1; step <= 4; step++) {
    own.note(secret, `v${step}`, arn('web'), step * HOUR, false)
    t.storage.failAt(step)
    await assert.rejects(own.flush(t.storage), `step ${step}`)
    await own.flush(t.storage)
    assert.deepEqual(await readers(t), [`web v${step}`])
  }
  const late = new Readers(new Policies(KEYS.rowKey).rotations)
  late.note(secret, 'v0', arn('web'), 5, false)
  await late.flush(t.storage)
  assert.deepEqual(await readers(t), ['web v4'])
})

test('readers go with their secret, and none is written for one that is gone', async () => {
  await using t = await trial()
  await t.made(SecretId)
  await read(t, 'web')
  await t.service.flush(t.storage)
  await read(t, 'batch')
  await t.call('DeleteSecret', { SecretId, ForceDeleteWithoutRecovery: true })
  await t.service.flush(t.storage)
  assert.deepEqual(await readers(t), [])
})

async function idOf(t: Trial): Promise<string> {
  const rows = await t.storage.unit('read', (unit) =>
    unit.all<{ id: string }>({ name: 'ids', sql: 'select id from secret' }, {}),
  )
  return rows[0]?.id ?? ''
}

/** A secret that was rotated once, and is due again in seven days; `web` has read the old version. */
async function held(value: string, RotationRules: object = { AutomaticallyAfterDays: 7 }): Promise<Trial> {
  const t = await trial()
  await t.made(SecretId, { Tags: [{ Key: 'strongroom:hold-until-read', Value: value }] })
  t.functions.answer = rotator(t)
  await read(t, 'web')
  await t.call('RotateSecret', {
    SecretId,
    ClientRequestToken: token('r1'),
    RotationLambdaARN: ROTATOR,
    RotationRules,
  })
  await t.advance(0)
  await t.service.flush(t.storage)
  return t
}

const succeeded = (t: Trial) => events(t).filter((name) => name === 'RotationSucceeded').length

test('strongroom:hold-until-read: a due rotation waits until the last reader has moved', async () => {
  await using t = await held('3d')
  await t.advance(8 * DAY)
  assert.equal(events(t).at(-1), 'RotationHeld')
  await t.advance(DAY)
  assert.deepEqual(events(t).slice(2), ['RotationHeld'])
  await read(t, 'web')
  await t.service.flush(t.storage)
  await t.advance(HOUR)
  assert.equal(succeeded(t), 2)
})

test('at the deadline it rotates all the same, and then is held anew', async () => {
  await using t = await held('2d')
  await t.advance(8 * DAY)
  assert.equal(succeeded(t), 1)
  await t.advance(2 * DAY)
  assert.equal(succeeded(t), 2)
  assert.ok(!events(t).includes('RotationOverdue'))
})

test('a hold leaves maintenance windows alone: it waits for the next one', async () => {
  await using t = await held('20d', { ScheduleExpression: 'cron(0 3 ? * SUN *)', Duration: '2h' })
  await t.advance(8 * DAY)
  await read(t, 'web')
  await t.service.flush(t.storage)
  await t.advance(5 * DAY)
  assert.equal(succeeded(t), 1)
  await t.advance(DAY)
  assert.equal(succeeded(t), 2)
  assert.match(new Date(t.events.at(-1)?.call.now ?? 0).toISOString(), /^2026-03-29T0[34]:/)
})

test('functions that read pending versions, and readers of the current one, hold nothing back', async () => {
  await using t = await held('20d')
  await read(t, 'web')
  await t.put('p1', { VersionStages: ['AWSPENDING'] })
  await read(t, 'function', { VersionStage: 'AWSPENDING' })
  await t.call('UpdateSecretVersionStage', { SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: token('p1') })
  await read(t, 'function', { VersionStage: 'AWSPREVIOUS' })
  await t.service.flush(t.storage)
  await t.advance(8 * DAY)
  assert.equal(succeeded(t), 2)
})

test('who goes through more secrets than are kept in memory is written down once in a while, not at every read', async () => {
  let written: string[] = []
  const unit = {
    get: async ({ name }: { name: string }) => (name === 'secret-reader/secret' ? {} : undefined),
    run: async (_: unknown, { secret, version }: Record<string, string>) => written.push(`${secret} ${version}`),
  } as unknown as Unit
  const storage = { unit: async (_: string, work: (unit: Unit) => unknown) => work(unit) } as unknown as Storage
  const readers = new Readers(new Policies(KEYS.rowKey).rotations, 10)
  const pass = async (now: number, version: (n: number) => string) => {
    written = []
    for (let n = 0; n < 100; n++) {
      const secret = { account: '1', region: 'r', id: `s${n}` }
      readers.note(secret, version(n), 'arn:aws:iam::1:role/sweeper', now, false)
      if (n % 10 === 9) await readers.flush(storage)
    }
    return written.length
  }
  assert.equal(await pass(0, () => 'v1'), 100)
  assert.equal(await pass(60_000, () => 'v1'), 0)
  // another version is news, and so is the first one after it
  assert.equal(await pass(120_000, (n) => (n < 5 ? 'v2' : 'v1')), 5)
  assert.equal(await pass(180_000, () => 'v1'), 5)
  assert.equal(await pass(20 * 60_000, () => 'v1'), 100)
})

test('of a key what was last done about it is known for a time', () => {
  const lately = new Lately(7)
  lately.note('a', 'one', 0)
  assert.equal(lately.has('a', 'one', 60_000, 180_000), true)
  assert.equal(lately.has('a', 'two', 60_000, 180_000), false)
  assert.equal(lately.has('b', 'one', 60_000, 180_000), false)
  assert.equal(lately.has('a', 'one', 180_000, 180_000), false)
  lately.note('a', 'two', 60_000)
  assert.equal(lately.has('a', 'one', 60_000, 180_000), false)
  assert.equal(new Lately(7).has('', '', 0, 180_000), false)
})

test('of as many keys as a large store has nearly all are known; what is longest ago makes room', () => {
  const lately = new Lately(11)
  const keys = 200_000
  const share = (first: number, what: string) => {
    let known = 0
    for (let n = first; n < keys; n += 2) if (lately.has(`key ${n}`, what, 120_000, 900_000)) known++
    return known / (keys / 2)
  }
  for (let n = 0; n < keys; n++) lately.note(`key ${n}`, 'v1', 60_000)
  assert.ok(share(0, 'v1') > 0.98 && share(1, 'v1') > 0.98, `${share(0, 'v1')} ${share(1, 'v1')}`)
  for (let n = 0; n < keys; n += 2) lately.note(`key ${n}`, 'v2', 120_000)
  assert.ok(share(0, 'v2') > 0.99 && share(1, 'v1') > 0.95, `${share(0, 'v2')} ${share(1, 'v1')}`)
  assert.deepEqual([share(0, 'v1'), share(1, 'v2')], [0, 0])
})
