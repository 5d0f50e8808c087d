import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('DeleteLoginProfile takes the password away, and says so when there is none', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:*'))
  const make = () => iam.call('CreateLoginProfile', { UserName: 'alice', Password: 'Right horse 1' })
  const none = 'Login Profile for User alice cannot be found.'
  await iam.refused('DeleteLoginProfile', { UserName: 'alice' }, 'NoSuchEntity', none)
  await make()
  assert.equal(await iam.call('DeleteLoginProfile', { UserName: 'alice' }), undefined)
  await iam.refused('GetLoginProfile', { UserName: 'alice' }, 'NoSuchEntity', none)
  await make()
  await iam.call('DeleteLoginProfile', {}, alice)
  await iam.refused('DeleteLoginProfile', {}, 'NoSuchEntity', none, alice)
  await iam.refused('DeleteLoginProfile', {}, 'ValidationError', /^Must specify userName/)
  await iam.refused('DeleteLoginProfile', { UserName: 'bob' }, 'NoSuchEntity', /user with name bob/)
})

test('a user with a password is not deleted (API_DeleteUser)', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice' })
  await iam.call('CreateLoginProfile', { UserName: 'alice', Password: 'Right horse 1' })
  const text = 'Cannot delete entity, must delete login profile first.'
  await iam.refused('DeleteUser', { UserName: 'alice' }, 'DeleteConflict', text)
  await iam.call('DeleteLoginProfile', { UserName: 'alice' })
  await iam.call('DeleteUser', { UserName: 'alice' })
})
