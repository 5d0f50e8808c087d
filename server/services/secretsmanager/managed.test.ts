import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordOf } from '#kernel/audit/record'
import { Secret } from '#kernel/values/bytes'
import type { ManagedSecrets } from './port.ts'
import { failed, type Invocation, rotator } from './test/functions.ts'
import { DAY, type Trial, token, trial } from './test/trial.ts'

/** Secrets that services keep. Sources: rotation.md 11, secretsmanager.md 13, surroundings.md 1.4. */

const VIA = { via: 'rds.amazonaws.com' }
const NAME = 'rds!db-00000000-0000-4000-8000-000000000000'
const MINUTE = 60_000

/** Asks for something in a unit of its own, as the operation of another service does. */
function within<T>(t: Trial, work: (secrets: ManagedSecrets) => Promise<T>): Promise<T> {
  return t.storage.unit('write', async (unit) => {
    const call = t.request()
    const result = await work(t.service.managed(unit, call))
    unit.afterCommit(() => t.events.push(...call.events))
    return result
  })
}

const made = (t: Trial) =>
  within(t, (secrets) =>
    secrets.create({
      name: NAME,
      owner: 'rds',
      description: 'of a database',
      kmsKeyId: undefined,
      tags: new Map([['aws:secretsmanager:owningService', 'rds']]),
      value: new Secret('{"username":"a","password":"first"}'),
      days: 7,
    }),
  )

/** The code that rotates it, in the name of its keeper. */
const keeper = (t: Trial) =>
  rotator({ call: (name, input) => t.call(name, input, VIA) }) satisfies (invocation: Invocation) => unknown

test('a managed secret rotates at once and every 7 days without a function, whatever functions there are', async () => {
  await using t = await trial()
  t.functions.admitted.clear()
  t.functions.answer = keeper(t)
  const arn = await made(t)
  const state = () => within(t, async (secrets) => (await secrets.state(arn))?.status)
  assert.equal(await state(), 'creating')
  await t.pulse()
  assert.equal(await state(), 'active')
  assert.deepEqual(
    t.functions.invoked.map(({ functionArn, Step, SecretId }) => [functionArn, Step, SecretId]),
    ['createSecret', 'setSecret', 'testSecret', 'finishSecret'].map((step) => ['rds.amazonaws.com', step, arn]),
  )
  assert.deepEqual(t.functions.sources, [], 'nobody is asked whether the function lets the service in')
  await t.advance(8 * DAY)
  assert.equal(t.functions.invoked.length, 8)
  await assert.rejects(made(t), { code: 'ResourceExistsException' })
})

test('events of its rotation carry its keeper as invokedBy', async () => {
  await using t = await trial()
  t.functions.answer = ({ Step }) => (Step === 'setSecret' ? failed() : { ok: true })
  const arn = await made(t)
  await t.pulse()
  const told = t.events
    .filter(({ eventName }) => eventName.startsWith('Rotation'))
    .map((event) => JSON.parse(recordOf(event, 'id')))
  assert.deepEqual(
    told.map(({ eventName, userIdentity, sourceIPAddress, errorMessage }) => ({
      ...{ eventName, userIdentity, sourceIPAddress, errorMessage },
    })),
    [undefined, 'Error when executing the rotation of rds.amazonaws.com during setSecret step'].map((errorMessage) => ({
      eventName: errorMessage === undefined ? 'RotationStarted' : 'RotationFailed',
      userIdentity: { accountId: '111122223333', invokedBy: 'rds.amazonaws.com' },
      sourceIPAddress: 'rds.amazonaws.com',
      errorMessage,
    })),
  )
  assert.equal(told[0].additionalEventData.SecretId, arn)
})

test('impaired after three runs that failed; the next one that ends well heals it', async () => {
  await using t = await trial()
  t.functions.answer = keeper(t)
  const arn = await made(t)
  await t.pulse()
  const state = () => within(t, async (secrets) => (await secrets.state(arn))?.status)
  t.functions.answer = () => failed()
  await within(t, (secrets) => secrets.rotate(arn))
  const seen = [await state()]
  for (const minutes of [0, 2, 8]) {
    await t.advance(minutes * MINUTE)
    await t.pulse()
    seen.push(await state())
  }
  assert.deepEqual(seen, ['rotating', 'rotating', 'rotating', 'impaired'])
  t.functions.answer = keeper(t)
  await within(t, (secrets) => secrets.rotate(arn))
  await t.pulse()
  assert.equal(await state(), 'active')
})

test('only its keeper writes it: the name of another service does not help', async () => {
  await using t = await trial()
  t.functions.answer = keeper(t)
  await made(t)
  await t.pulse()
  const text = 'This secret is managed by rds, and you must use that service to update it.'
  const put = { SecretId: NAME, SecretString: 'mine', ClientRequestToken: token('mine') }
  await t.refused('PutSecretValue', put, 'InvalidRequestException', text)
  await t.refused('PutSecretValue', put, 'InvalidRequestException', text, { via: 'redshift.amazonaws.com' })
  await t.refused('DeleteSecret', { SecretId: NAME }, 'InvalidRequestException', text, VIA)
  await t.refused(
    'UntagResource',
    { SecretId: NAME, TagKeys: ['AWS:x', 'aws:secretsmanager:owningService'] },
    'InvalidParameterException',
  )
  await t.call('UntagResource', { SecretId: NAME, TagKeys: ['aws:nothing'] })
  const tags = Array.from({ length: 50 }, (_, at) => ({ Key: `k${at}`, Value: '' }))
  await t.call('TagResource', { SecretId: NAME, Tags: tags })
  await t.refused('TagResource', { SecretId: NAME, Tags: [{ Key: 'k50', Value: '' }] }, 'InvalidParameterException')
})

test('RotateSecret changes its rules and rotates it; it takes no function', async () => {
  await using t = await trial()
  t.functions.answer = keeper(t)
  await made(t)
  await t.pulse()
  const SecretId = NAME
  await t.call('RotateSecret', {
    ...{ SecretId, ClientRequestToken: token('second'), RotateImmediately: true },
    RotationRules: { ScheduleExpression: 'rate(20 days)' },
  })
  await t.pulse()
  assert.equal((await t.labels(NAME)).second, 'AWSCURRENT AWSPENDING')
  const { RotationRules, RotationLambdaARN, RotationEnabled } = await t.call('DescribeSecret', { SecretId })
  assert.deepEqual(
    [RotationRules.ScheduleExpression, RotationLambdaARN, RotationEnabled],
    ['rate(20 days)', undefined, true],
  )
  const withFunction = { SecretId, ClientRequestToken: token('third'), RotationLambdaARN: 'arn:aws:lambda:x' }
  const text = 'Rotation Lambda ARN is not supported for a service-managed secret.'
  await t.refused('RotateSecret', withFunction, 'InvalidRequestException', text)
})

test('given up, it is nobody’s: it can be restored, written and deleted; removed, it is gone at once', async () => {
  await using t = await trial()
  t.functions.answer = keeper(t)
  const arn = await made(t)
  await t.pulse()
  await within(t, (secrets) => secrets.release(arn))
  const SecretId = NAME
  assert.ok((await t.call('DescribeSecret', { SecretId })).DeletedDate)
  await t.call('RestoreSecret', { SecretId })
  const { OwningService, RotationEnabled, Tags } = await t.call('DescribeSecret', { SecretId })
  assert.deepEqual([OwningService, RotationEnabled, Tags], [undefined, false, []])
  await t.call('PutSecretValue', { SecretId, SecretString: 'mine', ClientRequestToken: token('mine') })
  await within(t, (secrets) => secrets.remove(arn))
  await t.refused('DescribeSecret', { SecretId }, 'ResourceNotFoundException')
  assert.equal(await within(t, (secrets) => secrets.state(arn)), undefined)
})

test('given up and left, it is gone after 30 days', async () => {
  await using t = await trial()
  t.functions.answer = keeper(t)
  const arn = await made(t)
  await t.pulse()
  await within(t, (secrets) => secrets.release(arn))
  await t.advance(29 * DAY)
  await t.call('DescribeSecret', { SecretId: NAME })
  await t.advance(2 * DAY)
  await t.refused('DescribeSecret', { SecretId: NAME }, 'ResourceNotFoundException')
})

test('a test that fails has its keeper set the old password again', async () => {
  await using t = await trial()
  t.functions.returning.add('rds.amazonaws.com')
  const keep = keeper(t)
  t.functions.answer = (invocation) => (invocation.Step === 'testSecret' ? failed() : keep(invocation))
  await made(t)
  await t.pulse()
  assert.deepEqual(
    t.functions.invoked.map(({ functionArn, Step }) => `${functionArn} ${Step}`),
    ['createSecret', 'setSecret', 'testSecret', 'returnSecret'].map((step) => `rds.amazonaws.com ${step}`),
  )
})
