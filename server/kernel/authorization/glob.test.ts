import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codesOf, covers, globOf } from '#kernel/authorization/glob'

const matches = (pattern: string, text: string) => covers(globOf(codesOf(pattern, true)), text)

test('globs cover whole texts', () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['a', 'a', true],
    ['a', 'ab', false],
    ['a*', 'a', true],
    ['*a', 'ba', true],
    ['*a', 'ab', false],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'acb', false],
    ['*ab', 'aab', true],
    ['?', '', false],
    ['?', '\u{1f511}', true],
    ['??', '\u{1f511}', false],
    ['*?', '\u{1f511}', true],
    ['*??', '\u{1f511}', false],
    ['**a**', 'bab', true],
    ['.*', 'ab', false],
    ['[a]', 'a', false],
  ]
  for (const [pattern, text, expected] of rows) assert.equal(matches(pattern, text), expected, `${pattern} on ${text}`)
})

test('globs agree with the regular expression of the same meaning', () => {
  const small = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 })
  fc.assert(
    fc.property(small, text, (pattern, on) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's')
      return matches(pattern, on) === expression.test(on)
    }),
    { numRuns: 2000 },
  )
})

test('globs stay quick on patterns that make regular expressions hang (access.md 7, 32)', () => {
  const glob = globOf(codesOf(`${'*a'.repeat(1000)}*b`, true))
  const text = 'a'.repeat(4000)
  const start = process.cpuUsage().user
  assert.equal(covers(glob, text), false)
  assert.ok(process.cpuUsage().user - start < 500_000, 'half a second of CPU')
})

test('a part of a text is compared as the part alone', () => {
  const glob = (pattern: string) => globOf(codesOf(pattern, true))
  for (const pattern of ['b', 'b*', '?', '*', 'b?']) {
    assert.equal(covers(glob(pattern), 'abbc', 1, 2), covers(glob(pattern), 'b'), pattern)
  }
})
