import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, refusal, root, user, world } from '../test/world.ts'

test('GetKeyPolicy answers the default policy of a key made without one (kms.md 8.1, recorded)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const { Policy, PolicyName } = await w.ask('GetKeyPolicy', { KeyId })
  assert.equal(PolicyName, 'default')
  assert.deepEqual(JSON.parse(Policy), {
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  })
})

test('GetKeyPolicy answers the policy that was given', async () => {
  await using w = await world()
  const given = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: root().arn }, Action: 'kms:*', Resource: '*' }],
  }
  const { KeyId } = await w.key({ Policy: JSON.stringify(given) })
  assert.deepEqual(JSON.parse((await w.ask('GetKeyPolicy', { KeyId })).Policy), given)
  await assert.rejects(
    w.ask('GetKeyPolicy', { KeyId, PolicyName: 'other' }),
    refusal('NotFoundException', 'No such policy exists'),
  )
})

test('GetKeyPolicy of an AWS managed key may be read by the account (kms.md 13.1)', async () => {
  await using w = await world()
  const { KeyId } = (await w.ask('DescribeKey', { KeyId: 'alias/aws/secretsmanager' })).KeyMetadata
  const { Id, Statement } = JSON.parse((await w.ask('GetKeyPolicy', { KeyId })).Policy)
  assert.deepEqual([Id, Statement.length], ['auto-secretsmanager-2', 3])
})

test('a principal that is gone is shown by its unique id, and its namesake may not use the key (kms.md 8.2)', async () => {
  await using w = await world()
  const ann = user('ann')
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: root().arn }, Action: 'kms:*', Resource: '*' },
      { Effect: 'Allow', Principal: { AWS: ann.arn }, Action: 'kms:Encrypt', Resource: '*' },
    ],
  })
  const { KeyId } = await w.key({ Policy })
  const shown = async () => JSON.parse((await w.ask('GetKeyPolicy', { KeyId })).Policy).Statement[1].Principal.AWS
  const Plaintext = Buffer.from('x')
  assert.equal(await shown(), ann.arn)
  await w.ask('Encrypt', { KeyId, Plaintext }, { caller: ann })
  w.people.ids.set(ann.arn, 'AIDAsecond')
  assert.equal(await shown(), 'AIDAann')
  await assert.rejects(w.ask('Encrypt', { KeyId, Plaintext }, { caller: { ...ann, userId: 'AIDAsecond' } }), {
    code: 'AccessDeniedException',
  })
})
