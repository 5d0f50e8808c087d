import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, allow, refusal, user, world } from '../test/world.ts'

const ARN = `arn:aws:kms:us-east-1:${ACCOUNT}:alias/app`

test('DeleteAlias takes an alias away, whatever the state of its key; its name may be given again (kms.md 5, 11)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId })
  await w.ask('ScheduleKeyDeletion', { KeyId })
  assert.equal(await w.ask('DeleteAlias', { AliasName: 'alias/app' }), undefined)
  const gone = refusal('NotFoundException', `Alias ${ARN} is not found.`)
  await assert.rejects(w.ask('DescribeKey', { KeyId: 'alias/app' }), gone)
  await assert.rejects(w.ask('DeleteAlias', { AliasName: 'alias/app' }), gone)
  const other = await w.key()
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: other.KeyId })
  assert.equal((await w.ask('DescribeKey', { KeyId: 'alias/app' })).KeyMetadata.KeyId, other.KeyId)
})

test('DeleteAlias: aliases of AWS are denied to everybody, names without prefix are none (kms.md 5)', async () => {
  await using w = await world()
  await w.through((keys) => keys.generateDataKey(undefined, {}))
  const remove = (AliasName: string) => w.ask('DeleteAlias', { AliasName })
  await assert.rejects(remove('alias/aws/secretsmanager'), refusal('NotAuthorizedException'))
  await assert.rejects(remove('app'), { code: 'ValidationException' })
})

test('DeleteAlias needs the permission on the alias and on the key; without the former nobody learns that there is none', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId })
  const remove = (statements: object[], AliasName = 'alias/app') =>
    w.ask('DeleteAlias', { AliasName }, { caller: user('ann', statements) })
  const denied = { code: 'AccessDeniedException' }
  await assert.rejects(remove([allow('kms:DeleteAlias', ARN)]), denied)
  await assert.rejects(remove([allow('kms:DeleteAlias', Arn)]), denied)
  await assert.rejects(remove([], 'alias/none'), denied)
  await remove([allow('kms:DeleteAlias', ARN), allow('kms:DeleteAlias', Arn)])
})
