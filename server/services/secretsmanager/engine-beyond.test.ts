import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failed, type Invocation, ROTATOR, rotator } from './test/functions.ts'
import { beside, DAY, type Trial, token, trial } from './test/trial.ts'

/** What rotations do beyond AWS: attempts that die, what is overdue, the return to the old password, checks. */

const SecretId = 'app/db'
const MINUTE = 60_000
const ALL = ['createSecret', 'setSecret', 'testSecret', 'finishSecret']
const CHECK = ROTATOR.replace(/rotator$/, 'canary')

const rotate = (t: Trial, more: object = {}) =>
  t.call('RotateSecret', {
    SecretId,
    ClientRequestToken: token('r1'),
    RotationLambdaARN: ROTATOR,
    RotationRules: { AutomaticallyAfterDays: 30 },
    ...more,
  })
const steps = (t: Trial) => t.functions.invoked.map(({ Step }) => Step)
const events = (t: Trial) => t.events.map(({ eventName }) => eventName)
const run = async (t: Trial) =>
  (
    await t.storage.unit('read', (unit) =>
      unit.all<{ attempt: number; failure: string; node: string | null }>(
        { name: 'all/runs', sql: 'select * from secret_rotation_run' },
        {},
      ),
    )
  )[0]

async function made(Tags: readonly { Key: string; Value: string }[] = []): Promise<Trial> {
  const t = await trial()
  t.functions.allowed.add(CHECK)
  await t.made(SecretId, Tags.length === 0 ? {} : { Tags })
  t.functions.answer = rotator(t)
  return t
}

/** Runs the steps with this one failing so often. */
function failing(t: Trial, at: string, times: number): void {
  const good = rotator(t)
  let left = times
  t.functions.answer = (invocation: Invocation) => (invocation.Step === at && left-- > 0 ? failed() : good(invocation))
}

test('attempts that die with their process count: the first is made up for at once, then as after failures', async () => {
  await using t = await made()
  await rotate(t)
  const dead = Promise.withResolvers<never>()
  t.functions.answer = () => dead.promise
  let node = t
  const began: number[] = []
  for (let deaths = 0; deaths < 5; deaths++) {
    const before = t.functions.invoked.length
    while (t.functions.invoked.length === before) await node.travel(MINUTE / 6)
    began.push(t.clock.now())
    node = beside(t, { alone: true })
    await node.service.start()
  }
  const waits = began.slice(1).map((at, i) => (at - (began[i] as number)) / MINUTE)
  const expected = [0, 5, 15, 60]
  for (const [i, wait] of waits.entries()) {
    const minutes = expected[i] ?? 0
    assert.ok(wait >= minutes * 0.8 && wait <= minutes * 1.2 + 0.5, `${wait} minutes for ${minutes}`)
  }
  // the last one waits for the window
  await node.travel(DAY)
  assert.equal(t.functions.invoked.length, 5)
  const parked = await run(t)
  assert.deepEqual(
    [parked?.attempt, parked?.node, parked?.failure.split(':').slice(0, 2).join()],
    [6, null, 'createSecret, Lost'],
  )
})

test('RotationOverdue once for each window in which nothing ended well, with the last failure', async () => {
  await using t = await made()
  await rotate(t, { RotationRules: { AutomaticallyAfterDays: 7 } })
  await t.advance(0)
  failing(t, 'setSecret', Number.POSITIVE_INFINITY)
  await t.advance(28 * DAY)
  const overdue = t.events.filter(({ eventName }) => eventName === 'RotationOverdue')
  assert.deepEqual(
    overdue.map(({ call }) => new Date(call.now).toISOString().slice(0, 10)),
    ['2026-03-23', '2026-03-30', '2026-04-06'],
  )
  assert.match(
    overdue[2]?.errorMessage ?? '',
    /^No rotation has ended well since 2026-03-23T00:00:00Z; the last attempt: setSecret: ValueError: no$/,
  )
  failing(t, '', 0)
  await t.advance(8 * DAY)
  assert.equal(events(t).at(-1), 'RotationSucceeded')
  const left = await t.storage.unit('read', (unit) =>
    unit.all({ name: 'watch', sql: 'select due_by from secret_rotation_watch' }, {}),
  )
  assert.equal(left.length, 1)
  assert.ok((left[0] as { due_by: number }).due_by > t.clock.now())
})

test('a test that fails has the current password set again; the same token is tried later', async () => {
  await using t = await made()
  t.functions.returning.add(ROTATOR)
  await rotate(t)
  failing(t, 'testSecret', 1)
  await t.advance(0)
  assert.deepEqual(steps(t), [...ALL.slice(0, 3), 'returnSecret'])
  assert.deepEqual(events(t), ['RotationStarted', 'RotationFailed', 'RotationReturned'])
  assert.equal((await run(t))?.failure, 'testSecret: ValueError: no; the current password was set again')
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT', r1: 'AWSPENDING' })
  await t.advance(2 * MINUTE)
  assert.deepEqual(steps(t).slice(4), ALL)
  assert.equal(events(t).at(-1), 'RotationSucceeded')
})

test('a return that fails is told, and the rotation is tried again', async () => {
  await using t = await made()
  t.functions.returning.add(ROTATOR)
  await rotate(t)
  t.functions.answer = ({ Step }) => (['testSecret', 'returnSecret'].includes(Step) ? failed() : { ok: true })
  await t.advance(0)
  assert.deepEqual(events(t), ['RotationStarted', 'RotationFailed', 'RotationFailed'])
  assert.equal(t.events.at(-1)?.errorMessage, `Error when executing lambda ${ROTATOR} during returnSecret step`)
  assert.match((await run(t))?.failure ?? '', /could not be set again: ValueError: no$/)
  t.functions.answer = rotator(t)
  await t.advance(2 * MINUTE)
  assert.equal(events(t).at(-1), 'RotationSucceeded')
})

test('no return with strongroom:rotation-return=off, from a function that does not know how, or before the test', async () => {
  for (const [knows, at, tags] of [
    [false, 'testSecret', []],
    [true, 'setSecret', []],
    [true, 'testSecret', [{ Key: 'strongroom:rotation-return', Value: 'off' }]],
  ] as const) {
    await using t = await made(tags)
    if (knows) t.functions.returning.add(ROTATOR)
    await rotate(t)
    failing(t, at, 1)
    await t.advance(0)
    assert.ok(!steps(t).includes('returnSecret'))
  }
})

test('strongroom:rotation-check names a function that is asked after the test; what it refuses does not become current', async () => {
  await using t = await made([{ Key: 'strongroom:rotation-check', Value: CHECK }])
  t.functions.admitted.add(CHECK)
  t.functions.returning.add(ROTATOR)
  await rotate(t)
  failing(t, 'checkSecret', 1)
  await t.advance(0)
  assert.deepEqual(
    t.functions.invoked.map(({ Step, functionArn }) => `${Step} ${functionArn === CHECK ? 'canary' : 'rotator'}`),
    ['createSecret rotator', 'setSecret rotator', 'testSecret rotator', 'checkSecret canary', 'returnSecret rotator'],
  )
  assert.equal(t.events[1]?.errorMessage, `Error when executing lambda ${CHECK} during checkSecret step`)
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT', r1: 'AWSPENDING' })
  await t.advance(2 * MINUTE)
  assert.deepEqual(steps(t).slice(5), ['createSecret', 'setSecret', 'testSecret', 'checkSecret', 'finishSecret'])
  assert.equal(events(t).at(-1), 'RotationSucceeded')
})

test('a check whose function does not let the service in fails the rotation: nothing goes unchecked', async () => {
  await using t = await made([{ Key: 'strongroom:rotation-check', Value: CHECK }])
  await rotate(t)
  await t.advance(0)
  assert.deepEqual([steps(t), events(t)], [ALL.slice(0, 3), ['RotationStarted', 'RotationFailed']])
})
