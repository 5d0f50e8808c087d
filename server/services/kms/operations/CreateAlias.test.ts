import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, allow, OTHER_ACCOUNT, refusal, root, user, world } from '../test/world.ts'

const ARN = `arn:aws:kms:us-east-1:${ACCOUNT}:alias/app`

test('CreateAlias answers nothing, and the alias leads to the key at once', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  assert.equal(await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: Arn }), undefined)
  assert.equal((await w.ask('DescribeKey', { KeyId: 'alias/app' })).KeyMetadata.KeyId, KeyId)
})

test('CreateAlias refuses a name that is taken, an alias as target, reserved names (kms.md 5)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const create = (AliasName: string, TargetKeyId = KeyId) => w.ask('CreateAlias', { AliasName, TargetKeyId })
  await create('alias/app')
  await assert.rejects(
    create('alias/app'),
    refusal('AlreadyExistsException', `An alias with the name ${ARN} already exists`),
  )
  const notAliases = refusal('ValidationException', 'Aliases must refer to keys. Not aliases')
  await assert.rejects(create('alias/b', 'alias/app'), notAliases)
  await assert.rejects(create('alias/b', ARN), notAliases)
  await assert.rejects(create('alias/aws/b'), refusal('NotAuthorizedException'))
  await assert.rejects(create('b'), { code: 'ValidationException' })
  await assert.rejects(create('alias/b', 'fake'), refusal('NotFoundException', "Invalid keyId 'fake'"))
})

test('CreateAlias works on a disabled key and not on one pending deletion (kms.md 11)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  await w.ask('DisableKey', { KeyId })
  await w.ask('CreateAlias', { AliasName: 'alias/a', TargetKeyId: KeyId })
  await w.ask('ScheduleKeyDeletion', { KeyId })
  await assert.rejects(
    w.ask('CreateAlias', { AliasName: 'alias/b', TargetKeyId: KeyId }),
    refusal('KMSInvalidStateException', `${Arn} is pending deletion.`),
  )
})

test('CreateAlias gives a key 50 aliases and no more (kms.md 15)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  for (let i = 0; i < 50; i++) await w.ask('CreateAlias', { AliasName: `alias/a${i}`, TargetKeyId: KeyId })
  await assert.rejects(w.ask('CreateAlias', { AliasName: 'alias/more', TargetKeyId: KeyId }), {
    code: 'LimitExceededException',
  })
})

test('CreateAlias needs the permission on the alias and on the key (access.md 123)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const create = (AliasName: string, ...resources: string[]) =>
    w.ask(
      'CreateAlias',
      { AliasName, TargetKeyId: KeyId },
      { caller: user('u', [allow('kms:CreateAlias', resources as never)]) },
    )
  await assert.rejects(
    create('alias/app', ARN),
    (error) => error instanceof Error && error.message.includes(`on resource: ${Arn}`),
  )
  await assert.rejects(
    create('alias/app', Arn),
    (error) => error instanceof Error && error.message.includes(`on resource: ${ARN}`),
  )
  await create('alias/app', ARN, Arn)
})

test('CreateAlias stays in the account, whatever policies say (kms.md 8.3, 5)', async () => {
  await using w = await world()
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }],
  })
  const theirs = await w.key({ Policy }, { caller: root(OTHER_ACCOUNT) })
  await assert.rejects(w.ask('CreateAlias', { AliasName: 'alias/a', TargetKeyId: theirs.Arn }), {
    code: 'AccessDeniedException',
  })
})

test('CreateAlias of one name by many at once: one gets it', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const all = await Promise.allSettled(
    Array.from({ length: 10 }, () => w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId })),
  )
  assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
})
