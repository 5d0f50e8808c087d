import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { labelsOf, refused, texts, version } from '../session.ts'
import { allow, deny, personOf, rotates, rotorOf, type Step, until, wireOf } from './rig.ts'

/** Traps 12 and 25 to 30 of secretsmanager.md 18: what a rotation registers, leaves behind and answers. */
const rotor = await rotorOf()
const { server, secrets, functionArn } = rotor
const wire = wireOf(server)
const RotationRules = { AutomaticallyAfterDays: 30 }

const made = (Name: string) => secrets.createSecret({ Name, SecretString: 'first', ClientRequestToken: version(1) })
const rotate = (SecretId: string, n: number, more = {}) =>
  secrets.rotateSecret({
    ...{ SecretId, ClientRequestToken: version(n), RotationLambdaARN: functionArn, RotationRules },
    ...more,
  })
const rotated = (SecretId: string) => until(async () => (await secrets.describeSecret({ SecretId })).LastRotatedDate)
const stepsOf = (n: number) =>
  rotor.told.filter(({ ClientRequestToken }) => ClientRequestToken === version(n)).map(({ Step }) => Step)

/** A function that waits in its first step until it is let go. */
function holding(): { readonly entered: Promise<void>; letGo(): void } {
  const entered = Promise.withResolvers<void>()
  const gone = Promise.withResolvers<void>()
  rotor.answer = async (step) => {
    entered.resolve()
    if (step.Step === 'createSecret') await gone.promise
    await rotates(secrets)(step)
  }
  return { entered: entered.promise, letGo: gone.resolve }
}

beforeEach(() => {
  rotor.answer = rotates(secrets)
})

test('trap 12: PutSecretValue fills the empty version of its token, whatever the content', async () => {
  const SecretId = 'trap12'
  await made(SecretId)
  const held = holding()
  const pending = { SecretId, ClientRequestToken: version(120), VersionStages: ['AWSPENDING'] }
  await rotate(SecretId, 120)
  await held.entered
  await refused(
    secrets.getSecretValue({ SecretId, VersionId: version(120), VersionStage: 'AWSPENDING' }),
    'ResourceNotFoundException',
    texts.noStage('AWSPENDING'),
  )
  // The value of the current version, and then the same again: the token is an honest retry now.
  for (let times = 0; times < 2; times++) {
    const { VersionId, VersionStages } = await secrets.putSecretValue({ ...pending, SecretString: 'first' })
    assert.deepEqual([VersionId, VersionStages], [version(120), ['AWSPENDING']])
  }
  const read = { SecretId, VersionId: version(120), VersionStage: 'AWSPENDING' }
  assert.equal((await secrets.getSecretValue(read)).SecretString, 'first')
  await refused(secrets.putSecretValue({ ...pending, SecretString: 'other' }), 'ResourceExistsException')
  rotor.answer = async (step) => (step.Step === 'createSecret' ? undefined : rotates(secrets)(step))
  held.letGo()
})

test('trap 25: AWSPENDING stays where it is when AWSCURRENT moves to it and when a rotation has ended', async () => {
  const SecretId = 'trap25'
  await made(SecretId)
  await rotate(SecretId, 250)
  await rotated(SecretId)
  const after = { [version(250)]: ['AWSCURRENT', 'AWSPENDING'], [version(1)]: ['AWSPREVIOUS'] }
  assert.deepEqual(await labelsOf(secrets, SecretId), after)
  await server.clock.advance({ minutes: 5 })
  assert.deepEqual(await labelsOf(secrets, SecretId), after)
  // It is no rotation in progress: another one begins.
  await server.clock.advance({ days: 1 })
  await rotate(SecretId, 251)
  await until(async () => (await labelsOf(secrets, SecretId))[version(251)]?.includes('AWSCURRENT'))
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(251)]: ['AWSCURRENT', 'AWSPENDING'],
    [version(250)]: ['AWSPREVIOUS'],
  })
  // A function that takes it off has its way.
  rotor.answer = async (step) => {
    await rotates(secrets)(step)
    if (step.Step !== 'finishSecret') return
    const off = { VersionStage: 'AWSPENDING', RemoveFromVersionId: step.ClientRequestToken }
    await secrets.updateSecretVersionStage({ SecretId, ...off })
  }
  await server.clock.advance({ days: 1 })
  await rotate(SecretId, 252)
  await until(async () => stepsOf(252).length === 4 && (await secrets.describeSecret({ SecretId })).LastRotatedDate)
  await until(async () => (await labelsOf(secrets, SecretId))[version(252)]?.join() === 'AWSCURRENT')
})

test('trap 26: the placeholder is in VersionIdsToStages before createSecret is called', async () => {
  const SecretId = 'trap26'
  await made(SecretId)
  let seen: Record<string, string[]> | undefined
  let enabled: boolean | undefined
  rotor.answer = async (step: Step) => {
    if (step.Step === 'createSecret') {
      seen = await labelsOf(secrets, SecretId)
      enabled = (await secrets.describeSecret({ SecretId: step.SecretId })).RotationEnabled
    }
    await rotates(secrets)(step)
  }
  await rotate(SecretId, 260)
  await rotated(SecretId)
  assert.deepEqual(seen, { [version(1)]: ['AWSCURRENT'], [version(260)]: ['AWSPENDING'] })
  assert.equal(enabled, true)
  const entry = (await secrets.listSecrets({ Filters: [{ Key: 'name', Values: [SecretId] }] })).SecretList?.[0]
  assert.ok(entry?.SecretVersionsToStages?.[version(260)])
})

test('trap 27: a placeholder has no value, not an empty one', async () => {
  const SecretId = 'trap27'
  await made(SecretId)
  const held = holding()
  await rotate(SecretId, 270)
  await held.entered
  const read = (choice: object) => secrets.getSecretValue({ SecretId, ...choice })
  const noStage = texts.noStage('AWSPENDING')
  await refused(read({ VersionStage: 'AWSPENDING' }), 'ResourceNotFoundException', noStage)
  await refused(read({ VersionStage: 'AWSPENDING', VersionId: version(270) }), 'ResourceNotFoundException', noStage)
  await refused(read({ VersionId: version(270) }), 'ResourceNotFoundException', texts.noVersion(version(270)))
  const { Versions = [] } = await secrets.listSecretVersionIds({ SecretId })
  const placeholder = Versions.find(({ VersionId }) => VersionId === version(270))
  assert.deepEqual(placeholder?.VersionStages, ['AWSPENDING'])
  assert.equal(placeholder?.LastAccessedDate, undefined)
  held.letGo()
  await rotated(SecretId)
  assert.equal((await read({})).SecretString, `made for ${version(270)}`)
})

test('trap 28: RotateImmediately false runs testSecret alone, on a copy, and leaves no AWSPENDING', async () => {
  const SecretId = 'trap28'
  await made(SecretId)
  let tested: string | undefined
  rotor.answer = async ({ Step, ClientRequestToken: VersionId }) => {
    if (Step === 'testSecret')
      tested = (await secrets.getSecretValue({ SecretId, VersionId, VersionStage: 'AWSPENDING' })).SecretString
  }
  const { VersionId } = await rotate(SecretId, 280, { RotateImmediately: false })
  assert.equal(VersionId, version(280))
  await until(async () => !(await labelsOf(secrets, SecretId))[version(280)])
  assert.deepEqual(stepsOf(280), ['testSecret'])
  assert.equal(tested, 'first')
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(1)]: ['AWSCURRENT'] })
  const described = await secrets.describeSecret({ SecretId })
  assert.equal(described.RotationEnabled, true)
  assert.equal(described.LastRotatedDate, undefined)
  assert.ok(described.NextRotationDate)
})

test('trap 29: a function that cannot be invoked leaves nothing of the configuration behind', async () => {
  const SecretId = 'trap29'
  await made(SecretId)
  const text =
    'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.'
  const { json: before } = await wire('DescribeSecret', { SecretId })
  const missing = functionArn.replace(/rotator$/, 'missing')
  for (const RotationLambdaARN of [await rotor.shut('shut'), missing]) {
    await refused(rotate(SecretId, 290, { RotationLambdaARN }), 'AccessDeniedException', text)
    assert.deepEqual((await wire('DescribeSecret', { SecretId })).json, before)
  }
  assert.ok(!('RotationEnabled' in before))
  await server.clock.advance({ days: 40 })
  assert.deepEqual((await wire('DescribeSecret', { SecretId })).json, before)
  // One that was configured before keeps what it had.
  await rotate(SecretId, 291)
  await rotated(SecretId)
  const { json: configured } = await wire('DescribeSecret', { SecretId })
  await refused(
    rotate(SecretId, 292, { RotationLambdaARN: missing, RotationRules: { AutomaticallyAfterDays: 3 } }),
    'AccessDeniedException',
    text,
  )
  assert.deepEqual((await wire('DescribeSecret', { SecretId })).json, configured)
})

test('trap 30: RotateSecret answers before the function has finished, or even begun', async () => {
  const SecretId = 'trap30'
  const { ARN } = await made(SecretId)
  const held = holding()
  const { $metadata: _, ...answer } = await rotate(SecretId, 300)
  assert.deepEqual(answer, { ARN, Name: SecretId, VersionId: version(300) })
  await held.entered
  assert.deepEqual(stepsOf(300), ['createSecret'])
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, 'first')
  held.letGo()
  await rotated(SecretId)
  assert.deepEqual(stepsOf(300), ['createSecret', 'setSecret', 'testSecret', 'finishSecret'])
})

test('RotateSecret asks for no key, but for the copy that RotateImmediately false has tested (5, rotation.md 5)', async () => {
  const SecretId = 'keyless'
  await made(SecretId)
  const caller = await personOf(server, rotor, 'keyless')
  await caller.may(allow('*'), deny('kms:*'))
  const ask = (n: number, RotateImmediately: boolean) =>
    caller.secrets.rotateSecret({
      ...{ SecretId, ClientRequestToken: version(n), RotationLambdaARN: functionArn, RotationRules },
      RotateImmediately,
    })
  await refused(ask(400, false), 'AccessDeniedException', 'Access to KMS is not allowed')
  assert.equal((await secrets.describeSecret({ SecretId })).RotationEnabled, undefined)
  await ask(401, true)
  await rotated(SecretId)
})
