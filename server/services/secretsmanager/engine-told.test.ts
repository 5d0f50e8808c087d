import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Failure } from './rotation-events.ts'
import { failed, ROTATOR, rotator } from './test/functions.ts'
import { DAY, type Trial, token, trial } from './test/trial.ts'

const SecretId = 'app/db'
const MINUTE = 60_000

/** A secret whose rotation fails in this step; what whoever runs the server was told of it. */
async function failing(at: string, more: object = {}): Promise<{ t: Trial; told: [string, Failure?][] }> {
  const told: [string, Failure?][] = []
  const t = await trial(undefined, undefined, {
    told: (event, _, failure) => told.push(failure === undefined ? [event] : [event, failure]),
  })
  await t.made(SecretId)
  const good = rotator(t)
  t.functions.answer = async (invocation) => (invocation.Step === at ? failed() : good(invocation))
  await t.call('RotateSecret', {
    SecretId,
    ClientRequestToken: token('r1'),
    RotationLambdaARN: ROTATOR,
    RotationRules: { AutomaticallyAfterDays: 30 },
    ...more,
  })
  return { t, told }
}

const runAt = async (t: Trial) =>
  (
    await t.storage.unit('read', (unit) =>
      unit.all<{ at: number }>({ name: 'run', sql: 'select not_before as at from secret_rotation_run' }, {}),
    )
  )[0]?.at

test('a failure is told with its step, attempt, error and when it is tried next', async () => {
  const { t, told } = await failing('setSecret')
  await using _ = t
  await t.advance(0)
  const next = new Date(Number(await runAt(t))).toISOString()
  const first = { step: 'setSecret', attempt: 1, error: 'setSecret: ValueError: no', next }
  assert.deepEqual(told, [['RotationStarted'], ['RotationFailed', first]])
  await t.advance(2 * MINUTE)
  assert.equal(told[2]?.[1]?.attempt, 2)
  await t.advance(DAY)
  // the fifth is the last one: it waits for the next window
  const last = told.findLast(([event]) => event === 'RotationFailed')?.[1]
  assert.equal(last?.attempt, 5)
  const { NextRotationDate } = (await t.call('DescribeSecret', { SecretId })) as { NextRotationDate: Date }
  assert.equal(last?.next?.slice(0, 10), NextRotationDate.toISOString().slice(0, 10))
})

test('of a test that fails it is told why; nothing tries it again', async () => {
  const { t, told } = await failing('testSecret', { RotateImmediately: false })
  await using _ = t
  await t.advance(0)
  const failure = { step: 'testSecret', attempt: 1, error: 'testSecret: ValueError: no' }
  assert.deepEqual(told.at(-1), ['TestRotationFailed', failure])
})

test('what set the old password again, or could not, says so and when it goes on', async () => {
  for (const [also, event, says] of [
    [false, 'RotationReturned', /: no; the current password was set again$/],
    [true, 'RotationFailed', /; the current password could not be set again: ValueError: no$/],
  ] as const) {
    const { t, told } = await failing('testSecret')
    await using _ = t
    t.functions.returning.add(ROTATOR)
    if (also)
      t.functions.answer = ({ Step }) => (['testSecret', 'returnSecret'].includes(Step) ? failed() : { ok: true })
    await t.advance(0)
    assert.equal(told[1]?.[1]?.next, undefined)
    const [name, failure] = told.at(-1) ?? []
    assert.equal(name, event)
    assert.match(failure?.error ?? '', says)
    assert.equal(failure?.next, new Date(Number(await runAt(t))).toISOString())
  }
})

test('what is overdue is told with the last failure and the next attempt', async () => {
  const { t, told } = await failing('setSecret')
  await using _ = t
  await t.advance(DAY)
  const overdue = told.find(([event]) => event === 'RotationOverdue')?.[1]
  assert.match(
    overdue?.error ?? '',
    /^No rotation has ended well since .*; the last attempt: setSecret: ValueError: no$/,
  )
  assert.equal(overdue?.next, new Date(Number(await runAt(t))).toISOString())
})

test('a pending version that no rotation made is told with what to do', async () => {
  const { t, told } = await failing('none', { RotationRules: { AutomaticallyAfterDays: 7 } })
  await using _ = t
  await t.advance(0)
  await t.put('p1', { VersionStages: ['AWSPENDING'] })
  await t.advance(8 * DAY)
  const foreign = told.findLast(([event]) => event === 'RotationFailed')?.[1]
  assert.match(foreign?.error ?? '', /was not created by Lambda .* restart rotation$/)
  assert.deepEqual([foreign?.step, foreign?.next?.slice(0, 10)], [undefined, '2026-03-29'])
})
