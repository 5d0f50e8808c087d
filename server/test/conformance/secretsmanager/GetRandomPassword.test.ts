import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused, session } from '../session.ts'

// Source: secretsmanager.md 8.7.
const { secrets } = await session()

async function password(rules: Parameters<typeof secrets.getRandomPassword>[0] = {}): Promise<string> {
  return (await secrets.getRandomPassword(rules)).RandomPassword ?? ''
}

test('a password of defaults has 32 characters with each of the four types', async () => {
  const drawn = await password()
  assert.match(drawn, /^[!-~]{32}$/)
  for (const type of [/[a-z]/, /[A-Z]/, /[0-9]/, /[!-/:-@[-`{-~]/]) assert.match(drawn, type)
  assert.notEqual(drawn, await password())
})

test('switches and excluded characters hold for every character', async () => {
  const onlyDigits = { ExcludeLowercase: true, ExcludeUppercase: true, ExcludePunctuation: true }
  assert.match(await password({ ...onlyDigits, PasswordLength: 4096 }), /^[0-9]{4096}$/)
  assert.match(await password({ ...onlyDigits, ExcludeCharacters: '012345678', PasswordLength: 9 }), /^9{9}$/)
  assert.match(await password({ PasswordLength: 100, ExcludePunctuation: true, IncludeSpace: true }), / /)
  assert.match(await password({ PasswordLength: 1, RequireEachIncludedType: false }), /^[!-~]$/)
})

test('a length that can’t be is refused', async () => {
  await refused(
    secrets.getRandomPassword({ PasswordLength: 3 }),
    'InvalidParameterException',
    'Password length is too short based on the required types.',
  )
  await refused(
    secrets.getRandomPassword({ PasswordLength: 4097 }),
    'ValidationException',
    "1 validation error detected: Value '4097' at 'passwordLength' failed to satisfy constraint: Member must have value less than or equal to 4096",
  )
  const nothing = {
    ExcludeLowercase: true,
    ExcludeUppercase: true,
    ExcludePunctuation: true,
    ExcludeNumbers: true,
  }
  await refused(secrets.getRandomPassword(nothing), 'InvalidParameterException')
})
