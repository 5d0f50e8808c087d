import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, admin, allow, type Asked, deny, OTHER_ACCOUNT, refusal, user, world } from '../test/world.ts'

const ann = user('ann')
const bob = user('bob')
const denied = { code: 'AccessDeniedException' }

async function granted() {
  const w = await world()
  const { KeyId, Arn } = await w.key()
  const grant = async (more: object = {}, asked: Asked = {}): Promise<{ GrantId: string; GrantToken: string }> =>
    w.ask('CreateGrant', { KeyId, GranteePrincipal: ann.arn, Operations: ['Encrypt'], ...more }, asked)
  const retire = (input: object, caller = bob) => w.ask('RetireGrant', input, { caller })
  const left = async () => (await w.ask('ListGrants', { KeyId })).Grants.length
  return { w, KeyId, Arn, grant, retire, left, [Symbol.asyncDispose]: () => w[Symbol.asyncDispose]() }
}

test('RetireGrant by each who may: the retiring principal, the grantee if the grant says so, who the account allows (kms.md 18, 8)', async () => {
  await using g = await granted()
  const { GrantId, GrantToken } = await g.grant({ RetiringPrincipal: bob.arn })
  await assert.rejects(g.retire({ GrantToken }, ann), denied)
  assert.equal(await g.retire({ GrantToken }), undefined)
  const second = await g.grant({ RetiringPrincipal: bob.arn })
  await g.retire({ KeyId: g.Arn, GrantId: second.GrantId })
  const own = await g.grant({
    Operations: ['Encrypt', 'RetireGrant'],
    Constraints: { EncryptionContextEquals: { a: '1' } },
  })
  await assert.rejects(g.retire({ GrantToken: own.GrantToken }), denied)
  await g.retire({ GrantToken: own.GrantToken }, ann)
  const third = await g.grant()
  await g.retire({ GrantToken: third.GrantToken }, user('boss', [allow('kms:RetireGrant')]))
  assert.equal(await g.left(), 0)
  assert.notEqual(GrantId, second.GrantId)
})

test('RetireGrant: a deny stops the retiring principal, key policies have no say, strangers are told nothing (kms.md 9.2)', async () => {
  await using g = await granted()
  const { GrantToken, GrantId } = await g.grant({ RetiringPrincipal: bob.arn })
  await assert.rejects(g.retire({ GrantToken }, user('bob', [deny('kms:RetireGrant')])), denied)
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: '*', Action: 'kms:RetireGrant', Resource: '*' },
      { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' },
    ],
  })
  await g.w.ask('PutKeyPolicy', { KeyId: g.KeyId, Policy })
  await assert.rejects(g.retire({ GrantToken }, user('carl')), denied)
  // Of another account: the same for a grant that is there and one that isn't.
  const texts = []
  for (const id of [GrantId, '0'.repeat(64)])
    for (const caller of [admin(OTHER_ACCOUNT)])
      texts.push(await g.retire({ KeyId: g.Arn, GrantId: id }, caller).then(String, ({ message }) => message))
  assert.equal(new Set(texts).size, 1)
  assert.match(texts[0] as string, /not authorized to perform: kms:RetireGrant/)
  assert.equal(await g.left(), 1)
})

test('RetireGrant by another account’s retiring principal, with its own account’s permission', async () => {
  await using g = await granted()
  const far = user('far', [], OTHER_ACCOUNT)
  const { GrantToken } = await g.grant({ RetiringPrincipal: far.arn })
  await assert.rejects(g.retire({ GrantToken }, far), denied)
  await g.retire({ GrantToken }, user('far', [allow('kms:RetireGrant')], OTHER_ACCOUNT))
  assert.equal(await g.left(), 0)
})

test('RetireGrant: token or key and id, in every state of the key; DryRun retires nothing (kms.md 9.1, 11)', async () => {
  await using g = await granted()
  const { GrantToken, GrantId } = await g.grant({ RetiringPrincipal: bob.arn })
  const invalid = { code: 'ValidationException' }
  for (const input of [
    {},
    { KeyId: g.Arn },
    { GrantId },
    { GrantToken, GrantId },
    { GrantToken, KeyId: g.Arn, GrantId },
  ])
    await assert.rejects(g.retire(input), invalid)
  await assert.rejects(g.retire({ KeyId: g.KeyId, GrantId }), refusal('InvalidArnException', `Invalid arn ${g.KeyId}`))
  await assert.rejects(g.retire({ KeyId: g.Arn, GrantId: 'x' }), refusal('InvalidGrantIdException'))
  await assert.rejects(g.retire({ GrantToken: 'x' }), refusal('InvalidGrantTokenException'))
  await assert.rejects(g.retire({ GrantToken, DryRun: true }), { code: 'DryRunOperationException' })
  await g.w.ask('ScheduleKeyDeletion', { KeyId: g.KeyId })
  await g.retire({ GrantToken })
  const boss = admin()
  await assert.rejects(g.retire({ GrantToken }, boss), refusal('InvalidGrantTokenException'))
  await assert.rejects(
    g.retire({ KeyId: g.Arn, GrantId }, boss),
    refusal('NotFoundException', `Grant ID ${GrantId} not found`),
  )
})

test('RetireGrant: the record says which grant of which key it was, also of a token', async () => {
  await using g = await granted()
  const { GrantId, GrantToken } = await g.grant({ RetiringPrincipal: bob.arn })
  const input = { GrantToken }
  await g.retire(input)
  const audit = g.w.service.operations.RetireGrant?.audit
  assert.deepEqual(audit?.request?.(input), { keyId: g.Arn, grantId: GrantId, dryRun: undefined })
  assert.deepEqual(audit?.resources?.(input, undefined, g.w.call({})), [
    { accountId: ACCOUNT, type: 'AWS::KMS::Key', ARN: g.Arn },
  ])
  const none = { GrantToken: 'x' }
  await assert.rejects(g.retire(none), { code: 'InvalidGrantTokenException' })
  assert.deepEqual(audit?.request?.(none), { keyId: undefined, grantId: undefined, dryRun: undefined })
})
