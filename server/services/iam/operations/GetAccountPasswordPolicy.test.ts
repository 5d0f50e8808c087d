import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, trial } from '../test/trial.ts'

test('GetAccountPasswordPolicy says NoSuchEntity when there is none (text as clients report it)', async () => {
  await using iam = await trial()
  const text = `The Password Policy with domain name ${ACCOUNT} cannot be found.`
  await iam.refused('GetAccountPasswordPolicy', {}, 'NoSuchEntity', text)
})

test('GetAccountPasswordPolicy tells what was set; without an age passwords do not expire', async () => {
  await using iam = await trial()
  await iam.call('UpdateAccountPasswordPolicy', { MinimumPasswordLength: 12, RequireSymbols: true })
  assert.equal(
    await iam.wire('Action=GetAccountPasswordPolicy'),
    '<PasswordPolicy><MinimumPasswordLength>12</MinimumPasswordLength><RequireSymbols>true</RequireSymbols><RequireNumbers>false</RequireNumbers><RequireUppercaseCharacters>false</RequireUppercaseCharacters><RequireLowercaseCharacters>false</RequireLowercaseCharacters><AllowUsersToChangePassword>false</AllowUsersToChangePassword><ExpirePasswords>false</ExpirePasswords><HardExpiry>false</HardExpiry></PasswordPolicy>',
  )
})

test('GetAccountPasswordPolicy is refused on *', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:GetUser'))
  const text = `User: ${alice.arn} is not authorized to perform: iam:GetAccountPasswordPolicy on resource: * because no identity-based policy allows the iam:GetAccountPasswordPolicy action`
  await iam.refused('GetAccountPasswordPolicy', {}, 'AccessDenied', text, alice)
})
