import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { clientsOf, labelsOf, texts, version } from '../session.ts'
import { allow, deny, personOf, refusedOnWire, rotorOf, until, withoutToken, wireOf } from './rig.ts'

/** RotateSecret, each line of its table, and what it stores. Source: secretsmanager.md 8.17, 10.1 to 10.3. */

const rotor = await rotorOf()
const { server, secrets, functionArn } = rotor
const clients = clientsOf(server)
after(() => clients.destroy())
const wire = wireOf(server)
const tokenless = withoutToken(server)

const made = (Name: string) => secrets.createSecret({ Name, SecretString: '1', ClientRequestToken: version(1) })
const shown = async (SecretId: string) => (await wire('DescribeSecret', { SecretId })).json
const rotated = (SecretId: string) =>
  until(async () => {
    const described = await shown(SecretId)
    return described.LastRotatedDate !== undefined && described
  })
const rotate = (SecretId: string, n: number, more: object = {}) =>
  wire('RotateSecret', { SecretId, ClientRequestToken: version(n), ...more })
const withFunction = (more: object = {}) => ({
  RotationLambdaARN: functionArn,
  RotationRules: { AutomaticallyAfterDays: 30 },
  ...more,
})

test('the answer has ARN, name and the token as version id, at once or not (recorded)', async () => {
  const { ARN } = await made('rotate/now')
  const now = await rotate('rotate/now', 2, withFunction())
  assert.deepEqual(now.json, { ARN, Name: 'rotate/now', VersionId: version(2) })
  await rotated('rotate/now')
  const { ARN: later } = await made('rotate/later')
  const notNow = await rotate('rotate/later', 2, withFunction({ RotateImmediately: false }))
  assert.deepEqual(notNow.json, { ARN: later, Name: 'rotate/later', VersionId: version(2) })
})

test('what is refused, with AWS’s codes and texts; nothing is stored', async () => {
  const SecretId = 'rotate/refused'
  await made(SecretId)
  const before = await shown(SecretId)
  const withoutIt = await tokenless.rotateSecret({ SecretId, ...withFunction() }).catch((error: Error) => error)
  assert.ok(withoutIt instanceof Error)
  assert.deepEqual([withoutIt.name, withoutIt.message], ['InvalidParameterException', texts.noToken])
  refusedOnWire(
    await rotate(SecretId, 2),
    'InvalidRequestException',
    'No Lambda rotation function ARN is associated with this secret.',
  )
  const noInvoke =
    'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.'
  for (const RotationLambdaARN of [
    await rotor.shut('rotate-shut'),
    `${functionArn.slice(0, functionArn.lastIndexOf(':'))}:nowhere`,
    functionArn.replace('us-east-1', 'eu-west-1'),
  ])
    refusedOnWire(await rotate(SecretId, 2, withFunction({ RotationLambdaARN })), 'AccessDeniedException', noInvoke)
  refusedOnWire(
    await rotate(
      SecretId,
      2,
      withFunction({ RotationRules: { AutomaticallyAfterDays: 1, ScheduleExpression: 'rate(1 day)' } }),
    ),
    'InvalidParameterException',
    'You cannot specify both rotation frequency and schedule expression together.',
  )
  for (const RotationRules of [
    { ScheduleExpression: 'rate(3 hours)' },
    { ScheduleExpression: 'rate(1 week)' },
    { ScheduleExpression: 'cron(30 8 1 * ? *)' },
    { ScheduleExpression: 'cron(0 8 1 * 1 *)' },
    { ScheduleExpression: 'cron(0 8 1 * ? 2030)' },
    { ScheduleExpression: 'sometimes' },
    { ScheduleExpression: 'rate(4 hours)', Duration: '5h' },
    { AutomaticallyAfterDays: 1, Duration: '25h' },
  ])
    refusedOnWire(await rotate(SecretId, 2, withFunction({ RotationRules })), 'InvalidParameterException', /./)
  for (const [RotationRules, path] of [
    [{ AutomaticallyAfterDays: 0 }, 'rotationRules.automaticallyAfterDays'],
    [{ AutomaticallyAfterDays: 1001 }, 'rotationRules.automaticallyAfterDays'],
    [{ AutomaticallyAfterDays: 1, Duration: '3' }, 'rotationRules.duration'],
    [{ AutomaticallyAfterDays: 1, Duration: 'xh' }, 'rotationRules.duration'],
    [{ ScheduleExpression: '' }, 'rotationRules.scheduleExpression'],
    [{ ScheduleExpression: 'rate(1_day)' }, 'rotationRules.scheduleExpression'],
  ] as const) {
    const answer = await rotate(SecretId, 2, withFunction({ RotationRules }))
    assert.equal(answer.json.__type, 'ValidationException', JSON.stringify(RotationRules))
    assert.ok(answer.json.message.includes(`at '${path}' failed to satisfy constraint`), answer.json.message)
  }
  assert.deepEqual(await shown(SecretId), before)
  assert.equal(rotor.told.length === 0 || rotor.told.every(({ SecretId: id }) => !id.includes('refused')), true)
})

test('a rotation in progress refuses another token and takes its own as a resume (8.17, 10.2)', async () => {
  const SecretId = 'rotate/twice'
  await made(SecretId)
  const usual = rotor.answer
  let release = () => undefined as undefined
  const held = new Promise<void>((resolve) => {
    release = () => void resolve() as undefined
  })
  rotor.answer = async (step) => {
    if (step.SecretId.includes('twice')) await held
    await usual(step)
  }
  try {
    assert.equal((await rotate(SecretId, 2, withFunction())).status, 200)
    const pending = await shown(SecretId)
    assert.deepEqual(pending.VersionIdsToStages, { [version(1)]: ['AWSCURRENT'], [version(2)]: ['AWSPENDING'] })
    assert.equal(pending.RotationEnabled, true)
    assert.equal(typeof pending.NextRotationDate, 'number')
    assert.equal('LastRotatedDate' in pending, false)
    const other = await rotate(SecretId, 3, { RotationRules: { AutomaticallyAfterDays: 5 } })
    const inProgress = /^A previous rotation isn.t complete\. That rotation will be reattempted\.$/
    refusedOnWire(other, 'InvalidRequestException', inProgress)
    assert.deepEqual((await shown(SecretId)).RotationRules, { AutomaticallyAfterDays: 30 })
    assert.equal((await rotate(SecretId, 2)).json.VersionId, version(2))
  } finally {
    release()
  }
  const done = await rotated(SecretId)
  rotor.answer = usual
  // The function of the test leaves AWSPENDING on the promoted version, and so does the service (recorded).
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(1)]: ['AWSPREVIOUS'],
    [version(2)]: ['AWSCURRENT', 'AWSPENDING'],
  })
  assert.ok(done.LastRotatedDate >= done.LastChangedDate)
  // It does not count as in progress: another one may begin.
  assert.equal((await rotate(SecretId, 3)).status, 200)
  await until(async () => (await labelsOf(secrets, SecretId))[version(3)]?.includes('AWSCURRENT'))
})

test('what a later call does not say stays: function and rules; other rules take their place (10.1)', async () => {
  const SecretId = 'rotate/keeps'
  await made(SecretId)
  await rotate(
    SecretId,
    2,
    withFunction({ RotationRules: { ScheduleExpression: 'cron(0 8 1 * ? *)', Duration: '2h' } }),
  )
  await rotated(SecretId)
  await rotate(SecretId, 3)
  await until(async () => (await labelsOf(secrets, SecretId))[version(3)]?.includes('AWSCURRENT'))
  const kept = await shown(SecretId)
  assert.equal(kept.RotationLambdaARN, functionArn)
  assert.equal(kept.RotationRules.ScheduleExpression, 'cron(0 8 1 * ? *)')
  assert.equal(kept.RotationRules.Duration, '2h')
  await rotate(SecretId, 4, { RotationRules: { AutomaticallyAfterDays: 7 }, RotateImmediately: false })
  assert.deepEqual((await shown(SecretId)).RotationRules, { AutomaticallyAfterDays: 7 })
})

test('NextRotationDate is the last second of the next window (recorded, 10.3)', async () => {
  const SecretId = 'rotate/window'
  await made(SecretId)
  await rotate(SecretId, 2, withFunction())
  const { NextRotationDate, LastRotatedDate } = await rotated(SecretId)
  const day = 86_400
  assert.equal(NextRotationDate, (Math.floor(LastRotatedDate / day) + 31) * day - 1)
})

test('the first value of an empty secret comes from its rotation (8.22, recorded)', async () => {
  const SecretId = 'rotate/empty'
  await secrets.createSecret({ Name: SecretId })
  await rotate(SecretId, 2, withFunction())
  await rotated(SecretId)
  const { VersionId, SecretString } = await secrets.getSecretValue({ SecretId })
  assert.deepEqual([VersionId, SecretString], [version(2), `made for ${version(2)}`])
})

test('the caller needs RotateSecret and lambda:InvokeFunction, and no key; conditions see function, rules and promptness (7.1, 7.2)', async () => {
  const person = await personOf(server, clients, 'rotator')
  const SecretId = 'rotate/person'
  await made(SecretId)
  const ask = (more: object = {}) =>
    wire(
      'RotateSecret',
      { SecretId, ClientRequestToken: version(2), ...withFunction(more) },
      { keys: person.credentials },
    )
  refusedOnWire(await ask(), 'AccessDeniedException', person.denied('RotateSecret', SecretId))
  await person.may(allow('secretsmanager:RotateSecret'), deny('kms:*'))
  refusedOnWire(await ask(), 'AccessDeniedException', /^Secrets Manager cannot invoke the specified Lambda function\./)
  const on = (Condition: object) => allow('secretsmanager:RotateSecret', '*', { Condition })
  const invoke = allow('lambda:InvokeFunction', functionArn)
  const conditions = [
    { ArnEquals: { 'secretsmanager:RotationLambdaARN': functionArn } },
    { Bool: { 'secretsmanager:ModifyRotationRules': 'true' } },
    { Bool: { 'secretsmanager:RotateImmediately': 'false' } },
  ]
  for (const condition of conditions) {
    await person.may(on(condition), invoke, deny('kms:*'))
    refusedOnWire(
      await wire('RotateSecret', { SecretId, ClientRequestToken: version(2) }, { keys: person.credentials }),
      'AccessDeniedException',
      person.denied('RotateSecret', SecretId),
    )
  }
  await person.may(on(Object.assign({}, conditions[0], conditions[1])), invoke, deny('kms:*'))
  assert.equal((await ask()).status, 200)
  await rotated(SecretId)
})

test('partners’ rotation is not offered: metadata and role are refused, nothing is stored (13)', async () => {
  const SecretId = 'rotate/partner'
  await secrets.createSecret({ Name: SecretId, SecretString: '{}', Type: 'DatadogApiKey' })
  const answer = await rotate(SecretId, 2, {
    ExternalSecretRotationMetadata: [{ Key: 'k', Value: 'v' }],
    ExternalSecretRotationRoleArn: `arn:aws:iam::${server.account}:role/partner`,
  })
  refusedOnWire(answer, 'InvalidRequestException', /^Rotation of managed external secrets is not supported/)
  const described = await shown(SecretId)
  assert.equal(described.Type, 'DatadogApiKey')
  assert.equal('RotationEnabled' in described, false)
})
