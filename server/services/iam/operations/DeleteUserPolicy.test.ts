import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('DeleteUserPolicy takes the permission away at once, whatever the case of the name (access.md 7, 21)', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document())
  assert.equal(alice.policies.length, 1)
  await iam.call('DeleteUserPolicy', { UserName: 'alice', PolicyName: 'OWN' })
  assert.equal((await iam.callerOf(alice.accessKeyId)).policies.length, 0)
  const text = 'The user policy with name own cannot be found.'
  await iam.refused('DeleteUserPolicy', { UserName: 'alice', PolicyName: 'own' }, 'NoSuchEntity', text)
})
