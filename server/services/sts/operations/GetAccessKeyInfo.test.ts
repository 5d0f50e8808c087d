import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OTHER, policy, trial } from '../test/trial.ts'

test('GetAccessKeyInfo names the account of a key, also of another account (access.md 4)', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice', policy('sts:GetAccessKeyInfo'))
  const info = (AccessKeyId: string) => sts.call('GetAccessKeyInfo', { AccessKeyId }, alice)
  assert.deepEqual(await info(alice.accessKeyId), { Account: '111122223333' })
  assert.deepEqual(await info(sts.otherRoot.accessKeyId), { Account: OTHER })
  await sts.refused('GetAccessKeyInfo', { AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }, alice, 'ValidationError')
})

test('GetAccessKeyInfo reads the account off the id of temporary credentials', async () => {
  await using sts = await trial()
  const { Credentials } = await sts.call('GetSessionToken', {}, sts.otherRoot)
  const { AccessKeyId } = Credentials
  assert.deepEqual(await sts.call('GetAccessKeyInfo', { AccessKeyId }, sts.root), { Account: OTHER })
})

test('GetAccessKeyInfo needs its permission', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  await sts.refused(
    'GetAccessKeyInfo',
    { AccessKeyId: alice.accessKeyId },
    alice,
    'AccessDenied',
    `User: ${alice.arn} is not authorized to perform: sts:GetAccessKeyInfo because no identity-based policy allows the sts:GetAccessKeyInfo action`,
  )
})
