import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, allow, refusal, user, world } from '../test/world.ts'

const ARN = `arn:aws:kms:us-east-1:${ACCOUNT}:alias/app`

async function aliased() {
  const w = await world()
  const [one, two] = [await w.key(), await w.key()]
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: one.KeyId })
  return { w, one, two, [Symbol.asyncDispose]: () => w[Symbol.asyncDispose]() }
}

test('UpdateAlias leads an alias to another key; what was encrypted before opens by the key in the blob (kms.md 17, 5)', async () => {
  await using a = await aliased()
  const { w, one, two } = a
  const before = await w.ask('Encrypt', { KeyId: 'alias/app', Plaintext: Buffer.from('x') })
  assert.equal(await w.ask('UpdateAlias', { AliasName: 'alias/app', TargetKeyId: two.Arn }), undefined)
  assert.equal((await w.ask('Encrypt', { KeyId: 'alias/app', Plaintext: Buffer.from('x') })).KeyId, two.Arn)
  assert.equal((await w.ask('Decrypt', { CiphertextBlob: before.CiphertextBlob })).KeyId, one.Arn)
  const [entry] = (await w.ask('ListAliases', { KeyId: two.KeyId })).Aliases
  assert.equal(entry.TargetKeyId, two.KeyId)
})

test('UpdateAlias: unknown alias, alias as target, aliases of AWS (kms.md 5)', async () => {
  await using a = await aliased()
  const { w, two } = a
  const update = (AliasName: string, TargetKeyId = two.KeyId) => w.ask('UpdateAlias', { AliasName, TargetKeyId })
  await assert.rejects(
    update('alias/none'),
    refusal('NotFoundException', `Alias ${ARN.replace('app', 'none')} is not found.`),
  )
  await assert.rejects(
    update('alias/app', 'alias/app'),
    refusal('ValidationException', 'Aliases must refer to keys. Not aliases'),
  )
  await assert.rejects(update('alias/aws/ssm'), refusal('NotAuthorizedException'))
})

test('UpdateAlias: the old key may be pending deletion, the new one may not (kms.md 11)', async () => {
  await using a = await aliased()
  const { w, one, two } = a
  await w.ask('ScheduleKeyDeletion', { KeyId: one.KeyId })
  await w.ask('UpdateAlias', { AliasName: 'alias/app', TargetKeyId: two.KeyId })
  await assert.rejects(
    w.ask('UpdateAlias', { AliasName: 'alias/app', TargetKeyId: one.KeyId }),
    refusal('KMSInvalidStateException', `${one.Arn} is pending deletion.`),
  )
})

test('UpdateAlias needs the permission on the alias, on the old key and on the new one (kms.md 5)', async () => {
  await using a = await aliased()
  const { w, one, two } = a
  const all = [ARN, one.Arn, two.Arn]
  const update = (resources: string[]) =>
    w.ask(
      'UpdateAlias',
      { AliasName: 'alias/app', TargetKeyId: two.KeyId },
      {
        caller: user(
          'ann',
          resources.map((resource) => allow('kms:UpdateAlias', resource)),
        ),
      },
    )
  for (const left of all)
    await assert.rejects(update(all.filter((resource) => resource !== left)), { code: 'AccessDeniedException' })
  await update(all)
})
