import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelsOf, refused, session, texts, version } from '../session.ts'
import { documentOf, wireOf } from './rig.ts'

/** RestoreSecret. Source: secretsmanager.md 8.16, 6, 12. */

const { server, secrets } = await session()
const wire = wireOf(server)
const shown = async (SecretId: string) => (await wire('DescribeSecret', { SecretId })).json

test('it takes DeletedDate away and LastChangedDate along; values, labels, tags, policy and rules are what they were', async () => {
  const SecretId = 'restore/all'
  const { ARN = '' } = await secrets.createSecret({
    ...{ Name: SecretId, SecretString: '1', ClientRequestToken: version(1), Description: 'of it' },
    Tags: [{ Key: 'a', Value: '1' }],
  })
  await secrets.putSecretValue({ SecretId, SecretString: '2', ClientRequestToken: version(2) })
  const ResourcePolicy = documentOf({
    ...{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' },
    Principal: { AWS: `arn:aws:iam::${server.account}:root` },
  })
  await secrets.putResourcePolicy({ SecretId, ResourcePolicy })
  const { LastChangedDate: _, ...before } = await shown(SecretId)
  await secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 7 })
  const { LastChangedDate: deleted, DeletedDate } = await shown(SecretId)
  assert.equal(typeof DeletedDate, 'number')
  await server.clock.advance({ minutes: 1 })
  const { json } = await wire('RestoreSecret', { SecretId })
  assert.deepEqual(json, { ARN, Name: SecretId })
  const { LastChangedDate: restored, ...after } = await shown(SecretId)
  assert.deepEqual(after, before)
  assert.ok(restored > deleted)
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, '2')
  assert.deepEqual(await labelsOf(secrets, SecretId), { [version(1)]: ['AWSPREVIOUS'], [version(2)]: ['AWSCURRENT'] })
  const policy = await secrets.getResourcePolicy({ SecretId })
  assert.deepEqual(JSON.parse(policy.ResourcePolicy ?? ''), JSON.parse(ResourcePolicy))
})

test('a secret that is not scheduled stays as it is: success', async () => {
  const SecretId = 'restore/active'
  const { ARN } = await secrets.createSecret({ Name: SecretId, SecretString: 'x' })
  const before = await shown(SecretId)
  await server.clock.advance({ minutes: 1 })
  assert.deepEqual((await wire('RestoreSecret', { SecretId: ARN })).json, { ARN, Name: SecretId })
  assert.deepEqual(await shown(SecretId), before)
})

test('by name, ARN and partial ARN until the window ends; afterwards there is nothing to restore', async () => {
  const SecretId = 'restore/window'
  const { ARN = '' } = await secrets.createSecret({ Name: SecretId, SecretString: 'x' })
  for (const id of [SecretId, ARN, ARN.slice(0, -7)]) {
    await secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 7 })
    await server.clock.advance({ days: 6 })
    await secrets.restoreSecret({ SecretId: id })
    assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, 'x')
  }
  // The windows of before are over by now and take nothing away.
  await server.clock.advance({ days: 20 })
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, 'x')
  await secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 7 })
  await server.clock.advance({ days: 8 })
  await refused(secrets.restoreSecret({ SecretId }), 'ResourceNotFoundException', texts.noSecret)
  await secrets.createSecret({ Name: SecretId, SecretString: 'y' })
  await secrets.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true })
  await refused(secrets.restoreSecret({ SecretId }), 'ResourceNotFoundException', texts.noSecret)
})
