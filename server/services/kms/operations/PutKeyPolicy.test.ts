import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, admin, allow, deny, refusal, root, user, world } from '../test/world.ts'

const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const to = (arn: string, Action: string | string[], more = {}) => ({
  Effect: 'Allow',
  Principal: { AWS: arn },
  Action,
  Resource: '*',
  ...more,
})
const ROOT = root().arn
const ann = user('ann')

test('PutKeyPolicy answers nothing, counts at once, and reads back as the same JSON (kms.md 8; 17, 16)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const use = () => w.ask('Encrypt', { KeyId, Plaintext: Buffer.from('x') }, { caller: ann })
  await assert.rejects(use(), { code: 'AccessDeniedException' })
  const Policy = policy(to(ROOT, 'kms:*'), to(ann.arn, 'kms:Encrypt'))
  assert.equal(await w.ask('PutKeyPolicy', { KeyId, Policy }), undefined)
  await use()
  const shown = await w.ask('GetKeyPolicy', { KeyId })
  assert.deepEqual([JSON.parse(shown.Policy), shown.PolicyName], [JSON.parse(Policy), 'default'])
  await w.ask('PutKeyPolicy', { KeyId, PolicyName: 'default', Policy: policy(to(ROOT, 'kms:*')) })
  await assert.rejects(use(), { code: 'AccessDeniedException' })
})

test('PutKeyPolicy: the only name is default (kms.md 8)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  await assert.rejects(
    w.ask('PutKeyPolicy', { KeyId, PolicyName: 'other', Policy: policy(to(ROOT, 'kms:*')) }),
    refusal('NotFoundException', 'No such policy exists'),
  )
})

test('PutKeyPolicy works in every state (kms.md 11)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const put = () => w.ask('PutKeyPolicy', { KeyId, Policy: policy(to(ROOT, 'kms:*')) })
  await w.ask('DisableKey', { KeyId })
  await put()
  await w.ask('ScheduleKeyDeletion', { KeyId })
  await put()
})

test('PutKeyPolicy: who puts it must be allowed to put the next one, unless the check is bypassed (kms.md 8.2)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const locked = refusal(
    'MalformedPolicyDocumentException',
    'The new key policy will not allow you to update the key policy in the future.',
  )
  const Policy = policy(to(ann.arn, 'kms:*'))
  const put = (more = {}, asked = {}) => w.ask('PutKeyPolicy', { KeyId, Policy, ...more }, asked)
  await assert.rejects(put(), locked)
  await assert.rejects(put({ BypassPolicyLockoutSafetyCheck: false }), locked)
  await assert.rejects(put({}, { caller: admin() }), locked)
  // Delegated to the account, so that root may, but a user only whose own policies allow it.
  const keeper = user('keeper', [
    deny('kms:PutKeyPolicy', '*', { Condition: { StringEquals: { 'kms:KeyUsage': 'SIGN_VERIFY' } } }),
    allow('kms:PutKeyPolicy'),
  ])
  await put({ Policy: policy(to(ROOT, 'kms:*')) }, { caller: keeper })
  await put({ BypassPolicyLockoutSafetyCheck: true })
  await assert.rejects(put(), { code: 'AccessDeniedException' })
  await w.ask('PutKeyPolicy', { KeyId, Policy: policy(to(ROOT, 'kms:*'), to(ann.arn, 'kms:*')) }, { caller: ann })
})

test('PutKeyPolicy: bypassing is a condition, absent unless it is said (kms.md 12)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const Condition = { Bool: { 'kms:BypassPolicyLockoutSafetyCheck': 'true' } }
  const caller = user('careful', [allow('kms:PutKeyPolicy'), deny('kms:PutKeyPolicy', '*', { Condition })])
  const put = (more = {}) => w.ask('PutKeyPolicy', { KeyId, Policy: policy(to(ROOT, 'kms:*')), ...more }, { caller })
  await put()
  await put({ BypassPolicyLockoutSafetyCheck: false })
  await assert.rejects(put({ BypassPolicyLockoutSafetyCheck: true }), { code: 'AccessDeniedException' })
})

test('PutKeyPolicy: principals must be there, with the text on which clients retry (kms.md 8.2; 17, 15)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const role = `arn:aws:iam::${ACCOUNT}:role/soon`
  w.people.ids.set(role, undefined)
  const put = () => w.ask('PutKeyPolicy', { KeyId, Policy: policy(to(ROOT, 'kms:*'), to(role, 'kms:Decrypt')) })
  await assert.rejects(
    put(),
    refusal('MalformedPolicyDocumentException', 'Policy contains a statement with one or more invalid principals.'),
  )
  w.people.ids.set(role, 'AROAsoon')
  await put()
  // The role is deleted, and shown by its id; one that is made again is not let in. Source: kms.md 8.2.
  w.people.ids.set(role, 'AROAother')
  assert.match((await w.ask('GetKeyPolicy', { KeyId })).Policy, /"AROAsoon"/)
})

test('PutKeyPolicy: malformed documents, ForAllValues on the context, 32,768 bytes (kms.md 8.2, 15)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const put = (Policy: string) => w.ask('PutKeyPolicy', { KeyId, Policy })
  await assert.rejects(put('{'), { code: 'MalformedPolicyDocumentException' })
  await assert.rejects(put(policy({ Effect: 'Perhaps' })), { code: 'MalformedPolicyDocumentException' })
  const Condition = { 'ForAllValues:StringEquals': { 'kms:EncryptionContext:a': 'b' } }
  await assert.rejects(put(policy(to(ROOT, 'kms:*', { Condition }))), { code: 'MalformedPolicyDocumentException' })
  const full = policy(to(ROOT, 'kms:*'))
  await put(full.padEnd(32_768))
  await assert.rejects(put(full.padEnd(32_769)), { code: 'LimitExceededException' })
})

test('PutKeyPolicy on a key that AWS manages is denied to everybody (kms.md 13.1)', async () => {
  await using w = await world()
  const { keyArn } = await w.through((keys) => keys.generateDataKey(undefined, {}))
  for (const caller of [root(), admin()])
    await assert.rejects(w.ask('PutKeyPolicy', { KeyId: keyArn, Policy: policy(to(ROOT, 'kms:*')) }, { caller }), {
      code: 'AccessDeniedException',
    })
})
