import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('GetLoginProfile says NoSuchEntity for who has no password (access.md 3.3)', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:GetLoginProfile'))
  const text = 'Login Profile for User alice cannot be found.'
  await iam.refused('GetLoginProfile', { UserName: 'alice' }, 'NoSuchEntity', text)
  await iam.refused('GetLoginProfile', {}, 'NoSuchEntity', text, alice)
  await iam.refused('GetLoginProfile', { UserName: 'bob' }, 'NoSuchEntity', 'The user with name bob cannot be found.')
  await iam.refused('GetLoginProfile', {}, 'ValidationError', /^Must specify userName/)
})

test('GetLoginProfile on the wire, the calling user without a name', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:GetLoginProfile'))
  await iam.call('CreateLoginProfile', { UserName: 'alice', Password: 'Right horse 1' })
  const { LoginProfile } = await iam.call('GetLoginProfile', {}, alice)
  assert.equal(LoginProfile.UserName, 'alice')
  assert.equal(
    await iam.wire('Action=GetLoginProfile&UserName=alice'),
    '<LoginProfile><UserName>alice</UserName><CreateDate>2026-03-15T10:30:00Z</CreateDate><PasswordResetRequired>false</PasswordResetRequired></LoginProfile>',
  )
})
