import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conforms, DEFAULT_RULES, expiryOf } from './password.ts'

test('without a policy: 8 characters of three kinds (User Guide, default password policy)', () => {
  for (const good of ['Abcdefg1', 'abcdef1!', 'ABCDEF1!', 'Abcdefg!'])
    assert.equal(conforms(good, undefined), true, good)
  for (const bad of ['Abcdef1', 'abcdefg1', 'ABCDEFGH', '12345678!', 'Abcdefgé']) {
    assert.equal(conforms(bad, undefined), false, bad)
  }
})

test('a policy asks for what it names', () => {
  const cases: readonly [Partial<typeof DEFAULT_RULES>, string, string][] = [
    [{}, 'aaaaaa', 'aaaaa'],
    [{ MinimumPasswordLength: 10 }, 'aaaaaaaaaa', 'aaaaaaaaa'],
    [{ RequireSymbols: true }, "aaaaa'", 'aaaaa~'],
    [{ RequireNumbers: true }, 'aaaaa0', 'aaaaa²'],
    [{ RequireUppercaseCharacters: true }, 'aaaaaZ', 'aaaaaÉ'],
    [{ RequireLowercaseCharacters: true }, 'AAAAAz', 'AAAAAé'],
  ]
  for (const [rules, good, bad] of cases) {
    assert.equal(conforms(good, { ...DEFAULT_RULES, ...rules }), true, good)
    assert.equal(conforms(bad, { ...DEFAULT_RULES, ...rules }), false, bad)
  }
})

test('a password expires so many days after it was changed', () => {
  assert.equal(expiryOf(1000, undefined), undefined)
  assert.equal(expiryOf(1000, DEFAULT_RULES), undefined)
  assert.equal(expiryOf(1000, { ...DEFAULT_RULES, MaxPasswordAge: 90 }), 1000 + 90 * 86_400_000)
})
