import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

const FIRST = 'First horse 1'
const SECOND = 'Second horse 1'
const THIRD = 'Third horse 1'

async function withAlice(policy = document('iam:ChangePassword')) {
  const iam = await trial()
  const alice = await iam.user('alice', policy)
  await iam.call('CreateLoginProfile', { UserName: 'alice', Password: FIRST, PasswordResetRequired: true })
  const change = (OldPassword: string, NewPassword: string) =>
    iam.call('ChangePassword', { OldPassword, NewPassword }, alice)
  return { iam, alice, change, [Symbol.asyncDispose]: () => iam[Symbol.asyncDispose]() }
}

test('ChangePassword changes the own password, which need not be changed any more', async () => {
  await using it = await withAlice()
  assert.equal(await it.change(FIRST, SECOND), undefined)
  const { LoginProfile } = await it.iam.call('GetLoginProfile', { UserName: 'alice' })
  assert.equal(LoginProfile.PasswordResetRequired, false)
  await it.change(SECOND, THIRD)
})

test('ChangePassword refuses a wrong old password before it looks at the new one', async () => {
  await using it = await withAlice()
  const { iam, alice } = it
  const wrong = 'The old password was incorrect.'
  await iam.refused('ChangePassword', { OldPassword: SECOND, NewPassword: THIRD }, 'AccessDenied', wrong, alice)
  await iam.refused('ChangePassword', { OldPassword: SECOND, NewPassword: 'weak' }, 'AccessDenied', wrong, alice)
  const weak = 'Password does not conform to the account password policy.'
  await iam.refused(
    'ChangePassword',
    { OldPassword: FIRST, NewPassword: 'weak' },
    'PasswordPolicyViolation',
    weak,
    alice,
  )
  await iam.refused('ChangePassword', { OldPassword: FIRST }, 'ValidationError', /Value null at 'newPassword'/, alice)
})

test('ChangePassword does not take one of the last passwords, the present one counted (API_UpdateAccountPasswordPolicy)', async () => {
  await using it = await withAlice()
  const { iam, alice, change } = it
  await change(FIRST, SECOND)
  await iam.call('UpdateAccountPasswordPolicy', { PasswordReusePrevention: 2 })
  const reused = 'Policy constraint violation with password reuse prevention during password change.'
  for (const NewPassword of [SECOND, FIRST]) {
    await iam.refused('ChangePassword', { OldPassword: SECOND, NewPassword }, 'PasswordPolicyViolation', reused, alice)
  }
  const again = { UserName: 'alice', Password: FIRST }
  await iam.refused('UpdateLoginProfile', again, 'PasswordPolicyViolation', reused)
  await change(SECOND, THIRD)
  await change(THIRD, FIRST)
  await iam.call('UpdateAccountPasswordPolicy', {})
  await change(FIRST, FIRST)
})

test('ChangePassword needs iam:ChangePassword, or a policy that allows it to everybody', async () => {
  await using it = await withAlice(document('iam:GetUser'))
  const { iam, alice, change } = it
  const text = `User: ${alice.arn} is not authorized to perform: iam:ChangePassword on resource: user alice because no identity-based policy allows the iam:ChangePassword action`
  const members = { OldPassword: FIRST, NewPassword: SECOND }
  await iam.refused('ChangePassword', members, 'AccessDenied', text, alice)
  await iam.call('UpdateAccountPasswordPolicy', { AllowUsersToChangePassword: true })
  await change(FIRST, SECOND)
  const Deny = { Version: '2012-10-17', Statement: { Effect: 'Deny', Action: 'iam:*', Resource: '*' } }
  await iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'own', PolicyDocument: JSON.stringify(Deny) })
  const denied = await iam.callerOf(alice.accessKeyId)
  await iam.refused('ChangePassword', members, 'AccessDenied', /explicit deny/, denied)
})

test('a boundary bounds what the password policy allows to everybody', async () => {
  await using iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'edge', PolicyDocument: document('kms:*') })
  await iam.call('CreateUser', { UserName: 'bob', PermissionsBoundary: Policy.Arn })
  await iam.call('CreateLoginProfile', { UserName: 'bob', Password: FIRST })
  await iam.call('UpdateAccountPasswordPolicy', { AllowUsersToChangePassword: true })
  const { AccessKey } = await iam.call('CreateAccessKey', { UserName: 'bob' })
  const bob = await iam.callerOf(AccessKey.AccessKeyId)
  await iam.refused('ChangePassword', { OldPassword: FIRST, NewPassword: SECOND }, 'AccessDenied', undefined, bob)
})

test('ChangePassword is for users with a password only', async () => {
  await using iam = await trial()
  const members = { OldPassword: FIRST, NewPassword: SECOND }
  await iam.refused('ChangePassword', members, 'InvalidUserType', 'Only IAM Users can change their own password')
  const alice = await iam.user('alice', document('iam:*'))
  await iam.refused('ChangePassword', members, 'NoSuchEntity', 'Login Profile for User alice cannot be found.', alice)
})
