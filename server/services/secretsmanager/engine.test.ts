import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordOf } from '#kernel/audit/record'
import type { Invoked } from './functions.ts'
import { failed, type Invocation, ROTATOR, rotator } from './test/functions.ts'
import { DAY, START, type Trial, token, trial } from './test/trial.ts'

const SecretId = 'app/db'
const MINUTE = 60_000

const rotate = (t: Trial, name = 'r1', more: object = {}) =>
  t.call('RotateSecret', {
    SecretId,
    ClientRequestToken: token(name),
    RotationLambdaARN: ROTATOR,
    RotationRules: { AutomaticallyAfterDays: 30 },
    ...more,
  })

/** A secret with a function that does its work. */
async function made(): Promise<Trial> {
  const t = await trial()
  await t.made(SecretId)
  t.functions.answer = rotator(t)
  return t
}

const steps = (t: Trial) => t.functions.invoked.map(({ Step }) => Step)
const events = (t: Trial) => t.events.map(({ eventName }) => eventName)
const ALL = ['createSecret', 'setSecret', 'testSecret', 'finishSecret']

/** Runs the steps with this one failing as long as it says so. */
function failing(t: Trial, at: string, times = Number.POSITIVE_INFINITY, how: Invoked = failed()): void {
  const good = rotator(t)
  let left = times
  t.functions.answer = async (invocation) => (invocation.Step === at && left-- > 0 ? how : good(invocation))
}

test('four steps in order with one token, then the version is current and times are shown (rotation.md 3, 10.2)', async () => {
  await using t = await made()
  const ARN = (await rotate(t)).ARN
  await t.advance(1000)
  assert.deepEqual(steps(t), ALL)
  for (const { SecretId: secret, ClientRequestToken, functionArn, configuredBy } of t.functions.invoked)
    assert.deepEqual(
      [secret, ClientRequestToken, functionArn, configuredBy],
      [ARN, token('r1'), ROTATOR, '111122223333'],
    )
  assert.equal(new Set(t.functions.invoked.map(({ RotationToken }) => RotationToken)).size, 1)
  // recorded: AWSPENDING stays where the function leaves it
  assert.deepEqual(await t.labels(), { v1: 'AWSPREVIOUS', r1: 'AWSCURRENT AWSPENDING' })
  const described = await t.call('DescribeSecret', { SecretId })
  assert.deepEqual(described.LastRotatedDate, new Date(START))
  assert.deepEqual(described.NextRotationDate, new Date('2026-04-14T23:59:59Z'))
  assert.deepEqual(events(t), ['RotationStarted', 'RotationSucceeded'])
  assert.deepEqual(await runs(t), [])
})

test('service events have the recorded shape (surroundings.md 1.4)', async () => {
  await using t = await made()
  const ARN = (await rotate(t)).ARN
  failing(t, 'setSecret')
  await t.advance(1000)
  const record = JSON.parse(recordOf(t.events.at(-1) as never, 'id'))
  assert.deepEqual(record, {
    eventVersion: '1.11',
    userIdentity: { accountId: '111122223333', invokedBy: 'secretsmanager.amazonaws.com' },
    eventTime: '2026-03-15T10:30:00Z',
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'RotationFailed',
    awsRegion: 'us-east-1',
    sourceIPAddress: 'secretsmanager.amazonaws.com',
    userAgent: 'secretsmanager.amazonaws.com',
    errorMessage: `Error when executing lambda ${ROTATOR} during setSecret step`,
    requestParameters: null,
    responseElements: null,
    additionalEventData: { SecretId: ARN },
    requestID: `Rotation-${ARN}-${token('r1')}`,
    eventID: 'id',
    readOnly: false,
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: '111122223333',
    eventCategory: 'Management',
  })
})

test('with an expression the days to the next window are shown after a success (10.3, recorded)', async () => {
  await using t = await made()
  await rotate(t, 'r1', { RotationRules: { ScheduleExpression: 'rate(4 hours)' } })
  await t.advance(1000)
  const { RotationRules } = await t.call('DescribeSecret', { SecretId })
  assert.deepEqual(RotationRules, { AutomaticallyAfterDays: 1, ScheduleExpression: 'rate(4 hours)' })
})

test('a schedule goes on by itself: one rotation in each window', async () => {
  await using t = await made()
  await rotate(t, 'r1', { RotationRules: { AutomaticallyAfterDays: 7 } })
  await t.advance(30 * DAY)
  assert.equal(events(t).filter((name) => name === 'RotationSucceeded').length, 5)
  assert.equal(t.functions.invoked.length, 20)
  const tokens = new Set(t.functions.invoked.map(({ ClientRequestToken }) => ClientRequestToken))
  assert.equal(tokens.size, 5)
  const at = t.events.filter(({ eventName }) => eventName === 'RotationStarted').map(({ call }) => call.now)
  assert.deepEqual(
    at.map((time) => Math.floor(time / DAY) - Math.floor(START / DAY)),
    [0, 7, 14, 21, 28],
  )
})

test('a failure: all four steps again with the same token after 1, 5, 15, 60 minutes ±20 %, then once a window (3.4)', async () => {
  await using t = await made()
  await rotate(t, 'r1', { RotationRules: { AutomaticallyAfterDays: 7 } })
  failing(t, 'testSecret')
  await t.advance(DAY)
  assert.deepEqual(
    steps(t),
    [1, 2, 3, 4, 5].flatMap(() => ALL.slice(0, 3)),
  )
  assert.ok(t.functions.invoked.every(({ ClientRequestToken }) => ClientRequestToken === token('r1')))
  const at = t.events.filter(({ eventName }) => eventName === 'RotationFailed').map(({ call }) => call.now)
  for (const [i, minutes] of [1, 5, 15, 60].entries()) {
    const waited = ((at[i + 1] as number) - (at[i] as number)) / MINUTE
    assert.ok(waited >= minutes * 0.8 && waited <= minutes * 1.2, `${waited} for ${minutes}`)
  }
  const [run] = await runs(t)
  assert.deepEqual([run?.attempt, run?.failure], [6, 'testSecret: ValueError: no'])
  await t.advance(7 * DAY)
  assert.equal(t.functions.invoked.length, 18)
  failing(t, 'none')
  await t.advance(7 * DAY)
  assert.equal(t.functions.invoked.length, 22)
  assert.equal(events(t).at(-1), 'RotationSucceeded')
  assert.deepEqual((await t.labels()).r1, 'AWSCURRENT AWSPENDING')
})

test('RotateSecret with the token of a rotation that hangs has it tried at once (10.2)', async () => {
  await using t = await made()
  await rotate(t)
  failing(t, 'setSecret', 1)
  await t.advance(0)
  assert.equal(events(t).at(-1), 'RotationFailed')
  assert.equal((await rotate(t)).VersionId, token('r1'))
  await t.advance(0)
  assert.equal(events(t).at(-1), 'RotationSucceeded')
  assert.deepEqual(steps(t), [...ALL.slice(0, 2), ...ALL])
})

test('a function that can’t be reached is asked again after 30 s, and no attempt is used up (3.4)', async () => {
  await using t = await made()
  await rotate(t)
  failing(t, 'createSecret', 8, { ok: false, errorType: 'TooManyRequestsException', errorMessage: '', throttled: true })
  await t.advance(8 * 30_000 - 1)
  assert.equal(t.functions.invoked.length, 8)
  assert.deepEqual(events(t), ['RotationStarted'])
  await t.advance(1)
  assert.deepEqual(events(t), ['RotationStarted', 'RotationSucceeded'])
})

test('a function that ends without making its version current has failed (3.2)', async () => {
  await using t = await made()
  t.functions.answer = () => ({ ok: true })
  await rotate(t)
  await t.advance(0)
  assert.deepEqual(events(t), ['RotationStarted', 'RotationFailed'])
  assert.equal(t.events.at(-1)?.errorMessage, `Error when executing lambda ${ROTATOR} during finishSecret step`)
})

test('a function that no longer lets the service in is not invoked (6)', async () => {
  await using t = await made()
  await rotate(t)
  t.functions.admitted.clear()
  await t.advance(0)
  assert.deepEqual([steps(t), events(t)], [[], ['RotationStarted', 'RotationFailed']])
  assert.match((await runs(t))[0]?.failure ?? '', /The function is not there, or its policy does not grant access/)
  t.functions.admitted.add(ROTATOR)
  await t.advance(2 * MINUTE)
  assert.equal(events(t).at(-1), 'RotationSucceeded')
})

test('the test of RotateImmediately=false: one step, then nothing is left of the version (5)', async () => {
  for (const [answer, event] of [
    [{ ok: true } as Invoked, 'TestRotationSucceeded'],
    [failed(), 'TestRotationFailed'],
  ] as const) {
    await using t = await made()
    t.functions.answer = () => answer
    assert.equal((await rotate(t, 'r1', { RotateImmediately: false })).VersionId, token('r1'))
    await t.refused(
      'RotateSecret',
      { SecretId, ClientRequestToken: token('r2') },
      'InvalidRequestException',
      /previous/,
    )
    await t.advance(DAY)
    assert.deepEqual([steps(t), events(t)], [['testSecret'], ['TestRotationStarted', event]])
    assert.equal(t.functions.invoked[0]?.ClientRequestToken, token('r1'))
    assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT' })
    const { Versions } = await t.call('ListSecretVersionIds', { SecretId, IncludeDeprecated: true })
    assert.equal(Versions.length, 1)
    const described = await t.call('DescribeSecret', { SecretId })
    assert.ok(described.RotationEnabled && !('LastRotatedDate' in described))
    assert.deepEqual(described.NextRotationDate, new Date('2026-04-14T23:59:59Z'))
  }
})

/** What somebody does while a step runs or a retry waits, what stays of the labels, and what the trail says at the end. */
const MEANWHILE: readonly (readonly [string, (t: Trial) => Promise<unknown>, Record<string, string>, string])[] = [
  [
    'cancels',
    (t) => t.call('CancelRotateSecret', { SecretId }),
    { v1: 'AWSCURRENT', r1: 'AWSPENDING' },
    'RotationStarted',
  ],
  ['puts a value', (t) => t.put('v2'), { v1: 'AWSPREVIOUS', v2: 'AWSCURRENT' }, 'RotationAbandoned'],
  [
    'updates the value',
    (t) => t.call('UpdateSecret', { SecretId, SecretString: 'x', ClientRequestToken: token('v2') }),
    { v1: 'AWSPREVIOUS', v2: 'AWSCURRENT' },
    'RotationAbandoned',
  ],
  [
    'takes the label',
    (t) =>
      t.call('UpdateSecretVersionStage', { SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: token('r1') }),
    { v1: 'AWSCURRENT' },
    'RotationAbandoned',
  ],
  [
    'puts another pending version',
    (t) => t.put('p2', { VersionStages: ['AWSPENDING'] }),
    { v1: 'AWSCURRENT', p2: 'AWSPENDING' },
    'RotationAbandoned',
  ],
]

for (const step of ['createSecret', 'setSecret', 'testSecret'])
  for (const [what, act, labels, event] of MEANWHILE)
    for (const then of ['runs', 'waits'] as const)
      test(`somebody ${what} while ${step} ${then}: no step follows (3.2)`, async () => {
        await using t = await made()
        await rotate(t)
        const good = t.functions.answer
        t.functions.answer = async (invocation: Invocation, signal) => {
          if (invocation.Step !== step) return good(invocation, signal)
          if (then === 'waits') return failed()
          await good(invocation, signal)
          await act(t)
          return { ok: true }
        }
        await t.advance(0)
        if (then === 'waits') await act(t)
        const seen = t.functions.invoked.length
        await t.advance(2 * DAY)
        assert.equal(t.functions.invoked.length, seen)
        assert.deepEqual(await t.labels(), labels)
        const told = events(t).filter((name) => name !== 'RotationFailed')
        assert.equal(told.at(-1), event)
        assert.deepEqual(await runs(t), [])
        const { RotationEnabled, NextRotationDate } = await t.call('DescribeSecret', { SecretId })
        assert.equal(NextRotationDate !== undefined, RotationEnabled)
      })

test('DeleteSecret stops it: no step follows, nothing is put back', async () => {
  for (const more of [{}, { ForceDeleteWithoutRecovery: true }]) {
    await using t = await made()
    await rotate(t)
    t.functions.answer = async () => {
      await t.call('DeleteSecret', { SecretId, ...more })
      return { ok: true }
    }
    await t.advance(40 * DAY)
    const told = events(t).filter((name) => !name.endsWith('SecretVersionDelete'))
    assert.deepEqual([steps(t), told], [['createSecret'], ['RotationStarted']])
    assert.deepEqual(await runs(t), [])
  }
})

test('AWSPENDING on a version that no rotation made keeps a schedule from running, which says so (3.2)', async () => {
  await using t = await made()
  const ARN = (await rotate(t, 'r1', { RotationRules: { AutomaticallyAfterDays: 7 } })).ARN
  await t.advance(0)
  await t.put('p1', { VersionStages: ['AWSPENDING'] })
  await t.advance(8 * DAY)
  assert.deepEqual(events(t).slice(-2), ['RotationFailed', 'RotationOverdue'])
  assert.equal(
    t.events.at(-2)?.errorMessage,
    `Pending secret version ${token('p1')} for Secret ${ARN} was not created by Lambda ${ROTATOR}. Remove the AWSPENDING staging label and restart rotation`,
  )
  await t.call('UpdateSecretVersionStage', { SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: token('p1') })
  await t.advance(7 * DAY)
  assert.equal(events(t).at(-1), 'RotationSucceeded')
})

async function runs(t: Trial): Promise<readonly { readonly attempt: number; readonly failure: string | null }[]> {
  return t.storage.unit('read', (unit) => unit.all({ name: 'all/runs', sql: 'select * from secret_rotation_run' }, {}))
}
