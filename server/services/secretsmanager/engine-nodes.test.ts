import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '#kernel/random'
import { faulty } from '#kernel/storage/faulty'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { postgresMissing, startPostgres } from '../../test/postgres.ts'
import type { Invoked } from './functions.ts'
import { LEASE_MS } from './model/rotation-run.ts'
import { STEPS } from './model/rotation.ts'
import { type Invocation, ROTATOR, rotator } from './test/functions.ts'
import { beside, DAY, MIGRATIONS, START, type Trial, token, trial } from './test/trial.ts'

/** Rotations when processes die, stop, are many, or were not there. */

const SecretId = 'app/db'
const HOUR = 3_600_000

const rotate = (t: Trial, more: object = {}) =>
  t.call('RotateSecret', {
    SecretId,
    ClientRequestToken: token('r1'),
    RotationLambdaARN: ROTATOR,
    RotationRules: { AutomaticallyAfterDays: 30 },
    ...more,
  })

const events = (t: Trial) => t.events.map(({ eventName }) => eventName)
const steps = (t: Trial) => t.functions.invoked.map(({ Step }) => Step)

/** Settles when `done` says so: what it waits for happens in promises, none of which takes time. */
async function until(done: () => boolean): Promise<void> {
  for (let turns = 0; !done(); turns++) {
    assert.ok(turns < 100_000, 'it does not happen')
    await new Promise(setImmediate)
  }
}

for (const [at, step] of STEPS.entries())
  for (const effect of ['done', 'not done'] as const)
    test(`a process dies in ${step}, its work ${effect}: another begins anew with the same token when the claim ends`, async () => {
      await using t = await trial()
      await t.made(SecretId)
      const good = rotator(t)
      const dead = Promise.withResolvers<Invoked>()
      t.functions.answer = async (invocation) => {
        if (invocation.Step !== step) return good(invocation)
        if (effect === 'done') await good(invocation)
        return dead.promise
      }
      await rotate(t)
      await t.travel(0)
      await until(() => t.functions.invoked.length === at + 1)
      const other = beside(t)
      t.functions.answer = good
      await other.advance(LEASE_MS - 1)
      assert.equal(t.functions.invoked.length, at + 1)
      await other.advance(1)
      assert.deepEqual(steps(t).slice(at + 1), [...STEPS])
      assert.equal(new Set(t.functions.invoked.map(({ ClientRequestToken }) => ClientRequestToken)).size, 1)
      assert.deepEqual(events(t), ['RotationStarted', 'RotationSucceeded'])
      // The dead one comes back: nobody listens.
      dead.resolve({ ok: false, errorType: 'Late', errorMessage: '' })
      await t.service.idle()
      assert.deepEqual(events(t), ['RotationStarted', 'RotationSucceeded'])
      assert.deepEqual(await t.labels(), { v1: 'AWSPREVIOUS', r1: 'AWSCURRENT AWSPENDING' })
    })

test('a function that takes longer than a claim goes on in the process that waits for it, and is not begun twice', async () => {
  await using t = await trial()
  await t.made(SecretId)
  const slow = Promise.withResolvers<void>()
  const good = rotator(t)
  t.functions.answer = async (invocation) => {
    await slow.promise
    return good(invocation)
  }
  await rotate(t)
  await t.travel(0)
  const other = beside(t)
  for (let passed = 0; passed < 10 * LEASE_MS; passed += LEASE_MS / 2) {
    await other.travel(LEASE_MS / 2)
    await t.travel(0)
    await until(() => t.functions.invoked.length === 1)
    assert.equal(await t.service.leases?.renew(), true)
  }
  assert.equal(t.functions.invoked.length, 1)
  slow.resolve()
  await t.service.idle()
  assert.equal(events(t).at(-1), 'RotationSucceeded')
  assert.equal(t.functions.invoked.length, 4)
})

test('a process that was stopped for longer than its lease does not come back to life: its functions are asked to stop', async () => {
  await using t = await trial()
  await t.made(SecretId)
  const signals: AbortSignal[] = []
  const stuck = Promise.withResolvers<Invoked>()
  t.functions.answer = (_, signal) => {
    signals.push(signal)
    return stuck.promise
  }
  await rotate(t)
  await t.travel(0)
  await until(() => signals.length === 1)
  const other = beside(t)
  t.functions.answer = rotator(t)
  await other.advance(LEASE_MS)
  assert.equal(events(t).at(-1), 'RotationSucceeded')
  assert.equal(await t.service.leases?.renew(), false)
  assert.equal(signals[0]?.aborted, true)
  const told = events(t).length
  stuck.resolve({ ok: true })
  await t.service.idle()
  assert.equal(events(t).length, told)
})

test('cancelled and begun again while the old function still runs: the new one waits for its end', async () => {
  await using t = await trial()
  await t.made(SecretId)
  const old = Promise.withResolvers<Invoked>()
  t.functions.answer = () => old.promise
  await rotate(t)
  await t.travel(0)
  await until(() => t.functions.invoked.length === 1)
  await t.call('CancelRotateSecret', { SecretId })
  await rotate(t)
  await t.travel(60_000)
  assert.equal(t.functions.invoked.length, 1)
  t.functions.answer = rotator(t)
  old.resolve({ ok: true })
  await t.advance(60_000)
  assert.deepEqual(steps(t), ['createSecret', ...STEPS])
  assert.equal(events(t).at(-1), 'RotationSucceeded')
})

test('cancelled and begun again in another process: it waits until the function of the first one has ended', async () => {
  await using t = await trial()
  await t.made(SecretId)
  const old = Promise.withResolvers<Invoked>()
  t.functions.answer = () => old.promise
  await rotate(t)
  await t.travel(0)
  await until(() => t.functions.invoked.length === 1)
  await t.call('CancelRotateSecret', { SecretId })
  await rotate(t)
  const other = beside(t)
  await other.travel(LEASE_MS - 1)
  await t.service.leases?.renew()
  await other.travel(LEASE_MS - 1)
  assert.equal(t.functions.invoked.length, 1)
  t.functions.answer = rotator(t)
  old.resolve({ ok: true })
  await t.service.idle()
  await other.advance(0)
  assert.deepEqual(steps(t), ['createSecret', ...STEPS])
  assert.equal(events(t).at(-1), 'RotationSucceeded')
})

test('a server that stops asks its functions to stop; the next one begins at once, no attempt is used up', async () => {
  await using t = await trial()
  await t.made(SecretId)
  const good = rotator(t)
  t.functions.answer = (invocation, signal) => {
    if (invocation.Step !== 'setSecret') return good(invocation)
    const stopped = Promise.withResolvers<Invoked>()
    signal.addEventListener('abort', () => stopped.resolve({ ok: false, errorType: 'Aborted', errorMessage: '' }))
    return stopped.promise
  }
  await rotate(t)
  await t.travel(0)
  await until(() => t.functions.invoked.length === 2)
  await t.service.drain()
  t.functions.answer = good
  await beside(t).advance(0)
  assert.deepEqual(events(t), ['RotationStarted', 'RotationSucceeded'])
  assert.deepEqual(steps(t), ['createSecret', 'setSecret', ...STEPS])
})

test('no more functions at once than are allowed, and all come to their turn', async () => {
  await using t = await trial(undefined, undefined, { concurrency: 3 })
  const good = rotator(t)
  let now = 0
  let most = 0
  t.functions.answer = async (invocation) => {
    most = Math.max(most, ++now)
    await new Promise(setImmediate)
    const result = await good(invocation)
    now--
    return result
  }
  for (let i = 0; i < 30; i++) {
    await t.made(`s${i}`, { ClientRequestToken: token(`v${i}`) })
    await rotate(t, { SecretId: `s${i}`, ClientRequestToken: token(`r${i}`) })
  }
  await t.advance(HOUR)
  assert.equal(most, 3)
  assert.equal(events(t).filter((name) => name === 'RotationSucceeded').length, 30)
  assert.equal(t.functions.invoked.length, 120)
})

test('after a time in which nothing ran: a window of days is caught up with within an hour, once (rotation.md 7)', async () => {
  const told: string[] = []
  await using t = await trial(undefined, undefined, { told: (event) => told.push(event) })
  await t.made(SecretId)
  t.functions.answer = rotator(t)
  await rotate(t, { RotationRules: { AutomaticallyAfterDays: 7 } })
  await t.advance(0)
  t.clock.set(START + 20 * DAY)
  await t.pulse()
  assert.deepEqual(told, ['RotationStarted', 'RotationSucceeded', 'missed', 'RotationOverdue'])
  await t.advance(HOUR)
  assert.deepEqual(told.slice(4), ['RotationStarted', 'RotationSucceeded'])
  await t.advance(6 * DAY)
  assert.equal(told.length, 6)
})

test('a maintenance window that went by is not caught up with: the next one is waited for (rotation.md 7)', async () => {
  const told: string[] = []
  await using t = await trial(undefined, undefined, { told: (event) => told.push(event) })
  await t.made(SecretId)
  t.functions.answer = rotator(t)
  await rotate(t, { RotationRules: { ScheduleExpression: 'cron(0 3 ? * SUN *)', Duration: '2h' } })
  await t.advance(0)
  // 15 March 2026 is a Sunday; the windows are on the 22nd and the 29th.
  t.clock.set(START + 8 * DAY)
  await t.pulse()
  await t.advance(5 * DAY)
  assert.deepEqual(told, ['RotationStarted', 'RotationSucceeded', 'missed', 'RotationOverdue'])
  await t.advance(DAY)
  assert.equal(told.at(-1), 'RotationSucceeded')
  const at = new Date(t.events.at(-1)?.call.now ?? 0).toISOString()
  assert.match(at, /^2026-03-29T0[34]:/)
})

test('whichever step of the store fails while it rotates, the rotation ends well', async () => {
  for (let step = 1; step < 200; step++) {
    const problems: unknown[] = []
    await using t = await trial(undefined, undefined, { onProblem: (problem) => problems.push(problem) })
    await t.made(SecretId)
    t.functions.answer = rotator(t)
    await rotate(t)
    t.tolerant = true
    const start = t.storage.steps
    t.storage.failAt(step)
    try {
      await t.advance(2 * LEASE_MS)
    } catch (error) {
      assert.equal((error as Error).name, 'Fault')
      await t.advance(2 * LEASE_MS)
    }
    assert.equal(events(t).at(-1), 'RotationSucceeded', `step ${step}`)
    assert.equal(events(t).filter((name) => name === 'RotationSucceeded').length, 1)
    if (t.storage.steps - start < step) return
  }
  assert.fail('it has too many steps')
})

test('two processes on one PostgreSQL: each rotation begins once', { skip: postgresMissing() ?? false }, async () => {
  await using server = await startPostgres()
  const url = await server.database()
  await using a = await trial(undefined, (opening) => openPostgres({ url, random: systemRandom, ...opening }))
  const own = await openPostgres({ url, random: systemRandom, migrations: MIGRATIONS, clock: a.clock })
  await using b = beside(a, {}, faulty(own))
  const good = rotator(a)
  a.functions.answer = async (invocation: Invocation) => {
    await new Promise(setImmediate)
    return good(invocation)
  }
  const names = Array.from({ length: 12 }, (_, i) => `s${i}`)
  for (const name of names) {
    await a.made(name, { ClientRequestToken: token(`v-${name}`) })
    const rules = { RotationRules: { ScheduleExpression: 'rate(4 hours)' }, RotateImmediately: false }
    await rotate(a, { SecretId: name, ClientRequestToken: token(`t-${name}`), ...rules })
  }
  for (let minutes = 0; minutes <= 3 * 60; minutes += 2) {
    a.clock.set(START + minutes * 60_000)
    await Promise.all([a.pulse(), b.pulse()])
  }
  for (const name of names) {
    const arn = (await a.call('DescribeSecret', { SecretId: name })).ARN
    const of = a.events.filter(({ additionalEventData }) => additionalEventData?.SecretId === arn)
    assert.deepEqual(
      of.map(({ eventName }) => eventName),
      ['TestRotationStarted', 'TestRotationSucceeded', 'RotationStarted', 'RotationSucceeded'],
    )
    assert.equal(a.functions.invoked.filter((invocation) => invocation.SecretId === arn).length, 5)
  }
})
