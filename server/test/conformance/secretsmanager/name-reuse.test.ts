import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Started, start } from '../../start.ts'
import { clientsOf } from '../session.ts'

/* --name-reuse through the official client: beyond AWS, and AWS's behaviour to the letter without it. */

const Name = 'prod/db'
const clientOf = (server: Started) => clientsOf(server).secrets

test('without --name-reuse the name of a secret that waits to be deleted stays taken', async () => {
  await using server = await start()
  const client = clientOf(server)
  await client.createSecret({ Name, SecretString: 'one' })
  await client.deleteSecret({ SecretId: Name })
  await assert.rejects(client.createSecret({ Name, SecretString: 'two' }), {
    name: 'InvalidRequestException',
    message: "You can't create this secret because a secret with this name is already scheduled for deletion.",
  })
})

for (const engine of ['memory', 'file'] as const) {
  test(`with --name-reuse a name is used again, and the old secret comes back by its ARN (${engine})`, async () => {
    await using server = await start({ engine, secretLimits: { nameReuse: true } })
    const client = clientOf(server)
    const old = await client.createSecret({ Name, SecretString: 'one', Tags: [{ Key: 'k', Value: 'old' }] })
    await client.deleteSecret({ SecretId: Name, RecoveryWindowInDays: 7 })
    const young = await client.createSecret({ Name, SecretString: 'two' })
    assert.notEqual(young.ARN, old.ARN)
    assert.equal((await client.getSecretValue({ SecretId: Name })).SecretString, 'two')
    assert.equal((await client.describeSecret({ SecretId: old.ARN })).Tags?.[0]?.Value, 'old')
    await assert.rejects(client.restoreSecret({ SecretId: Name }), { name: 'InvalidRequestException' })

    const listed = await client.listSecrets({
      IncludePlannedDeletion: true,
      Filters: [{ Key: 'name', Values: [Name] }],
    })
    assert.deepEqual(
      listed.SecretList?.map(({ ARN, DeletedDate }) => [ARN, DeletedDate !== undefined]),
      [
        [old.ARN, true],
        [young.ARN, false],
      ],
    )

    assert.equal((await client.restoreSecret({ SecretId: old.ARN })).ARN, old.ARN)
    assert.equal((await client.getSecretValue({ SecretId: old.ARN })).SecretString, 'one')
    assert.equal((await client.getSecretValue({ SecretId: Name })).SecretString, 'two')
    await client.updateSecret({ SecretId: old.ARN, SecretString: 'one, changed' })
    assert.equal((await client.getSecretValue({ SecretId: Name })).SecretString, 'two')

    await client.deleteSecret({ SecretId: young.ARN, ForceDeleteWithoutRecovery: true })
    assert.equal((await client.getSecretValue({ SecretId: Name })).SecretString, 'one, changed')
    await client.deleteSecret({ SecretId: Name, ForceDeleteWithoutRecovery: true })
    await assert.rejects(client.getSecretValue({ SecretId: Name }), { name: 'ResourceNotFoundException' })
  })
}

test('what was granted for the old secret is not had for the new one of its name', async () => {
  await using server = await start({ secretLimits: { nameReuse: true } })
  const { secrets, iam } = clientsOf(server)
  const old = await secrets.createSecret({ Name, SecretString: 'one' })
  await iam.createUser({ UserName: 'ann' })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'ann' })
  const Statement = [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: old.ARN }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.putUserPolicy({ UserName: 'ann', PolicyName: 'old', PolicyDocument })
  const ann = clientsOf(server, {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }).secrets
  assert.equal((await ann.getSecretValue({ SecretId: Name })).SecretString, 'one')
  await secrets.deleteSecret({ SecretId: Name })
  await secrets.createSecret({ Name, SecretString: 'two' })
  await assert.rejects(ann.getSecretValue({ SecretId: Name }), { name: 'AccessDeniedException' })
  await secrets.restoreSecret({ SecretId: old.ARN })
  await assert.rejects(ann.getSecretValue({ SecretId: Name }), { name: 'AccessDeniedException' })
  assert.equal((await ann.getSecretValue({ SecretId: old.ARN })).SecretString, 'one')
})
