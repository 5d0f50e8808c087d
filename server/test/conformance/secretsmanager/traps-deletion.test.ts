import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelsOf, refused, texts, version } from '../session.ts'
import { rotorOf, until, wireOf } from './rig.ts'

/** Traps 15 to 24 of secretsmanager.md 18: deletion, and where labels go. */
const rotor = await rotorOf()
const { server, secrets, functionArn } = rotor
const wire = wireOf(server)
const DAY = 86_400_000

test('trap 15: DeletedDate is the time of the call, DeletionDate that of the purge', async () => {
  const SecretId = 'trap15'
  await secrets.createSecret({ Name: SecretId, SecretString: 'x' })
  await server.clock.advance({ hours: 1 })
  const before = server.clock.now()
  const { DeletionDate } = await secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 9 })
  const after = server.clock.now()
  const { DeletedDate } = await secrets.describeSecret({ SecretId })
  assert.ok(DeletedDate !== undefined && DeletionDate !== undefined)
  assert.ok(DeletedDate.getTime() >= before && DeletedDate.getTime() <= after)
  assert.equal(DeletionDate.getTime(), DeletedDate.getTime() + 9 * DAY)
  const listed = await secrets.listSecrets({
    IncludePlannedDeletion: true,
    Filters: [{ Key: 'name', Values: [SecretId] }],
  })
  assert.deepEqual(listed.SecretList?.[0]?.DeletedDate, DeletedDate)
})

test('trap 16: ForceDeleteWithoutRecovery false goes together with a window', async () => {
  await secrets.createSecret({ Name: 'trap16', SecretString: 'x' })
  const asked = { SecretId: 'trap16', RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: false }
  const { DeletionDate } = await secrets.deleteSecret(asked)
  const { DeletedDate } = await secrets.describeSecret({ SecretId: 'trap16' })
  assert.equal((DeletionDate?.getTime() ?? 0) - (DeletedDate?.getTime() ?? 0), 7 * DAY)
})

test('trap 17: a forced deletion succeeds on what never was and on what is scheduled', async () => {
  const before = server.clock.now()
  const none = await secrets.deleteSecret({ SecretId: 'trap17/none', ForceDeleteWithoutRecovery: true })
  const after = server.clock.now()
  assert.equal(none.Name, 'trap17/none')
  assert.match(none.ARN ?? '', /^arn:aws:secretsmanager:us-east-1:111122223333:secret:trap17\/none-[A-Za-z0-9]{6}$/)
  const at = none.DeletionDate?.getTime() ?? 0
  assert.ok(at >= before && at <= after)

  const { ARN } = await secrets.createSecret({ Name: 'trap17', SecretString: 'x' })
  await secrets.deleteSecret({ SecretId: 'trap17' })
  const {
    $metadata: _,
    DeletionDate,
    ...forced
  } = await secrets.deleteSecret({
    SecretId: 'trap17',
    ForceDeleteWithoutRecovery: true,
  })
  assert.deepEqual(forced, { ARN, Name: 'trap17' })
  assert.ok(DeletionDate !== undefined && DeletionDate.getTime() <= server.clock.now())
  await refused(secrets.describeSecret({ SecretId: 'trap17' }), 'ResourceNotFoundException', texts.noSecret)
  // A plain deletion of the same is refused in both cases.
  await refused(secrets.deleteSecret({ SecretId: 'trap17/none' }), 'ResourceNotFoundException', texts.noSecret)
})

test('trap 18: DescribeSecret shows a scheduled secret with all that it has', async () => {
  const SecretId = 'trap18'
  const Tags = [{ Key: 'a', Value: 'b' }]
  await secrets.createSecret({
    Name: SecretId,
    SecretString: 'x',
    Description: 'd',
    Tags,
    ClientRequestToken: version(1),
  })
  const { $metadata: _, LastChangedDate: __, ...before } = await secrets.describeSecret({ SecretId })
  await secrets.deleteSecret({ SecretId })
  for (const id of [SecretId, before.ARN ?? '']) {
    const { $metadata: _, LastChangedDate, DeletedDate, ...after } = await secrets.describeSecret({ SecretId: id })
    assert.deepEqual(after, before)
    assert.deepEqual(LastChangedDate, DeletedDate)
  }
})

test('trap 19: the name stays taken while the deletion is pending', async () => {
  const Name = 'trap19'
  await secrets.createSecret({ Name, SecretString: 'x', ClientRequestToken: version(1) })
  await secrets.deleteSecret({ SecretId: Name, RecoveryWindowInDays: 7 })
  const scheduled = "You can't create this secret because a secret with this name is already scheduled for deletion."
  const again = (ClientRequestToken: string) => secrets.createSecret({ Name, SecretString: 'x', ClientRequestToken })
  await server.clock.advance({ days: 6 })
  await refused(again(version(2)), 'InvalidRequestException', scheduled)
  // Also the retry of the call that made it, and one without a value.
  await refused(again(version(1)), 'InvalidRequestException', scheduled)
  await refused(secrets.createSecret({ Name }), 'InvalidRequestException', scheduled)
  await server.clock.advance({ days: 1, minutes: 1 })
  assert.equal((await again(version(2))).VersionId, version(2))
})

test('trap 20: a deleted secret does not rotate, and its schedule never fires', async () => {
  const SecretId = 'trap20'
  await secrets.createSecret({ Name: SecretId, SecretString: 'x' })
  const RotationRules = { AutomaticallyAfterDays: 1 }
  await secrets.rotateSecret({ SecretId, RotationLambdaARN: functionArn, RotationRules })
  await until(async () => (await secrets.describeSecret({ SecretId })).LastRotatedDate)
  const before = await secrets.describeSecret({ SecretId })
  assert.ok(before.RotationEnabled === true && before.NextRotationDate !== undefined)
  await secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 30 })
  const told = rotor.told.length
  const { json } = await wire('DescribeSecret', { SecretId })
  assert.equal(json.RotationEnabled, false)
  assert.equal(json.RotationLambdaARN, functionArn)
  assert.deepEqual(json.RotationRules, { AutomaticallyAfterDays: 1 })
  for (const member of ['NextRotationDate', 'LastRotatedDate']) assert.ok(!(member in json), member)
  await server.clock.advance({ days: 5 })
  assert.equal(rotor.told.length, told)
  // Restored it stays off (secretsmanager.md 6, assumed there).
  await secrets.restoreSecret({ SecretId })
  await server.clock.advance({ days: 5 })
  assert.equal(rotor.told.length, told)
  assert.equal((await secrets.describeSecret({ SecretId })).RotationEnabled, false)
})

const made = (Name: string) => secrets.createSecret({ Name, SecretString: '1', ClientRequestToken: version(1) })
const put = (SecretId: string, n: number, VersionStages?: string[]) =>
  secrets.putSecretValue({
    ...{ SecretId, SecretString: `${n}`, ClientRequestToken: version(n) },
    ...(VersionStages && { VersionStages }),
  })
const move = (SecretId: string, VersionStage: string, to?: number, from?: number) =>
  secrets.updateSecretVersionStage({
    ...{ SecretId, VersionStage },
    ...(to !== undefined && { MoveToVersionId: version(to) }),
    ...(from !== undefined && { RemoveFromVersionId: version(from) }),
  })

test('trap 21: a custom label that PutSecretValue names leaves its old version', async () => {
  const SecretId = 'trap21'
  await made(SecretId)
  await put(SecretId, 2, ['one', 'two'])
  const { VersionStages } = await put(SecretId, 3, ['two', 'three'])
  assert.deepEqual(VersionStages?.toSorted(), ['three', 'two'])
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(1)]: ['AWSCURRENT'],
    [version(2)]: ['one'],
    [version(3)]: ['three', 'two'],
  })
})

test('trap 22: one AWSPREVIOUS, which only AWSCURRENT moves', async () => {
  const SecretId = 'trap22'
  await made(SecretId)
  await put(SecretId, 2)
  await put(SecretId, 3)
  await put(SecretId, 4, ['mine'])
  const previous = { [version(3)]: ['AWSCURRENT'], [version(2)]: ['AWSPREVIOUS'] }
  assert.deepEqual(await labelsOf(secrets, SecretId), { ...previous, [version(4)]: ['mine'] })
  await move(SecretId, 'mine', 3, 4)
  await move(SecretId, 'mine', undefined, 3)
  assert.deepEqual(await labelsOf(secrets, SecretId), previous)
  // Back and forth: the old holder gets it, whoever had it.
  await move(SecretId, 'AWSCURRENT', 2, 3)
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(2)]: ['AWSCURRENT'], [version(3)]: ['AWSPREVIOUS'] })
  await move(SecretId, 'AWSCURRENT', 1, 2)
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(1)]: ['AWSCURRENT'], [version(2)]: ['AWSPREVIOUS'] })
})

test('trap 23: a version that loses its last label is still there', async () => {
  const SecretId = 'trap23'
  await made(SecretId)
  await put(SecretId, 2)
  await put(SecretId, 3)
  await put(SecretId, 4, ['mine'])
  await move(SecretId, 'mine', undefined, 4)
  assert.deepEqual(Object.keys(await labelsOf(secrets, SecretId)).sort(), [version(2), version(3)])
  await server.clock.advance({ days: 2 })
  for (const n of [1, 4]) {
    const { json } = await wire('GetSecretValue', { SecretId, VersionId: version(n) })
    assert.deepEqual([json.SecretString, 'VersionStages' in json], [`${n}`, false])
  }
  const { Versions = [] } = await secrets.listSecretVersionIds({ SecretId, IncludeDeprecated: true })
  assert.deepEqual(Versions.map(({ VersionId }) => VersionId).sort(), [1, 2, 3, 4].map(version))
})

test('trap 24: custom labels stay on a version that goes from current to previous, and beyond', async () => {
  const SecretId = 'trap24'
  await made(SecretId)
  await put(SecretId, 2, ['AWSCURRENT', 'PUT0', 'AWSSOMETHING'])
  await put(SecretId, 3)
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(3)]: ['AWSCURRENT'],
    [version(2)]: ['AWSPREVIOUS', 'AWSSOMETHING', 'PUT0'],
  })
  await put(SecretId, 4)
  assert.deepEqual((await labelsOf(secrets, SecretId))[version(2)], ['AWSSOMETHING', 'PUT0'])
})
