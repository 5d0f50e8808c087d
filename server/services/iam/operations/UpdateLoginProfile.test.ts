import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import { verifyPassword } from '../sign-in.ts'
import { ACCOUNT, type Trial, trial } from '../test/trial.ts'

const knows = async (iam: Trial, password: string) => {
  const signIn = { account: ACCOUNT, userName: 'alice', password: new Secret(password), now: iam.clock.now() }
  return (await verifyPassword(iam.storage, iam.vault, signIn))?.password
}

test('UpdateLoginProfile replaces the password; what is not said stays', async () => {
  await using iam = await trial()
  const UserName = 'alice'
  await iam.call('CreateUser', { UserName })
  await iam.call('CreateLoginProfile', { UserName, Password: 'First horse 1', PasswordResetRequired: true })
  assert.equal(await iam.call('UpdateLoginProfile', { UserName, Password: 'Second horse 1' }), undefined)
  assert.equal(await knows(iam, 'First horse 1'), undefined)
  assert.equal(await knows(iam, 'Second horse 1'), 'to be changed')
  await iam.call('UpdateLoginProfile', { UserName, PasswordResetRequired: false })
  assert.equal(await knows(iam, 'Second horse 1'), 'good')
  await iam.call('UpdateLoginProfile', { UserName })
  assert.equal(await knows(iam, 'Second horse 1'), 'good')
})

test('UpdateLoginProfile refuses what AWS refuses', async () => {
  await using iam = await trial()
  const UserName = 'alice'
  await iam.refused('UpdateLoginProfile', { UserName }, 'NoSuchEntity', 'The user with name alice cannot be found.')
  await iam.call('CreateUser', { UserName })
  const none = 'Login Profile for User alice cannot be found.'
  await iam.refused('UpdateLoginProfile', { UserName, Password: 'Right horse 1' }, 'NoSuchEntity', none)
  await iam.call('CreateLoginProfile', { UserName, Password: 'First horse 1' })
  await iam.refused('UpdateLoginProfile', { UserName, Password: 'weak' }, 'PasswordPolicyViolation')
  await iam.refused('UpdateLoginProfile', { Password: 'Right horse 1' }, 'ValidationError', /Value null at 'userName'/)
})

test('of two changes at once the one that judged an older password is sent away', async () => {
  await using iam = await trial()
  const UserName = 'alice'
  await iam.call('CreateUser', { UserName })
  await iam.call('CreateLoginProfile', { UserName, Password: 'First horse 1' })
  const both = ['Second horse 1', 'Third horse 1'].map((Password) =>
    iam.call('UpdateLoginProfile', { UserName, Password }),
  )
  const failed = (await Promise.allSettled(both)).filter(({ status }) => status === 'rejected')
  assert.equal(failed.length, 1)
  assert.equal((failed[0] as PromiseRejectedResult).reason.code, 'EntityTemporarilyUnmodifiable')
})
