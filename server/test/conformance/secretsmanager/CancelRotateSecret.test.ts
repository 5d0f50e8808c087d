import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { labelsOf, refused, texts, version } from '../session.ts'
import { personOf, rotates, rotorOf, until, wireOf } from './rig.ts'

/** Source: secretsmanager.md 8.2. */
const rotor = await rotorOf()
const { server, secrets, iam, functionArn } = rotor
const wire = wireOf(server)
const RotationRules = { AutomaticallyAfterDays: 1 }

const made = async (Name: string) =>
  (await secrets.createSecret({ Name, SecretString: 'x', ClientRequestToken: version(1) })).ARN ?? ''
const rotate = (SecretId: string, n: number) =>
  secrets.rotateSecret({ SecretId, ClientRequestToken: version(n), RotationLambdaARN: functionArn, RotationRules })

beforeEach(() => {
  rotor.answer = rotates(secrets)
})

test('it turns rotation off, keeps function and rules, and no further rotation comes', async () => {
  const ARN = await made('off')
  await rotate('off', 2)
  await until(async () => (await secrets.describeSecret({ SecretId: 'off' })).LastRotatedDate)
  // The function leaves AWSPENDING on the version that is current: that is the version it answers.
  const { json } = await wire('CancelRotateSecret', { SecretId: 'off' })
  assert.deepEqual(json, { ARN, Name: 'off', VersionId: version(2) })
  const { json: described } = await wire('DescribeSecret', { SecretId: 'off' })
  assert.deepEqual(
    [described.RotationEnabled, described.RotationLambdaARN, described.RotationRules],
    [false, functionArn, RotationRules],
  )
  for (const name of ['NextRotationDate', 'LastRotatedDate']) assert.ok(!(name in described), name)
  const told = rotor.told.length
  await server.clock.advance({ days: 4 })
  assert.equal(rotor.told.length, told)
})

test('a secret that never was rotated: ARN and name only, and rotation is shown as off afterwards (recorded)', async () => {
  const ARN = await made('never')
  for (const SecretId of ['never', ARN]) {
    const { json } = await wire('CancelRotateSecret', { SecretId })
    assert.deepEqual(json, { ARN, Name: 'never' })
    const { json: described } = await wire('DescribeSecret', { SecretId })
    assert.equal(described.RotationEnabled, false)
    for (const name of ['RotationLambdaARN', 'RotationRules', 'NextRotationDate']) assert.ok(!(name in described), name)
  }
})

test('AWSPENDING stays where it is, is answered, and blocks later rotations until it is taken off', async () => {
  const ARN = await made('pending')
  rotor.answer = async ({ Step }) => {
    if (Step === 'setSecret') throw new Error('the database is down')
  }
  await rotate('pending', 3)
  await until(async () => rotor.told.some(({ ClientRequestToken }) => ClientRequestToken === version(3)))
  const { $metadata: _, ...answer } = await secrets.cancelRotateSecret({ SecretId: 'pending' })
  assert.deepEqual(answer, { ARN, Name: 'pending', VersionId: version(3) })
  const labels = { [version(1)]: ['AWSCURRENT'], [version(3)]: ['AWSPENDING'] }
  assert.deepEqual(await labelsOf(secrets, 'pending'), labels)
  const told = rotor.told.length
  await server.clock.advance({ days: 2 })
  assert.ok(rotor.told.length <= told + 1, 'no further step is sent')
  rotor.answer = rotates(secrets)
  const inProgress = /^A previous rotation isn[’']t complete\. That rotation will be reattempted\.$/
  await refused(rotate('pending', 4), 'InvalidRequestException', inProgress)
  await secrets.updateSecretVersionStage({
    SecretId: 'pending',
    VersionStage: 'AWSPENDING',
    RemoveFromVersionId: version(3),
  })
  await rotate('pending', 4)
  await until(async () => (await labelsOf(secrets, 'pending'))[version(4)]?.includes('AWSCURRENT'))
})

test('its refusals: permission, then existence, then deletion', async () => {
  const nobody = await personOf(server, { iam }, 'nobody')
  const cancel = (SecretId: string, by = secrets) => by.cancelRotateSecret({ SecretId })
  for (const id of ['never', 'none']) {
    await refused(cancel(id, nobody.secrets), 'AccessDeniedException', nobody.denied('CancelRotateSecret', id))
  }
  await refused(cancel('none'), 'ResourceNotFoundException', texts.noSecret)
  await made('leaving')
  await secrets.deleteSecret({ SecretId: 'leaving' })
  await refused(cancel('leaving'), 'InvalidRequestException', texts.marked)
})
