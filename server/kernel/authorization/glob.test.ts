import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fill, ranShort, stepsLeft } from '#kernel/authorization/budget'
import { ANY_ONE, ANY_RUN, codesOf, covers, globOf } from '#kernel/authorization/glob'

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

test('globs agree with a matcher that walks pattern and text unit by unit, also on pairs and parts of texts', () => {
  const unit = fc.constantFrom('a', 'b', '*', '?', '\u{1f511}')
  const pattern = fc.oneof(
    fc.string({ unit, maxLength: 10 }),
    // Literals that are too long for indexOf, with and without a beginning that comes again.
    fc
      .array(fc.oneof(fc.constantFrom('*', '?', '*b'), fc.constantFrom(`${'a'.repeat(18)}b`, `${'ab'.repeat(10)}aa`)))
      .map((parts) => parts.join('')),
  )
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'b', '\u{1f511}', '\ud83d', '\udd11'), maxLength: 12 }),
    fc.array(fc.constantFrom('a', 'a', 'ab', 'b', 'a'.repeat(9), 'ab'.repeat(5))).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(pattern, text, fc.nat(5), fc.nat(5), (written, on, before, after) => {
      const codes = codesOf(written, true)
      const from = Math.min(before, on.length)
      const to = Math.max(from, on.length - after)
      assert.equal(covers(globOf(codes), on, from, to), walk(codes, on, from, to), `${written} on ${on} ${from} ${to}`)
    }),
    { numRuns: 5000 },
  )
})

/** Two pointers: after a mismatch the last `*` takes one character more. Slow and plain: pattern × text. */
function walk(codes: readonly number[], text: string, from: number, to: number): boolean {
  const width = (at: number) => (at + 1 < to && /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at, at + 2)) ? 2 : 1)
  let [at, step, star, resume] = [from, 0, -1, 0]
  while (at < to) {
    const code = codes[step]
    if (code === ANY_RUN) {
      star = step++
      resume = at
    } else if (code === ANY_ONE) {
      at += width(at)
      step++
    } else if (code === text.charCodeAt(at)) {
      at++
      step++
    } else if (star >= 0) {
      resume += width(resume)
      at = resume
      step = star + 1
    } else return false
  }
  while (codes[step] === ANY_RUN) step++
  return step === codes.length
}

/** Steps that a pattern takes on a text. */
function stepsOf(pattern: string, text: string): number {
  const glob = globOf(codesOf(pattern, true))
  fill(Number.MAX_SAFE_INTEGER)
  const covered = covers(glob, text)
  assert.equal(covered, false, pattern.slice(0, 20))
  const steps = Number.MAX_SAFE_INTEGER - stepsLeft()
  fill()
  return steps
}

test('globs take steps in proportion to pattern and text together, not to their product (access.md 7, 32)', () => {
  const text = 'a'.repeat(8000)
  const long = 'a'.repeat(4000)
  for (const pattern of [`*${long}b`, `*${long}b*`, `*b${long}*`, `*${long}b${long}*`, `${'*a'.repeat(1000)}*b`]) {
    const steps = stepsOf(pattern, text)
    assert.ok(steps <= 2 * (pattern.length + text.length), `${steps} steps for ${pattern.slice(0, 8)}…`)
  }
  assert.ok(stepsOf(`*${'a'.repeat(15)}b*`, text) <= 2 * text.length)
})

test('globs with question marks stop when the budget of the decision is used up', () => {
  const glob = globOf(codesOf(`*${'a'.repeat(2000)}?${'a'.repeat(2000)}b*`, true))
  const text = 'a'.repeat(8000)
  fill(10_000)
  covers(glob, text)
  assert.deepEqual([ranShort(), stepsLeft()], [true, 0])
  fill()
})

test('a part of a text is compared as the part alone', () => {
  const glob = (pattern: string) => globOf(codesOf(pattern, true))
  for (const pattern of ['b', 'b*', '?', '*', 'b?']) {
    assert.equal(covers(glob(pattern), 'abbc', 1, 2), covers(glob(pattern), 'b'), pattern)
  }
})
