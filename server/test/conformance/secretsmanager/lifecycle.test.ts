import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelsOf, refused, session, texts, version } from '../session.ts'

// DeleteSecret, RestoreSecret and the purge. Source: secretsmanager.md 6.
const { server, secrets } = await session()
const DAY = 86_400_000

async function secretNamed(Name: string): Promise<string> {
  return (await secrets.createSecret({ Name, SecretString: 'x', ClientRequestToken: version(1) })).ARN ?? ''
}

test('DeleteSecret schedules for 30 days, DescribeSecret then shows the time of the call', async () => {
  const ARN = await secretNamed('delete/default')
  const { $metadata: _, DeletionDate, ...deleted } = await secrets.deleteSecret({ SecretId: 'delete/default' })
  const { DeletedDate } = await secrets.describeSecret({ SecretId: 'delete/default' })
  assert.deepEqual(deleted, { ARN, Name: 'delete/default' })
  assert.ok(DeletedDate && DeletionDate)
  assert.equal(DeletionDate.getTime() - DeletedDate.getTime(), 30 * DAY)
})

test('a scheduled secret refuses everything but reads of what it is', async () => {
  const SecretId = 'delete/refuses'
  await secretNamed(SecretId)
  await secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 7 })
  for (const answer of [
    secrets.getSecretValue({ SecretId }),
    secrets.putSecretValue({ SecretId, SecretString: 'y' }),
    secrets.updateSecret({ SecretId, Description: 'y' }),
    secrets.updateSecretVersionStage({ SecretId, VersionStage: 'y', MoveToVersionId: version(1) }),
    secrets.tagResource({ SecretId, Tags: [{ Key: 'a', Value: 'b' }] }),
    secrets.untagResource({ SecretId, TagKeys: ['a'] }),
  ]) {
    await refused(answer, 'InvalidRequestException', texts.marked)
  }
  await refused(
    secrets.createSecret({ Name: SecretId, SecretString: 'y' }),
    'InvalidRequestException',
    "You can't create this secret because a secret with this name is already scheduled for deletion.",
  )
  await refused(
    secrets.deleteSecret({ SecretId }),
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was already scheduled for deletion.",
  )
  assert.equal((await secrets.listSecretVersionIds({ SecretId })).Versions?.length, 1)
})

test('RestoreSecret brings a scheduled secret back with its versions, and is harmless on a live one', async () => {
  const SecretId = 'delete/restored'
  const ARN = await secretNamed(SecretId)
  await secrets.deleteSecret({ SecretId })
  for (let times = 0; times < 2; times++) {
    const { $metadata: _, ...restored } = await secrets.restoreSecret({ SecretId })
    assert.deepEqual(restored, { ARN, Name: SecretId })
  }
  assert.equal((await secrets.describeSecret({ SecretId })).DeletedDate, undefined)
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, 'x')
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(1)]: ['AWSCURRENT'] })
})

test('DeleteSecret checks the window before it looks for the secret', async () => {
  for (const RecoveryWindowInDays of [6, 31, 0, -1]) {
    await refused(
      secrets.deleteSecret({ SecretId: 'delete/none', RecoveryWindowInDays }),
      'InvalidParameterException',
      'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).',
    )
  }
  await refused(
    secrets.deleteSecret({ SecretId: 'delete/none', RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }),
    'InvalidParameterException',
    "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
  )
  await refused(secrets.deleteSecret({ SecretId: 'delete/none' }), 'ResourceNotFoundException', texts.noSecret)
  await refused(secrets.restoreSecret({ SecretId: 'delete/none' }), 'ResourceNotFoundException', texts.noSecret)
})

test('a forced deletion is at once, also of a scheduled secret, and succeeds on a name that does not exist', async () => {
  const SecretId = 'delete/forced'
  const first = await secretNamed(SecretId)
  await secrets.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true })
  await refused(secrets.describeSecret({ SecretId }), 'ResourceNotFoundException', texts.noSecret)
  const second = await secretNamed(SecretId)
  assert.notEqual(second, first)
  await secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: false })
  await secrets.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true })
  await refused(secrets.describeSecret({ SecretId }), 'ResourceNotFoundException', texts.noSecret)
  const none = await secrets.deleteSecret({ SecretId: 'delete/never', ForceDeleteWithoutRecovery: true })
  assert.equal(none.Name, 'delete/never')
  assert.match(none.ARN ?? '', /:secret:delete\/never-[A-Za-z0-9]{6}$/)
  assert.ok(none.DeletionDate instanceof Date)
})

test('the purge takes a secret at the end of its window, not before, and frees the name', async () => {
  const SecretId = 'delete/purged'
  const ARN = await secretNamed(SecretId)
  await secretNamed('delete/kept')
  await secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 7 })
  await server.clock.advance({ days: 6 })
  assert.ok((await secrets.describeSecret({ SecretId })).DeletedDate)
  await server.clock.advance({ days: 1, minutes: 1 })
  await refused(secrets.describeSecret({ SecretId }), 'ResourceNotFoundException', texts.noSecret)
  await refused(secrets.restoreSecret({ SecretId: ARN }), 'ResourceNotFoundException', texts.noSecret)
  assert.equal((await secrets.getSecretValue({ SecretId: 'delete/kept' })).SecretString, 'x')
  assert.notEqual(await secretNamed(SecretId), ARN)
})

test('a restored secret is not purged when its window ends', async () => {
  const SecretId = 'delete/back'
  await secretNamed(SecretId)
  await secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 7 })
  await secrets.restoreSecret({ SecretId })
  await server.clock.advance({ days: 8 })
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, 'x')
})
