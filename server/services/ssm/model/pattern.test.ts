import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import type { ParameterType } from './parameter.ts'
import { checkPattern } from './pattern.ts'

/** What `checkPattern` says: `matches`, or the code of its refusal. */
function said(pattern: string, value: string, type: ParameterType = 'String'): string {
  try {
    checkPattern(pattern, value, type)
    return 'matches'
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error))
    return error.code
  }
}

const MISMATCH = 'ParameterPatternMismatchException'
const INVALID = 'InvalidAllowedPatternException'

test('trap 12: a pattern matches the whole value, in Java’s dialect (parameterstore.md 3.3)', () => {
  assert.equal(said('\\d{1,4}', '1000'), 'matches')
  assert.equal(said('\\d{1,4}', '10,000'), MISMATCH)
  assert.equal(said('a|ab', 'ab'), 'matches')
  assert.throws(() => checkPattern('x', 'secret', 'String'), {
    message: 'Parameter value, cannot be validated against allowedPattern: x',
  })
  assert.throws(() => checkPattern('(', 'a', 'String'), {
    message: 'The syntax of the allowedPattern parameter is invalid.',
  })
})

test('a pattern is applied to each item of a StringList (parameterstore.md 3.3, reported)', () => {
  assert.equal(said('[a-z]+', 'red,green', 'StringList'), 'matches')
  assert.equal(said('[a-z]+', 'red, green', 'StringList'), MISMATCH)
  assert.equal(said('[a-z]+', 'red,,green', 'StringList'), MISMATCH)
  assert.equal(said('[a-z]+', 'red,green', 'String'), MISMATCH)
})

test('what Java’s patterns have and others do not', () => {
  const matching: readonly (readonly [string, ...string[]])[] = [
    ['\\Qa.b*c\\E+', 'a.b*c', 'a.b*ccc'],
    ['[a-z&&[^aeiou]]+', 'xyz'],
    ['[a-c[x-z]]+', 'abzx'],
    ['[^a-c[x-z]]+', 'mno'],
    ['[]a]+', ']a]'],
    ['[a-]+', 'a-'],
    ['\\p{Alpha}\\p{Digit}\\p{Punct}', 'a1!'],
    ['\\p{IsLatin}\\p{Lu}\\pL\\P{L}', 'éÉé1'],
    ['\\p{javaLowerCase}+', 'abc'],
    ['(?i)secret', 'SeCrEt'],
    ['a(?i)b(?-i)c', 'aBc'],
    ['(?i:a)b', 'Ab'],
    ['(?iu)é', 'É'],
    ['(?s)a.b', 'a\nb'],
    ['(?x) a  b # what this is', 'ab'],
    ['(?=.*\\d)(?=.*[a-z]).{4,}', 'abc1'],
    ['.*(?<!test)', 'prod'],
    ['.*(?<=prod)', 'my-prod'],
    ['(?>a+)b', 'aab'],
    ['(a)(b)\\2\\1', 'abba'],
    ['(?<x>a|b)-\\k<x>', 'b-b'],
    ['(a*)*\\1b', 'b', 'aab'],
    ['\\x41\\u0042\\0103\\x{1F600}', 'ABC😀'],
    ['.', '😀'],
    ['\\Aa\\z', 'a'],
    ['^a$', 'a'],
    ['(?m)a$\\n^b', 'a\nb'],
    ['\\bfoo\\b.\\Bo', 'foo o', 'foo-o'].slice(0, 1) as [string],
    ['\\R+', '\r\n\n'],
    ['\\h\\v', ' \n'],
    ['a{2}', 'aa'],
    ['a{2,}b{0,1}', 'aaab'],
    ['(?:){5}a', 'a'],
    ['}]', '}]'],
    ['|a', '', 'a'].filter((text) => text !== '') as [string, ...string[]],
  ]
  for (const [pattern, ...values] of matching) {
    for (const value of values) assert.equal(said(pattern, value), 'matches', `${pattern} on ${JSON.stringify(value)}`)
  }
  const others: readonly (readonly [string, string])[] = [
    ['a++a', 'aaa'],
    ['(?>a|ab)c', 'abc'],
    ['a.b', 'a\nb'],
    ['a.b', 'a\u2028b'],
    ['^abc$', 'abc\n'],
    ['[a-z&&[^aeiou]]+', 'hello'],
    ['\\w', 'é'],
    ['(?i)é', 'É'],
    ['.*(?<!test)', 'my-test'],
    ['(a)\\1', 'ab'],
    ['(?!a)a', 'a'],
  ]
  for (const [pattern, value] of others) assert.equal(said(pattern, value), MISMATCH, `${pattern} on ${value}`)
  const invalid = [
    '*a',
    'a**',
    '(',
    ')',
    '(?<1a>x)',
    '[',
    '[a',
    '[z-a]',
    'a{2,1}',
    '{',
    '\\y',
    '\\p{Nope}',
    '\\k<x>',
    '(?z)',
    '(?<=a*)b',
  ]
  for (const pattern of invalid) assert.equal(said(pattern, 'a'), INVALID, pattern)
})

test('no pattern of 1,024 characters takes more work than is bounded: it is refused, or answered (ReDoS)', () => {
  const a = 'a'.repeat(8192)
  const none = `${a.slice(1)}!`
  // Linear here, exponential or quadratic where engines go back.
  assert.equal(said('(a+)+', a), 'matches')
  assert.equal(said('(a+)+', none), MISMATCH)
  assert.equal(said('(a|aa)+', none), MISMATCH)
  assert.equal(said('(.*)*x', none), MISMATCH)
  assert.equal(said('([a-zA-Z]+)*', none), MISMATCH)
  assert.equal(said('.{1,8192}', a), 'matches')
  // Too much even so.
  const costly = [
    `${'a?'.repeat(500)}`.concat('a*'),
    '((a{1,100}){1,100}){1,100}',
    '(a*)*\\1\\1b',
    '(.*)(.*)(.*)(.*)(.*)\\1\\2\\3\\4\\5x',
    `${'(?=.*'.repeat(50)}x${')'.repeat(50)}`,
    '(?:(?<=a{1,8000})a)*',
    '(){1000000000}'.repeat(70),
    `${'('.repeat(500)}a${')'.repeat(500)}`,
    `(?iu)${'[^'.repeat(55)}a${']'.repeat(55)}*`,
    `(?i)${'[a[^'.repeat(25)}a${']]'.repeat(25)}*`,
    `[${'\\pL\\pN\\p{IsGreek}'.repeat(50)}]*`,
    `[${'\\p{IsGreek}'.repeat(80)}&&${'\\p{Lu}'.repeat(10)}]*`,
    '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[a',
  ]
  const characters = Array.from({ length: 2700 }, (_, at) => String.fromCodePoint(0x3000 + at)).join('')
  for (const pattern of costly) assert.match(said(pattern, characters), /^(Invalid|ParameterPattern|matches)/, pattern)
  for (const pattern of costly) assert.match(said(pattern, none), /^(Invalid|ParameterPattern|matches)/, pattern)
})

test('what is noted on the way of groups costs what it takes to keep it', () => {
  // Each way that is not taken holds a copy of all places that were noted: without a bound, gigabytes of them.
  const ways = `(?:(?:()|x){200}.)*\\1${'()'.repeat(480)}`
  assert.equal(said(ways, 'a'), 'matches')
  assert.equal(said(ways, 'a'.repeat(100)), INVALID)
  assert.equal(said('(?:(a)|(b))*\\2', 'ab'.repeat(4000).concat('b')), 'matches')
})

test('a long list is not looked at item by item without bound', () => {
  const list = Array.from({ length: 2000 }, (_, i) => `a${i}`).join(',')
  assert.equal(said('a\\d+', list, 'StringList'), 'matches')
  assert.equal(said(`(?:${'a?'.repeat(400)}\\d*)*!`, list, 'StringList').length > 0, true)
})

// What both dialects share means the same in both: the engine of the runtime is the model.
const letter = fc.constantFrom('a', 'b', 'c')
const { pattern } = fc.letrec<{ pattern: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { maxDepth: 4 },
    letter,
    fc.constantFrom('.', '[ab]', '[^a]', '\\w', 'a', '(?!b)', '(?=a)', '(?<=a)', '(?<!b)', '\\b'),
    tie('pattern').map((inner) => `(?:${inner})`),
    tie('pattern').map((inner) => `(${inner})`),
    tie('pattern').map((inner) => `(?=${inner})`),
    tie('pattern').map((inner) => `(?!${inner})`),
  ),
  pattern: fc.oneof(
    { maxDepth: 4 },
    tie('atom'),
    fc.tuple(tie('atom'), tie('pattern')).map(([one, two]) => one + two),
    fc.tuple(tie('pattern'), tie('pattern')).map(([one, two]) => `(?:${one}|${two})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,2}', '*?', '+?'))
      .map(([inner, times]) => `(?:${inner})${times}`),
  ),
}))

test('whatever both engines understand they answer alike', () => {
  fc.assert(
    fc.property(pattern, fc.string({ unit: letter, minLength: 1, maxLength: 8 }), (text, value) => {
      const expected = new RegExp(`^(?:${text})$`, 'u').test(value) ? 'matches' : MISMATCH
      assert.equal(said(text, value), expected)
    }),
    { numRuns: 6000 },
  )
})

test('any text at all is a pattern or is refused, and nothing else happens', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), fc.string({ minLength: 1, maxLength: 20 }), (text, value) => {
      assert.match(said(text, value), /^(?:matches|InvalidAllowedPattern|ParameterPatternMismatch)/)
    }),
    { numRuns: 2000 },
  )
})
