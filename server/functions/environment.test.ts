import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passwordOptions, refusalOf, variableNames } from './environment.ts'
import { fault } from './test/fault.ts'

/** Source: rotation.md 8.3; API_GetRandomPassword. */

const refused = (variables: Readonly<Record<string, string>>) => refusalOf(new Map(Object.entries(variables)))
const engine = { excludeCharacters: '/@"\'\\', passwordLength: 32 }

test('a function without an environment has the password policy of its engine', () => {
  assert.deepEqual(passwordOptions(engine, new Map()), {
    PasswordLength: 32,
    ExcludeCharacters: '/@"\'\\',
    ExcludeNumbers: false,
    ExcludePunctuation: false,
    ExcludeUppercase: false,
    ExcludeLowercase: false,
    RequireEachIncludedType: true,
  })
})

test('each published variable is taken, and nothing else', () => {
  assert.deepEqual(variableNames.toSorted(), [
    'EXCLUDE_CHARACTERS',
    'EXCLUDE_LOWERCASE',
    'EXCLUDE_NUMBERS',
    'EXCLUDE_PUNCTUATION',
    'EXCLUDE_UPPERCASE',
    'PASSWORD_LENGTH',
    'REQUIRE_EACH_INCLUDED_TYPE',
    'USERNAME_CHARACTER_LIMIT',
  ])
  for (const good of [
    { PASSWORD_LENGTH: '4' },
    { PASSWORD_LENGTH: '4096', EXCLUDE_CHARACTERS: '' },
    { EXCLUDE_PUNCTUATION: 'Yes', REQUIRE_EACH_INCLUDED_TYPE: 'n' },
    { USERNAME_CHARACTER_LIMIT: '32' },
    { PASSWORD_LENGTH: '1', REQUIRE_EACH_INCLUDED_TYPE: 'false' },
  ])
    assert.equal(refused(good), undefined)
  assert.match(
    refused({ PASSWORD_LENGHT: '8' }) ?? '',
    /^PASSWORD_LENGHT is not a variable of built-in functions: EXCL/,
  )
  assert.match(refused({ DB_CA_FILE: '/etc/passwd' }) ?? '', /names a file of the server: its operator sets it/)
})

test('nonsense is refused when it is configured', () => {
  for (const wrong of ['', 'x', '0', '-1', '4097', '1e3', '8.5', '9'.repeat(30)])
    assert.equal(refused({ PASSWORD_LENGTH: wrong }), 'PASSWORD_LENGTH must be a whole number from 1 to 4096')
  for (const wrong of ['', 'on', 'maybe']) assert.match(refused({ EXCLUDE_NUMBERS: wrong }) ?? '', /neither true nor/)
  assert.match(refused({ USERNAME_CHARACTER_LIMIT: '33' }) ?? '', /from 1 to 32/)
  assert.equal(refused({ EXCLUDE_CHARACTERS: 'x'.repeat(4097) }), 'EXCLUDE_CHARACTERS is too long')
  const every = { EXCLUDE_NUMBERS: 'true', EXCLUDE_UPPERCASE: 'true', EXCLUDE_LOWERCASE: 'true' }
  assert.match(refused({ ...every, EXCLUDE_PUNCTUATION: '1' }) ?? '', /^all characters of passwords are excluded/)
  assert.match(refused({ EXCLUDE_CHARACTERS: '0123456789' }) ?? '', /a type of which all are excluded/)
  assert.match(refused({ PASSWORD_LENGTH: '3' }) ?? '', /less than the 4 types of characters/)
})

test('nonsense that was configured in some other way ends in a fault, before anybody is asked for a password', () => {
  for (const [name, value] of [
    ['PASSWORD_LENGTH', '0'],
    ['PASSWORD_LENGTH', '4097'],
    ['PASSWORD_LENGTH', '3'],
    ['EXCLUDE_CHARACTERS', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  ] as const)
    assert.throws(
      () => passwordOptions(engine, new Map([[name, value]])),
      fault(/^The environment of the function does not do: /),
    )
})

test('characters that an engine cannot have in a password are left out whatever the environment says', () => {
  const oracle = { ...engine, neverInPasswords: '"' }
  assert.equal(passwordOptions(oracle, new Map([['EXCLUDE_CHARACTERS', '!']])).ExcludeCharacters, '!"')
  assert.equal(passwordOptions(oracle, new Map()).ExcludeCharacters, '/@"\'\\')
})
