import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import { systemRandom } from '#kernel/random'
import { type PasswordRules, passwordOf } from './password.ts'

const below = systemRandom.below
const types = {
  ExcludeLowercase: /[a-z]/,
  ExcludeUppercase: /[A-Z]/,
  ExcludeNumbers: /[0-9]/,
  ExcludePunctuation: /[!-/:-@[-`{-~]/,
} as const

/** Every combination of the switches, without length and excluded characters. */
function* combinations(): Generator<PasswordRules> {
  const names = [...Object.keys(types), 'IncludeSpace', 'RequireEachIncludedType']
  for (let bits = 0; bits < 2 ** names.length; bits++) {
    yield Object.fromEntries(names.map((name, at) => [name, (bits & (1 << at)) !== 0]))
  }
}

function refusal(rules: PasswordRules): string {
  try {
    passwordOf(rules, below)
  } catch (error) {
    assert.ok(error instanceof ApiError)
    return `${error.code}: ${error.message}`
  }
  return 'taken'
}

/** What the rules let in: one expression per included type. */
function included(rules: PasswordRules): RegExp[] {
  const kept = Object.entries(types).filter(([name]) => rules[name as keyof PasswordRules] !== true)
  return [...kept.map(([, type]) => type), ...(rules.IncludeSpace === true ? [/ /] : [])]
}

test('a password has 32 characters of every type but space when nothing is asked for (source: API_GetRandomPassword)', () => {
  for (let i = 0; i < 200; i++) {
    const password = passwordOf({}, below)
    assert.match(password, /^[!-~]{32}$/)
    for (const type of Object.values(types)) assert.match(password, type)
  }
})

test('every combination of the switches gives exactly the length and only included types', () => {
  for (const rules of combinations()) {
    const wanted = included(rules)
    if (wanted.length === 0) {
      assert.match(refusal(rules), /^InvalidParameterException: /)
      continue
    }
    for (const PasswordLength of [wanted.length, 5, 32, 4096]) {
      const password = passwordOf({ ...rules, PasswordLength }, below)
      assert.equal(password.length, PasswordLength)
      const any = new RegExp(`^(?:${wanted.map((type) => type.source).join('|')})*$`)
      assert.match(password, any)
      if (rules.RequireEachIncludedType) for (const type of wanted) assert.match(password, type)
    }
  }
})

test('excluded characters never appear and never shorten the password', () => {
  const pool = fc.constantFrom(...Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)))
  const excluded = fc.string({ unit: pool, maxLength: 95 })
  const flag = fc.option(fc.boolean(), { nil: undefined })
  const rules = fc.record({
    ExcludeCharacters: excluded,
    PasswordLength: fc.integer({ min: 5, max: 200 }),
    ExcludeNumbers: flag,
    ExcludePunctuation: flag,
    ExcludeUppercase: flag,
    ExcludeLowercase: flag,
    IncludeSpace: flag,
    RequireEachIncludedType: flag,
  })
  fc.assert(
    fc.property(rules, (rules) => {
      const left = [...Array(95).keys()]
        .map((at) => String.fromCharCode(32 + at))
        .filter((char) => !rules.ExcludeCharacters.includes(char) && included(rules).some((type) => type.test(char)))
      if (left.length === 0) return assert.match(refusal(rules), /^InvalidParameterException: /)
      const password = passwordOf(rules, below)
      assert.equal(password.length, rules.PasswordLength)
      for (const char of password) assert.ok(left.includes(char))
      if (rules.RequireEachIncludedType === false) return
      for (const type of included(rules)) if (left.some((char) => type.test(char))) assert.match(password, type)
    }),
  )
})

test('a length below the number of required types is refused, and is fine when they are not required', () => {
  const text = 'InvalidParameterException: Password length is too short based on the required types.'
  assert.equal(refusal({ PasswordLength: 3 }), text)
  assert.equal(refusal({ PasswordLength: 4, IncludeSpace: true }), text)
  assert.equal(passwordOf({ PasswordLength: 4 }, below).length, 4)
  assert.equal(passwordOf({ PasswordLength: 3, ExcludeNumbers: true }, below).length, 3)
  assert.equal(passwordOf({ PasswordLength: 1, RequireEachIncludedType: false }, below).length, 1)
})

test('every place of the password sees every type: required characters are not at its beginning', () => {
  const seen = Array.from({ length: 5 }, () => new Set<string>())
  for (let i = 0; i < 2000; i++) {
    const password = passwordOf({ PasswordLength: 5, IncludeSpace: true }, below)
    for (const [at, char] of [...password].entries()) {
      seen[at]?.add(
        included({ IncludeSpace: true })
          .findIndex((type) => type.test(char))
          .toString(),
      )
    }
  }
  for (const types of seen) assert.equal(types.size, 5)
})

test('draws are even: characters of 100,000 draws stay within six standard deviations', () => {
  const counts = new Map<string, number>()
  const rules = { PasswordLength: 4000, ExcludePunctuation: true, RequireEachIncludedType: false }
  for (let i = 0; i < 25; i++) {
    for (const char of passwordOf(rules, below)) counts.set(char, (counts.get(char) ?? 0) + 1)
  }
  assert.equal(counts.size, 62)
  const mean = 100_000 / 62
  for (const [char, count] of counts) {
    assert.ok(Math.abs(count - mean) < 6 * Math.sqrt(mean), `${char}: ${count}, expected about ${mean}`)
  }
})

test('draws use every number up to the end: places and characters follow the source of chance', () => {
  const drawn: number[] = []
  const password = passwordOf({ PasswordLength: 3, ExcludePunctuation: true }, (end) => {
    drawn.push(end)
    return end - 1
  })
  assert.deepEqual(drawn, [26, 26, 10, 3, 2])
  assert.equal(password, 'zZ9')
})
