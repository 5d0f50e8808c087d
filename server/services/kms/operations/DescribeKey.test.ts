import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Target } from '#kernel/operation'
import { ACCOUNT, deny, refusal, user, world } from '../test/world.ts'

test('DescribeKey answers the same metadata by every name, in every state', async () => {
  await using w = await world()
  const made = await w.key({ Description: 'mine' })
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: made.KeyId })
  for (const KeyId of [made.KeyId, made.Arn, 'alias/app'])
    assert.deepEqual((await w.ask('DescribeKey', { KeyId })).KeyMetadata, made)
  await w.ask('DisableKey', { KeyId: made.KeyId })
  const disabled = (await w.ask('DescribeKey', { KeyId: made.KeyId })).KeyMetadata
  assert.deepEqual(disabled, { ...made, Enabled: false, KeyState: 'Disabled' })
})

test('DescribeKey of an AWS managed key that nobody has used makes it (API_DescribeKey)', async () => {
  await using w = await world()
  const { KeyMetadata } = await w.ask('DescribeKey', { KeyId: 'alias/aws/secretsmanager' })
  assert.equal(KeyMetadata.KeyManager, 'AWS')
  assert.equal(
    KeyMetadata.Description,
    'Default key that protects my Secrets Manager data when no other key is defined',
  )
  const again = await w.ask('DescribeKey', { KeyId: `arn:aws:kms:us-east-1:${ACCOUNT}:alias/aws/secretsmanager` })
  assert.equal(again.KeyMetadata.KeyId, KeyMetadata.KeyId)
  const ssm = (await w.ask('DescribeKey', { KeyId: 'alias/aws/ssm' })).KeyMetadata
  assert.equal(ssm.Description, 'Default key that protects my SSM parameters when no other key is defined')
})

test('DescribeKey makes an AWS managed key only for a caller who may see it: a refused one costs no write', async () => {
  await using w = await world()
  const KeyId = 'alias/aws/secretsmanager'
  const asked = w.call({ caller: user('u') })
  const { DescribeKey } = w.service.operations
  // a unit that reads refuses every write
  const target = await w.storage.unit(
    'read',
    (unit) => DescribeKey?.target({ KeyId }, w.service.env(unit, asked), asked) as Promise<Target>,
  )
  assert.match(target.resource, new RegExp(`^arn:aws:kms:us-east-1:${ACCOUNT}:key/[0-9a-f-]{36}$`))
  assert.equal(target.context?.['kms:RequestAlias'], KeyId)
  assert.deepEqual(target.context?.['kms:ResourceAliases'], [KeyId])
  const before = w.storage.generation('kms')
  for (const caller of [user('u'), user('v', [deny('kms:*')])])
    await assert.rejects(w.ask('DescribeKey', { KeyId }, { caller }), { code: 'AccessDeniedException' })
  assert.deepEqual((await w.ask('ListKeys', {})).Keys, [])
  assert.equal(w.storage.generation('kms'), before)
  const { KeyMetadata } = await w.ask('DescribeKey', { KeyId })
  assert.deepEqual(
    (await w.ask('ListKeys', {})).Keys.map((key: { KeyId: string }) => key.KeyId),
    [KeyMetadata.KeyId],
  )
})

test('DescribeKey needs permission, and says no more', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  await assert.rejects(
    w.ask('DescribeKey', { KeyId }, { caller: user('u') }),
    refusal(
      'AccessDeniedException',
      `User: arn:aws:iam::${ACCOUNT}:user/u is not authorized to perform: kms:DescribeKey on resource: ${Arn} because no identity-based policy allows the kms:DescribeKey action`,
    ),
  )
  await assert.rejects(w.ask('DescribeKey', { KeyId: 'fake' }), refusal('NotFoundException', "Invalid keyId 'fake'"))
})

test('DescribeKey changes nothing, and waits for nobody who does, unless it may have to make a key', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const effect = (KeyId: string) => w.service.operations.DescribeKey?.effectOf?.({ KeyId })
  for (const each of [KeyId, Arn, 'alias/app', 'alias/awsome']) assert.equal(effect(each), 'read')
  const managed = 'alias/aws/ssm'
  for (const each of [managed, `arn:aws:kms:us-east-1:${ACCOUNT}:${managed}`]) assert.equal(effect(each), 'write')
})
