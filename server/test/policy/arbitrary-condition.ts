import fc from 'fast-check'
import { AMBIGUOUS } from '#kernel/authorization/condition'
import type { ContextValue } from '#kernel/authorization/policy'
import { A } from './people.ts'
import { patternLike, variable, VARIABLES } from './arbitrary-text.ts'

/** Random conditions, and condition keys of requests, from small pools by the kind of value. */

interface Kind {
  readonly operators: readonly string[]
  /** Keys as policies write them; requests carry them in lower case. */
  readonly keys: readonly string[]
  readonly policy: fc.Arbitrary<unknown>
  readonly request: readonly string[]
}

const TEXTS = [
  '',
  'red',
  'Red',
  'alice',
  'a*',
  'r?d',
  'é',
  'É',
  '😀',
  'ß',
  'ẞ',
  'SS',
  'ς',
  'σ',
  'Σ',
  'ΟΣ',
  'ος',
  '\u212a',
  'k',
  'ı',
  'I',
  'İ',
]
const ARNS = [
  `arn:aws:iam::${A}:role/team/app`,
  `arn:aws:iam::${A}:role/app`,
  `arn:aws:sns:us-east-1:${A}:a:b:alice`,
  'arn:aws:iam:::',
  'arn:aws:iam',
  'alice',
]
const NUMBERS = ['1', '01', '+1', '1.0', '1e0', '10', '-1', '0.1', '7', '30', '1e1', '0', '-0']
const DATES = [
  '2026-01-01T00:00:00Z',
  '2026-01-01',
  '2026-01',
  '2026',
  '1767225600',
  '2026-01-01T00:00:01Z',
  '2026-01-01T01:00:00+01:00',
  '2026-01-01T00:00:00.500Z',
  '2025-12-31T23:59Z',
  '2024-02-29',
]
const BAD = ['', ' 1', 'NaN', 'Infinity', 'x', '0x1', '1,0', '2026-13-01', '2025-02-29', '1 ', '--1', '1e']
const FLAGS = ['true', 'false', 'TRUE', 'False']
const BYTES = ['AQID', 'AQI=', 'AQJ=', 'AQ==', '', 'aqid', 'AQI', '!!!!', '-_8=', ' AQID']
const ADDRESSES = ['203.0.113.7', '10.1.2.3', '10.255.0.1', '11.0.0.0', '2001:db8::1', '2001:DB8:0:0:0:0:0:1', '::1']
const NETWORKS = [
  ...ADDRESSES,
  '203.0.113.0/24',
  '10.0.0.0/8',
  '10.9.9.9/8',
  '0.0.0.0/0',
  '2001:db8::/32',
  '::/0',
  '203.0.113.7/32',
  '203.0.113.6/31',
  '10.0.0.0/33',
  '10.0.0',
  'x',
]

/** A tag that a request may carry twice. */
const TWICE = 'aws:principaltag/TEAM'

const orders = (prefix: string): string[] =>
  ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map((name) => prefix + name)
const text = fc.oneof(
  { weight: 4, arbitrary: patternLike(TEXTS, ['*', '?', 'e', '']) },
  { weight: 2, arbitrary: fc.constantFrom(...VARIABLES) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('a', '', '*'), fc.constantFrom(...VARIABLES)).map((both) => both.join('')),
  },
)

const KINDS: readonly Kind[] = [
  {
    operators: ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
    keys: ['aws:PrincipalTag/team', 'aws:username', 'AWS:UserName', 'aws:TagKeys'],
    policy: text,
    request: TEXTS,
  },
  {
    operators: ['StringLike', 'StringNotLike'],
    keys: ['aws:PrincipalTag/team', TWICE, 'aws:TagKeys', 'aws:username'],
    policy: text,
    request: TEXTS,
  },
  {
    operators: orders('Numeric'),
    keys: ['t:Number', 't:Numbers'],
    policy: fc.oneof(fc.constantFrom(...NUMBERS, 1, 0.1, 7, -1), fc.constantFrom(...BAD)),
    request: [...NUMBERS, ...BAD],
  },
  {
    operators: orders('Date'),
    keys: ['aws:CurrentTime', 't:Dates'],
    policy: fc.constantFrom(...DATES),
    request: [...DATES, ...BAD],
  },
  {
    operators: ['Bool'],
    keys: ['aws:SecureTransport', 't:Flags'],
    policy: fc.constantFrom(...FLAGS, true, false, 'x', variable('t:Flag')),
    request: [...FLAGS, 'x', ''],
  },
  { operators: ['BinaryEquals'], keys: ['t:Bytes'], policy: fc.constantFrom(...BYTES), request: BYTES },
  {
    operators: ['IpAddress', 'NotIpAddress'],
    keys: ['aws:SourceIp', 't:Ips'],
    policy: fc.constantFrom(...NETWORKS),
    request: [...ADDRESSES, 'x', '', '1.2.3', '1.2.3.256'],
  },
  {
    operators: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
    keys: ['aws:PrincipalArn', 't:Arns'],
    policy: fc.oneof(
      patternLike(ARNS, ['*', '?', ':', '']),
      fc.constantFrom(`arn:aws:iam::${A}:role/*`, `arn:*:*:*:*:*`, 'arn:aws:iam::*:role/*/app', 'arn:aws:*'),
      fc.constantFrom(
        `arn:aws:sns:us-east-1:*:a:b:${variable('aws:username')}`,
        `arn:aws:iam::${variable('t:Account')}:role/app`,
        variable('aws:PrincipalArn'),
        `arn:aws:iam::${variable("t:None, '*'")}:role/app`,
      ),
    ),
    request: ARNS,
  },
]
/** Keys that have lists of values. */
const MANY = new Set(['aws:TagKeys', 't:Numbers', 't:Dates', 't:Flags', 't:Ips', 't:Arns'])
const KEYS = KINDS.flatMap(({ keys }) => keys)

/** An operator with keys of its own kind, now and then of another one. */
const test: fc.Arbitrary<[string, Record<string, unknown>]> = fc.oneof(
  ...KINDS.map(({ operators, keys, policy }) => ({
    weight: operators.length,
    arbitrary: fc.tuple(
      fc
        .tuple(
          fc.constantFrom('', '', '', 'ForAllValues:', 'ForAnyValue:'),
          fc.constantFrom(...operators),
          fc.constantFrom('', '', '', 'IfExists'),
        )
        .map((parts) => parts.join('')),
      fc.dictionary(
        fc.oneof(
          { weight: 9, arbitrary: fc.constantFrom(...keys) },
          { weight: 1, arbitrary: fc.constantFrom(...KEYS) },
        ),
        fc.oneof({ weight: 2, arbitrary: policy }, { weight: 3, arbitrary: fc.array(policy, { maxLength: 4 }) }),
        { minKeys: 1, maxKeys: 2, noNullPrototype: true },
      ),
    ),
  })),
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('Null'),
      fc.dictionary(
        fc.constantFrom(...KEYS),
        fc.constantFrom<unknown>('true', 'false', true, false, 'TRUE', ['false'], ['true', 'false'], 'x', []),
        { minKeys: 1, maxKeys: 2, noNullPrototype: true },
      ),
    ),
  },
)

/** A Condition element. */
export const condition: fc.Arbitrary<Record<string, Record<string, unknown>>> = fc
  .oneof(
    { weight: 5, arbitrary: fc.array(test, { minLength: 1, maxLength: 1 }) },
    { weight: 2, arbitrary: fc.array(test, { maxLength: 3 }) },
  )
  .map((tests) => Object.fromEntries(tests))

const answers: Readonly<Record<string, fc.Arbitrary<ContextValue>>> = Object.fromEntries(
  KINDS.flatMap(({ keys: written, request }) => written.map((key) => [key.toLowerCase(), given(key, request)])),
)

/** What a request says of the keys, by lower-case key. Each is absent now and then. */
export const keys: fc.Arbitrary<Map<string, ContextValue>> = fc
  .record(answers, { requiredKeys: [] })
  .map(
    (found) =>
      new Map(Object.entries({ 't:account': A, 't:flag': 'TRUE', ...(found as Record<string, ContextValue>) })),
  )

function given(key: string, request: readonly string[]): fc.Arbitrary<ContextValue> {
  const one = fc.constantFrom(...request)
  if (MANY.has(key)) return fc.array(one, { maxLength: 3 })
  return key === TWICE ? fc.oneof({ weight: 9, arbitrary: one }, { weight: 1, arbitrary: fc.constant(AMBIGUOUS) }) : one
}
