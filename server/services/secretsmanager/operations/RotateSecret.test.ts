import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, deny, OTHER, user } from '../test/callers.ts'
import { ROTATOR } from '../test/functions.ts'
import { DAY, MARKED, NO_TOKEN, NOT_FOUND, START, type Trial, token, trial } from '../test/trial.ts'

const SecretId = 'app/db'
const CANNOT =
  'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.'
const PREVIOUS = 'A previous rotation isn’t complete. That rotation will be reattempted.'

const rotate = (t: Trial, name = 'r1', more: object = {}) =>
  t.call('RotateSecret', {
    SecretId,
    ClientRequestToken: token(name),
    RotationLambdaARN: ROTATOR,
    RotationRules: { AutomaticallyAfterDays: 30 },
    ...more,
  })

async function made(): Promise<Trial> {
  const t = await trial()
  await t.made(SecretId)
  return t
}

const date = (text: string) => new Date(text)

test('RotateSecret answers at once: the version is there, empty and pending, rules and times are shown (10.2, 3)', async () => {
  await using t = await made()
  const ARN = (await t.call('DescribeSecret', { SecretId })).ARN
  assert.deepEqual(await rotate(t), { ARN, Name: SecretId, VersionId: token('r1') })
  const described = await t.call('DescribeSecret', { SecretId })
  const shown = {
    RotationEnabled: true,
    RotationLambdaARN: ROTATOR,
    RotationRules: { AutomaticallyAfterDays: 30 },
    NextRotationDate: date('2026-04-14T23:59:59Z'),
  }
  for (const [name, value] of Object.entries(shown)) assert.deepEqual(described[name], value, name)
  assert.ok(!('LastRotatedDate' in described))
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT', r1: 'AWSPENDING' })
  const [entry] = (await t.call('ListSecrets', {})).SecretList
  for (const [name, value] of Object.entries(shown)) assert.deepEqual(entry[name], value, name)
  assert.ok(!('LastRotatedDate' in entry))
  await t.refused(
    'GetSecretValue',
    { SecretId, VersionId: token('r1') },
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for VersionId: ${token('r1')}`,
  )
  assert.deepEqual(t.functions.sources, [`secretsmanager.amazonaws.com 111122223333 ${ARN}`])
})

test('a secret that never was rotated shows nothing of it (3)', async () => {
  await using t = await made()
  const described = await t.call('DescribeSecret', { SecretId })
  for (const name of ['RotationEnabled', 'RotationLambdaARN', 'RotationRules', 'LastRotatedDate', 'NextRotationDate'])
    assert.ok(!(name in described), name)
})

test('refusals, their texts, and that nothing is stored (rotation.md 1.1)', async () => {
  await using t = await made()
  const ClientRequestToken = token('r1')
  const given = { SecretId, ClientRequestToken, RotationLambdaARN: ROTATOR }
  await t.refused('RotateSecret', { SecretId, RotationLambdaARN: ROTATOR }, 'InvalidParameterException', NO_TOKEN)
  await t.refused('RotateSecret', { ...given, SecretId: 'none' }, 'ResourceNotFoundException', NOT_FOUND)
  await t.refused(
    'RotateSecret',
    { SecretId, ClientRequestToken },
    'InvalidRequestException',
    'No Lambda rotation function ARN is associated with this secret.',
  )
  await t.refused(
    'RotateSecret',
    { ...given, RotationRules: { AutomaticallyAfterDays: 1, ScheduleExpression: 'rate(1 day)' } },
    'InvalidParameterException',
    'You cannot specify both rotation frequency and schedule expression together.',
  )
  await t.refused(
    'RotateSecret',
    { ...given, RotationRules: { ScheduleExpression: 'rate(1 hour)' } },
    'InvalidParameterException',
  )
  await t.refused('RotateSecret', { ...given, RotationLambdaARN: `${ROTATOR}2` }, 'AccessDeniedException', CANNOT)
  t.functions.admitted.clear()
  await t.refused('RotateSecret', given, 'AccessDeniedException', CANNOT)
  t.functions.admitted.add(ROTATOR)
  t.functions.allowed.clear()
  await t.refused('RotateSecret', given, 'AccessDeniedException', CANNOT)
  await t.refused(
    'RotateSecret',
    { ...given, ExternalSecretRotationMetadata: [{ Key: 'a', Value: 'b' }] },
    'InvalidRequestException',
  )
  assert.ok(!('RotationEnabled' in (await t.call('DescribeSecret', { SecretId }))))
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT' })
  await t.call('DeleteSecret', { SecretId })
  await t.refused('RotateSecret', given, 'InvalidRequestException', MARKED)
  await t.refused('CancelRotateSecret', { SecretId }, 'InvalidRequestException', MARKED)
})

test('while AWSPENDING is elsewhere: another token is refused and stores nothing, the same token succeeds (1.1)', async () => {
  await using t = await made()
  await rotate(t)
  await t.refused(
    'RotateSecret',
    { SecretId, ClientRequestToken: token('r2'), RotationRules: { AutomaticallyAfterDays: 7 } },
    'InvalidRequestException',
    PREVIOUS,
  )
  assert.equal((await t.call('DescribeSecret', { SecretId })).RotationRules.AutomaticallyAfterDays, 30)
  const again = await rotate(t, 'r1', { RotationRules: { AutomaticallyAfterDays: 7 } })
  assert.equal(again.VersionId, token('r1'))
  assert.equal((await t.call('DescribeSecret', { SecretId })).RotationRules.AutomaticallyAfterDays, 30)
})

test('a pending version of one’s own making counts as a rotation, and its token resumes it (10.2)', async () => {
  await using t = await made()
  await t.put('p1', { VersionStages: ['AWSPENDING'] })
  await t.refused(
    'RotateSecret',
    { SecretId, ClientRequestToken: token('r1'), RotationLambdaARN: ROTATOR },
    'InvalidRequestException',
    PREVIOUS,
  )
  assert.equal((await rotate(t, 'p1')).VersionId, token('p1'))
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT', p1: 'AWSPENDING' })
})

test('AWSPENDING beside AWSCURRENT is no rotation in progress (10.2); the token of the current version has been rotated', async () => {
  await using t = await made()
  await t.put('v2', { VersionStages: ['AWSPENDING'] })
  const move = { SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: token('v2'), RemoveFromVersionId: token('v1') }
  await t.call('UpdateSecretVersionStage', move)
  assert.deepEqual(await t.labels(), { v1: 'AWSPREVIOUS', v2: 'AWSCURRENT AWSPENDING' })
  await rotate(t, 'r1')
  assert.deepEqual(await t.labels(), { v1: 'AWSPREVIOUS', v2: 'AWSCURRENT', r1: 'AWSPENDING' })
})

test('a token of another version is refused', async () => {
  await using t = await made()
  await t.put('v2', { VersionStages: ['MINE'] })
  const given = { SecretId, ClientRequestToken: token('v2'), RotationLambdaARN: ROTATOR }
  await t.refused('RotateSecret', given, 'InvalidRequestException', /already in use for a version/)
})

test('a later call keeps function and rules that it does not give (10.1)', async () => {
  await using t = await made()
  await rotate(t)
  await t.call('CancelRotateSecret', { SecretId })
  const off = await t.call('DescribeSecret', { SecretId })
  assert.deepEqual([off.RotationEnabled, off.RotationLambdaARN], [false, ROTATOR])
  assert.deepEqual(off.RotationRules, { AutomaticallyAfterDays: 30 })
  assert.ok(!('NextRotationDate' in off) && !('LastRotatedDate' in off))
  await t.call('UpdateSecretVersionStage', { SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: token('r1') })
  await t.call('RotateSecret', { SecretId, ClientRequestToken: token('r2') })
  const on = await t.call('DescribeSecret', { SecretId })
  assert.deepEqual([on.RotationEnabled, on.RotationRules.AutomaticallyAfterDays], [true, 30])
})

test('a schedule is shown as it was given, the days only after a success (10.3)', async () => {
  await using t = await made()
  const rules = { ScheduleExpression: 'cron(0 16 1,15 * ? *)', Duration: '3h' }
  await rotate(t, 'r1', { RotationRules: rules })
  const described = await t.call('DescribeSecret', { SecretId })
  assert.deepEqual(described.RotationRules, rules)
  assert.deepEqual(described.NextRotationDate, date('2026-03-15T18:59:59Z'))
})

test('DeleteSecret turns rotation off, RestoreSecret leaves it off (6)', async () => {
  await using t = await made()
  await rotate(t)
  await t.call('DeleteSecret', { SecretId })
  for (const restored of [false, true]) {
    if (restored) await t.call('RestoreSecret', { SecretId })
    const described = await t.call('DescribeSecret', { SecretId })
    assert.deepEqual([described.RotationEnabled, described.RotationLambdaARN], [false, ROTATOR])
    assert.ok(!('NextRotationDate' in described))
  }
  await t.call('DeleteSecret', { SecretId })
  await t.advance(31 * DAY)
  const left = await t.storage.unit('read', (unit) =>
    unit.all({ name: 'all/rotations', sql: 'select secret from secret_rotation' }, {}),
  )
  assert.deepEqual(left, [])
})

test('a value by hand is what days are counted from (10.2)', async () => {
  await using t = await made()
  await rotate(t)
  t.clock.set(START + 3 * DAY)
  await t.put('v2')
  const { NextRotationDate } = await t.call('DescribeSecret', { SecretId })
  assert.deepEqual(NextRotationDate, date('2026-04-17T23:59:59Z'))
  assert.deepEqual(await t.labels(), { v1: 'AWSPREVIOUS', v2: 'AWSCURRENT' })
})

test('a test holds a copy of the current value under AWSPENDING (5)', async () => {
  await using t = await made()
  await rotate(t, 'r1', { RotateImmediately: false })
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT', r1: 'AWSPENDING' })
  assert.equal((await t.call('GetSecretValue', { SecretId, VersionStage: 'AWSPENDING' })).SecretString, 'one')
  assert.ok(t.keys.plaintexts.every((bytes) => bytes.every((byte) => byte === 0)))
})

test('condition keys of RotateSecret, present only when said; the function of a secret for all operations (7.1)', async () => {
  await using t = await made()
  await rotate(t)
  const [bare] = await t.targets('RotateSecret', { SecretId, ClientRequestToken: token('r1') })
  const keys = Object.keys(bare?.context ?? {}).filter((key) => bare?.context?.[key] !== undefined)
  assert.deepEqual(keys.toSorted(), ['secretsmanager:SecretId', 'secretsmanager:resource/AllowRotationLambdaArn'])
  const input = { SecretId, RotationLambdaARN: ROTATOR, RotationRules: { AutomaticallyAfterDays: 1 } }
  const [full] = await t.targets('RotateSecret', { ...input, RotateImmediately: false })
  assert.equal(full?.context?.['secretsmanager:RotationLambdaARN'], ROTATOR)
  assert.equal(full?.context?.['secretsmanager:ModifyRotationRules'], 'true')
  assert.equal(full?.context?.['secretsmanager:RotateImmediately'], 'false')
  const only = (rotator: string) =>
    user('ann', [
      allow('*', { Condition: { ArnEquals: { 'secretsmanager:resource/AllowRotationLambdaArn': rotator } } }),
    ])
  for (const [name, more] of [
    ['GetSecretValue', {}],
    ['DescribeSecret', {}],
    ['PutSecretValue', { ClientRequestToken: token('r1'), SecretString: 'x', VersionStages: ['AWSPENDING'] }],
  ] as const) {
    await t.ask(name, { SecretId, ...more }, only(ROTATOR))
    await assert.rejects(t.ask(name, { SecretId, ...more }, only(`${ROTATOR}2`)), { code: 'AccessDeniedException' })
  }
  const denied = user('bob', [allow('*'), deny('RotateSecret')])
  await assert.rejects(t.ask('RotateSecret', { SecretId, ClientRequestToken: token('r1') }, denied), {
    code: 'AccessDeniedException',
  })
})

test('a RotationToken must be the one of the rotation that fills the version; another account must bring it (6)', async () => {
  await using t = await made()
  const ARN = (await rotate(t)).ARN
  const put = { SecretId: ARN, ClientRequestToken: token('r1'), SecretString: 'x', VersionStages: ['AWSPENDING'] }
  const wrong = '00000000-0000-4000-8000-999999999999'
  await t.refused('PutSecretValue', { ...put, RotationToken: wrong }, 'AccessDeniedException')
  await t.refused('PutSecretValue', put, 'AccessDeniedException', undefined, {
    caller: user('eve', [allow('*')], OTHER),
    account: OTHER,
  })
  const [row] = await t.storage.unit('read', (unit) =>
    unit.all<{ rotation_token: string }>(
      { name: 'all/runs', sql: 'select rotation_token from secret_rotation_run' },
      {},
    ),
  )
  const RotationToken = row?.rotation_token
  await t.refused('PutSecretValue', { ...put, RotationToken, ClientRequestToken: token('v9') }, 'AccessDeniedException')
  assert.equal((await t.call('PutSecretValue', { ...put, RotationToken })).VersionId, token('r1'))
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT', r1: 'AWSPENDING' })
})

test('a row of a rotation that was changed from outside is not believed', async () => {
  await using t = await made()
  await rotate(t)
  await t.storage.unit('write', (unit) =>
    unit.run({ name: 'forge', sql: "update secret_rotation set function_arn = 'arn:evil'" }, {}),
  )
  for (const name of ['DescribeSecret', 'GetSecretValue', 'CancelRotateSecret'])
    await assert.rejects(t.call(name, { SecretId }), /was added or changed from outside/)
})
