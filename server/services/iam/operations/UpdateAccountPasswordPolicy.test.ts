import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('UpdateAccountPasswordPolicy sets all; what is not given gets its default again (API_UpdateAccountPasswordPolicy)', async () => {
  await using iam = await trial()
  const all = {
    MinimumPasswordLength: 128,
    RequireSymbols: true,
    RequireNumbers: true,
    RequireUppercaseCharacters: true,
    RequireLowercaseCharacters: true,
    AllowUsersToChangePassword: true,
    MaxPasswordAge: 1095,
    PasswordReusePrevention: 24,
    HardExpiry: true,
  }
  await iam.call('UpdateAccountPasswordPolicy', all)
  const { PasswordPolicy } = await iam.call('GetAccountPasswordPolicy')
  assert.deepEqual(PasswordPolicy, { ...all, ExpirePasswords: true })
  await iam.call('UpdateAccountPasswordPolicy', {})
  const { PasswordPolicy: bare } = await iam.call('GetAccountPasswordPolicy')
  assert.deepEqual(bare, {
    MinimumPasswordLength: 6,
    RequireSymbols: false,
    RequireNumbers: false,
    RequireUppercaseCharacters: false,
    RequireLowercaseCharacters: false,
    AllowUsersToChangePassword: false,
    ExpirePasswords: false,
    MaxPasswordAge: undefined,
    PasswordReusePrevention: undefined,
    HardExpiry: false,
  })
})

test('UpdateAccountPasswordPolicy bounds its figures, and names all that break a bound', async () => {
  await using iam = await trial()
  await iam.refused(
    'UpdateAccountPasswordPolicy',
    { MinimumPasswordLength: 129, MaxPasswordAge: 1096, PasswordReusePrevention: 25 },
    'ValidationError',
    "3 validation errors detected: Value '129' at 'minimumPasswordLength' failed to satisfy constraint: Member must have value less than or equal to 128; Value '1096' at 'maxPasswordAge' failed to satisfy constraint: Member must have value less than or equal to 1095; Value '25' at 'passwordReusePrevention' failed to satisfy constraint: Member must have value less than or equal to 24",
  )
  for (const low of [{ MinimumPasswordLength: 5 }, { MaxPasswordAge: 0 }, { PasswordReusePrevention: 0 }]) {
    await iam.refused('UpdateAccountPasswordPolicy', low, 'ValidationError', /greater than or equal to/)
  }
})
