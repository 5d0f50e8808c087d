// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like that
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AMBIGUOUS, conditionsOf, holds } from '#kernel/authorization/condition'
import { readJson } from '#kernel/authorization/json'
import type { ContextValue } from '#kernel/authorization/policy'

/** Operator, the policy's values, the request's value (undefined: absent), what holds. Source: access.md 5.4. */
type Row = readonly [operator: string, values: unknown, given: ContextValue | undefined, expected: boolean]

function check(operator: string, values: unknown, given: ContextValue | undefined, version = true): boolean {
  const block = readJson(JSON.stringify({ [operator]: { 'Aws:Key': values } }))
  const context = (key: string) => (key === 'aws:key' ? given : key === 'aws:username' ? 'alice' : undefined)
  return conditionsOf(block, version).every((condition) => holds(condition, context, true))
}

const KELVIN = '\u212a'
const rows: readonly Row[] = [
  ['StringEquals', 'a', 'a', true],
  ['StringEquals', 'a', 'A', false],
  ['StringEquals', ['a', 'b'], 'b', true],
  ['StringEquals', 'a*', 'ab', false],
  ['StringEquals', '', '', true],
  ['StringEquals', 5, '5', true],
  ['StringEquals', true, 'true', true],
  ['StringEquals', [], 'a', false],
  ['StringNotEquals', ['a', 'b'], 'b', false],
  ['StringNotEquals', ['a', 'b'], 'c', true],
  // Case folds by lower-casing whole strings (recorded).
  ['StringEqualsIgnoreCase', 'k', KELVIN, true],
  ['StringEqualsIgnoreCase', 'ß', 'ẞ', true],
  ['StringEqualsIgnoreCase', 'É', 'é', true],
  ['StringEqualsIgnoreCase', 'Σ', 'σ', true],
  ['StringEqualsIgnoreCase', 'ΟΣ', 'ος', true],
  ['StringEqualsIgnoreCase', 's', 'ſ', false],
  ['StringEqualsIgnoreCase', 'ß', 'SS', false],
  ['StringEqualsIgnoreCase', 'Σ', 'ς', false],
  ['StringEqualsIgnoreCase', 'ΟΣ', 'οσ', false],
  ['StringEqualsIgnoreCase', 'I', 'ı', false],
  ['StringEqualsIgnoreCase', 'i', 'İ', false],
  ['StringEqualsIgnoreCase', '${aws:username}', 'ALICE', true],
  ['StringNotEqualsIgnoreCase', 'A', 'a', false],
  ['StringLike', 'a*c?', 'abbcd', true],
  ['StringLike', 'a*', 'A', false],
  ['StringLike', '${aws:username}-*', 'alice-1', true],
  ['StringLike', '${aws:none}', 'x', false],
  ['StringNotLike', '${aws:none}', 'x', true],
  ['StringLike', "${aws:none, 'x*'}", 'x*', true],
  ['StringLike', "${aws:none, 'x*'}", 'xy', false],
  ['StringNotLike', 'a*', 'b', true],
  // Decimal forms (recorded).
  ...['01', '+1', '1.0', '1e0'].map((text): Row => ['NumericEquals', 1, text, true]),
  ...['', 'one', 'NaN', 'Infinity', '1 ', '0x1', '1e999'].flatMap((text): Row[] => [
    ['NumericEquals', 1, text, false],
    ['NumericLessThan', 9, text, false],
    ['NumericNotEquals', 1, text, true],
  ]),
  ['NumericLessThan', '10', '9', true],
  ['NumericLessThanEquals', 7, '7', true],
  ['NumericGreaterThan', 7, '7', false],
  ['NumericGreaterThanEquals', [9, 7], '8', true],
  ['DateEquals', '2026-01-01', '2026-01-01T00:00:00Z', true],
  ['DateEquals', '2026-01-01T01:00+01:00', '2026-01-01T00:00:00.000Z', true],
  ['DateEquals', '1767225600', '2026-01-01T00:00:00Z', true],
  ['DateLessThan', '2026-01-02', '2026-01-01T23:59:59.999Z', true],
  ['DateGreaterThan', '2026-01-02', '2026-01-01', false],
  ['DateLessThanEquals', '2026-01-01', '1767225600', true],
  ['DateGreaterThanEquals', '2025', '2026', true],
  ...['', 'soon', '2026-13-01', '2026-02-31'].flatMap((text): Row[] => [
    ['DateLessThan', '2100-01-01', text, false],
    ['DateNotEquals', '2100-01-01', text, true],
  ]),
  ['Bool', 'TRUE', 'true', true],
  ['Bool', false, 'False', true],
  ['Bool', 'true', 'yes', false],
  // Text that is no base64 agrees with nothing.
  ['BinaryEquals', '!!!!', '', false],
  ['BinaryEquals', '!!!!', '****', false],
  ['BinaryEquals', '', '', true],
  ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', true],
  ['BinaryEquals', 'QmluYXJ5', 'Qmlu', false],
  ['IpAddress', '203.0.113.0/24', '203.0.113.7', true],
  ['IpAddress', '203.0.113.0/24', '203.0.114.7', false],
  ['IpAddress', '203.0.113.7', '203.0.113.7', true],
  ['IpAddress', '2001:db8::/32', '2001:db8:1::5', true],
  ['IpAddress', '2001:db8::/33', '2001:db8:8000::', false],
  ['IpAddress', '203.0.113.0/24', '::ffff:203.0.113.7', true],
  ['IpAddress', '0.0.0.0/0', '::1', false],
  ['IpAddress', '0.0.0.0/0', 'somewhere', false],
  ['IpAddress', 'not-a-network', '1.2.3.4', false],
  ['NotIpAddress', ['10.0.0.0/8', '192.168.0.0/16'], '10.1.1.1', false],
  ['NotIpAddress', ['10.0.0.0/8', '192.168.0.0/16'], '172.16.0.1', true],
  ['ArnLike', 'arn:aws:iam::*:role/*', 'arn:aws:iam::111122223333:role/a/b:c', true],
  ['ArnLike', 'arn:*:role/a', 'arn:aws:iam::111122223333:role/a', false],
  ['ArnEquals', 'arn:aws:iam::11112222333?:user/${aws:username}', 'arn:aws:iam::111122223333:user/alice', true],
  ['ArnLike', '*', 'arn:aws:iam::111122223333:role/a', false],
  ['ArnNotLike', 'arn:aws:iam::*:role/a', 'arn:aws:iam::111122223333:role/b', true],
  ['Null', 'true', undefined, true],
  ['Null', 'false', undefined, false],
  ['Null', 'false', '', true],
  ['Null', true, [], true],
  ['Null', [true, false], 'x', true],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b'], true],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
  ['ForAllValues:StringEquals', ['a', 'b'], 'a', true],
  ['ForAllValues:StringNotEquals', ['a'], ['b', 'c'], true],
  ['ForAllValues:StringNotEquals', ['a'], ['a', 'c'], false],
  ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'a'], true],
  ['ForAnyValue:StringNotEquals', ['a'], ['a', 'b'], true],
  ['ForAnyValue:StringNotEquals', ['a'], ['a'], false],
  ['ForAnyValue:StringLikeIfExists', 'a*', undefined, true],
  // A plain operator on a key with several values never holds (recorded).
  ['StringEquals', 'a', ['a'], false],
  ['StringNotEquals', 'a', ['b'], false],
  ['StringEqualsIfExists', 'a', ['a'], false],
  // Keys that are absent, or empty lists: the table at the end of 5.4.
  ...[undefined, []].flatMap((absent): Row[] => [
    ['StringEquals', 'a', absent, false],
    ['StringNotEquals', 'a', absent, true],
    ['NotIpAddress', '10.0.0.0/8', absent, true],
    ['StringEqualsIfExists', 'a', absent, true],
    ['NumericLessThanIfExists', 1, absent, true],
    ['ForAllValues:StringEquals', 'a', absent, true],
    ['ForAnyValue:StringEquals', 'a', absent, false],
    ['ForAnyValue:StringNotEquals', 'a', absent, false],
  ]),
]

for (const [operator, values, given, expected] of rows) {
  test(`${operator} ${JSON.stringify(values)} with ${JSON.stringify(given)} is ${expected} (access.md 5.4)`, () => {
    assert.equal(check(operator, values, given), expected)
  })
}

test('variables are literal text in a document without the version (access.md 5.3)', () => {
  assert.equal(check('StringEquals', '${aws:username}', 'alice', false), false)
  assert.equal(check('StringEquals', '${aws:username}', '${aws:username}', false), true)
})

test('a key that the request carries twice opens nothing and keeps nothing from being shut', () => {
  const [condition] = conditionsOf(readJson('{"StringEquals":{"k":""}}'), true)
  assert.ok(condition)
  assert.equal(
    holds(condition, () => AMBIGUOUS, true),
    false,
  )
  assert.equal(
    holds(condition, () => AMBIGUOUS, false),
    true,
  )
})

test('unknown operators and values of other types are refused', () => {
  for (const block of [
    '{"Equals":{"k":"v"}}',
    '{"stringequals":{"k":"v"}}',
    '{"NullIfExists":{"k":"true"}}',
    '{"ForAllValues:Null":{"k":"true"}}',
    '{"__proto__":{"k":"v"}}',
    '{"toString":{"k":"v"}}',
    '{"StringEquals":{"k":null}}',
    '{"StringEquals":{"k":{"a":"b"}}}',
    '{"StringEquals":"v"}',
    '"StringEquals"',
  ]) {
    assert.throws(() => conditionsOf(readJson(block), true), /Syntax errors in policy\./, block)
  }
  assert.throws(() => conditionsOf(readJson('{"DateLessThan":{"k":"soon"}}'), true), /legacy parsing/)
})
