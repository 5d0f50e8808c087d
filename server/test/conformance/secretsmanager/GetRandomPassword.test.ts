import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused, session } from '../session.ts'
import { allow, personOf, wireOf } from './rig.ts'

/** Source: secretsmanager.md 8.7, 8.0. */
const { server, ...clients } = await session()
const { secrets } = clients
const wire = wireOf(server)

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

test('it answers one member; an empty request and null members mean the defaults', async () => {
  for (const input of [{}, '', { PasswordLength: null, RequireEachIncludedType: null }]) {
    const { json } = await wire('GetRandomPassword', input)
    assert.deepEqual(Object.keys(json), ['RandomPassword'])
    assert.match(json.RandomPassword, /^[!-~]{32}$/)
  }
})

test('the 32 signs, 26 letters of each case and 10 digits are all drawn, and space when it is asked for', async () => {
  const drawn = new Set(await password({ PasswordLength: 4096 }))
  const printable = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at))
  assert.deepEqual([...drawn].sort(), printable)
  assert.ok(new Set(await password({ PasswordLength: 4096, IncludeSpace: true })).has(' '))
})

test('bounds: 1 to 4096 characters, up to 4096 excluded ones', async () => {
  const one = { PasswordLength: 1, RequireEachIncludedType: false }
  assert.equal((await password(one)).length, 1)
  assert.equal((await password({ PasswordLength: 4096 })).length, 4096)
  await refused(
    password({ PasswordLength: 0 }),
    'ValidationException',
    "1 validation error detected: Value '0' at 'passwordLength' failed to satisfy constraint: Member must have value greater than or equal to 1",
  )
  assert.match(await password({ ExcludeCharacters: 'x'.repeat(4096) }), /^[^x]{32}$/)
  assert.equal((await password({ ExcludeCharacters: '' })).length, 32)
  await refused(
    password({ ExcludeCharacters: 'x'.repeat(4097) }),
    'ValidationException',
    /at 'excludeCharacters' failed to satisfy constraint: Member must have length less than or equal to 4096$/,
  )
})

test('each included type is there, at the least length that holds them, and not when that is not asked for', async () => {
  for (let times = 0; times < 20; times++) {
    const drawn = await password({ PasswordLength: 5, IncludeSpace: true })
    for (const type of [/[a-z]/, /[A-Z]/, /[0-9]/, /[!-/:-@[-`{-~]/, / /]) assert.match(drawn, type)
  }
  const short = 'Password length is too short based on the required types.'
  await refused(password({ PasswordLength: 4, IncludeSpace: true }), 'InvalidParameterException', short)
  assert.equal((await password({ PasswordLength: 3, ExcludeNumbers: true })).length, 3)
  assert.equal((await password({ PasswordLength: 2, RequireEachIncludedType: false })).length, 2)
})

test('what is excluded is taken out before drawing: the length always holds', async () => {
  const all = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at)).join('')
  assert.equal(await password({ ExcludeCharacters: all.replace('q', ''), PasswordLength: 7 }), 'qqqqqqq')
  // Assumed: types that are all excluded are not required.
  assert.match(await password({ ExcludeCharacters: '0123456789', PasswordLength: 3 }), /^[!-~]{3}$/)
  await refused(password({ ExcludeCharacters: all }), 'InvalidParameterException')
  assert.equal(await password({ ExcludeCharacters: all, IncludeSpace: true, PasswordLength: 4 }), '    ')
})

test('it needs its permission on everything; no resource is in the sentence', async () => {
  const drawer = await personOf(server, clients, 'drawer')
  const draw = () => drawer.secrets.getRandomPassword({})
  await refused(draw(), 'AccessDeniedException', drawer.denied('GetRandomPassword'))
  await drawer.may(allow('secretsmanager:GetRandomPassword', 'arn:aws:secretsmanager:*:*:secret:*'))
  await refused(draw(), 'AccessDeniedException', drawer.denied('GetRandomPassword'))
  await drawer.may(allow('secretsmanager:GetRandomPassword'))
  assert.equal((await draw()).RandomPassword?.length, 32)
})
