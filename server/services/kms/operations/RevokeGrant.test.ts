import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, refusal, user, world } from '../test/world.ts'

const ann = user('ann')
const Plaintext = Buffer.from('x')

test('RevokeGrant takes a grant back at once, in every state of the key; DryRun doesn’t (kms.md 9, 11)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const { GrantId } = await w.ask('CreateGrant', { KeyId, GranteePrincipal: ann.arn, Operations: ['Encrypt'] })
  const use = () => w.ask('Encrypt', { KeyId, Plaintext }, { caller: ann })
  await use()
  await assert.rejects(w.ask('RevokeGrant', { KeyId, GrantId, DryRun: true }), { code: 'DryRunOperationException' })
  await use()
  await w.ask('DisableKey', { KeyId })
  assert.equal(await w.ask('RevokeGrant', { KeyId: Arn, GrantId }), undefined)
  await w.ask('EnableKey', { KeyId })
  await assert.rejects(use(), { code: 'AccessDeniedException' })
  await assert.rejects(
    w.ask('RevokeGrant', { KeyId, GrantId }),
    refusal('NotFoundException', `Grant ID ${GrantId} not found`),
  )
  await assert.rejects(w.ask('RevokeGrant', { KeyId, GrantId: 'x' }), refusal('InvalidGrantIdException'))
})

test('RevokeGrant needs the permission on the key; that of another key’s grant does not reach', async () => {
  await using w = await world()
  const [one, two] = [await w.key(), await w.key()]
  const { GrantId } = await w.ask('CreateGrant', {
    KeyId: one.KeyId,
    GranteePrincipal: ann.arn,
    Operations: ['Encrypt'],
    RetiringPrincipal: ann.arn,
  })
  await assert.rejects(w.ask('RevokeGrant', { KeyId: one.KeyId, GrantId }, { caller: ann }), {
    code: 'AccessDeniedException',
  })
  const caller = user('boss', [allow('kms:RevokeGrant', two.Arn)])
  await assert.rejects(w.ask('RevokeGrant', { KeyId: two.KeyId, GrantId }, { caller }), { code: 'NotFoundException' })
  await assert.rejects(w.ask('RevokeGrant', { KeyId: one.KeyId, GrantId }, { caller }), {
    code: 'AccessDeniedException',
  })
})
