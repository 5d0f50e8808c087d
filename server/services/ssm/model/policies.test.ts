import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '#kernel/error'
import { instantOf, keptPolicies, parsePolicies } from './policies.ts'

const EXPIRATION = '{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2020-07-07T22:30:00Z"}}'
const BEFORE = '{"Type":"ExpirationNotification","Version":"1.0","Attributes":{"Before":"15","Unit":"Days"}}'
const UNCHANGED = '{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"20","Unit":"Hours"}}'

const refusal = (text: string): string => {
  try {
    parsePolicies(text)
  } catch (error) {
    if (error instanceof ApiError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'taken'
}
const withAttributes = (type: string, attributes: unknown) =>
  `[${type === 'ExpirationNotification' ? `${EXPIRATION},` : ''}${JSON.stringify({ Type: type, Version: '1.0', Attributes: attributes })}]`

test('the three types of parameterstore.md 9 are understood, and PolicyText is their compact JSON', () => {
  const { texts, policies } = parsePolicies(` [ ${EXPIRATION.replaceAll(':"', ' : "')},\n${BEFORE} , ${UNCHANGED} ] `)
  assert.deepEqual(texts, [EXPIRATION, BEFORE, UNCHANGED])
  assert.deepEqual(policies, [
    { type: 'Expiration', text: EXPIRATION, at: Date.parse('2020-07-07T22:30:00Z') },
    { type: 'ExpirationNotification', text: BEFORE, beforeMs: 15 * 86_400_000 },
    { type: 'NoChangeNotification', text: UNCHANGED, afterMs: 20 * 3_600_000 },
  ])
  assert.deepEqual(keptPolicies(texts), policies)
})

test('trap 16: Policies is a string of JSON that holds an array, and nothing else', () => {
  const text = 'ValidationException: Invalid policies input: Policies must be a JSON array of at most 10 policies.'
  for (const given of [
    EXPIRATION,
    '"x"',
    'null',
    '7',
    '[',
    'policies',
    `[${EXPIRATION}]x`,
    '["x"]',
    '[[]]',
    '[null]',
    `[${EXPIRATION.replace('"Type"', '"Version":"1.0","Type"')}]`,
    `${'['.repeat(40)}${']'.repeat(40)}`,
    `[${' '.repeat(5000)}]`,
  ])
    assert.equal(refusal(given), text, given.slice(0, 80))
})

test('trap 17: [{}] and [] remove the policies, omission keeps them', () => {
  assert.deepEqual(parsePolicies('[{}]'), { texts: [], policies: [] })
  assert.deepEqual(parsePolicies(' [ { } ] '), { texts: [], policies: [] })
  assert.deepEqual(parsePolicies('[]'), { texts: [], policies: [] })
  assert.equal(parsePolicies(undefined), undefined)
  assert.equal(refusal(`[{},${EXPIRATION}]`), 'InvalidPolicyTypeException: Policy type null is not supported.')
})

test('each fault has its code and text: parameterstore.md 9', () => {
  const attribute = (text: string) => `InvalidPolicyAttributeException: ${text}`
  const cases: readonly (readonly [string, string])[] = [
    [
      `[${Array.from({ length: 11 }, () => UNCHANGED).join(',')}]`,
      'PoliciesLimitExceededException: Number of policies attached to a parameter cannot exceed 10',
    ],
    [`[${Array.from({ length: 10 }, () => UNCHANGED).join(',')}]`, 'taken'],
    [
      `[${EXPIRATION.replace('Expiration', 'expiration')}]`,
      'InvalidPolicyTypeException: Policy type expiration is not supported.',
    ],
    ['[{"Version":"1.0"}]', 'InvalidPolicyTypeException: Policy type null is not supported.'],
    [`[${EXPIRATION.replace('1.0', '2.0')}]`, attribute('Unsupported policy version.')],
    [`[${EXPIRATION.replace('"1.0"', '1.0')}]`, attribute('Unsupported policy version.')],
    ['[{"Type":"Expiration","Version":"1.0"}]', attribute('Mandatory policy attribute Attributes is missing.')],
    [withAttributes('Expiration', {}), attribute('A valid Expiration policy must have an attribute of Timestamp.')],
    [
      withAttributes('Expiration', { Timestamp: '2030-01-01' }),
      attribute('Invalid timestamp format. Timestamps are ISO-8601 instants: 2030-01-01T00:00:00.000Z'),
    ],
    [
      withAttributes('ExpirationNotification', { Unit: 'Days' }),
      attribute('Mandatory policy attribute Before is missing.'),
    ],
    [
      withAttributes('ExpirationNotification', { Before: '3' }),
      attribute('Mandatory policy attribute Unit is missing.'),
    ],
    [
      withAttributes('NoChangeNotification', { Unit: 'Days' }),
      attribute('Mandatory policy attribute After is missing.'),
    ],
    [
      withAttributes('NoChangeNotification', { After: 'x', Unit: 'Days' }),
      attribute('Attribute After must be a positive integer.'),
    ],
    [
      withAttributes('NoChangeNotification', { After: '0', Unit: 'Days' }),
      attribute('Attribute After must be a positive integer.'),
    ],
    [
      withAttributes('NoChangeNotification', { After: -1, Unit: 'Days' }),
      attribute('Attribute After must be a positive integer.'),
    ],
    [
      withAttributes('NoChangeNotification', { After: 1.5, Unit: 'Days' }),
      attribute('Attribute After must be a positive integer.'),
    ],
    [withAttributes('NoChangeNotification', { After: 8_760_000, Unit: 'hours' }), 'taken'],
    [
      withAttributes('NoChangeNotification', { After: 8_760_001, Unit: 'Days' }),
      attribute('Attribute After must be a positive integer.'),
    ],
    [
      withAttributes('ExpirationNotification', { Before: '3', Unit: 'Weeks' }),
      attribute('Supported time units: DAYS HOURS'),
    ],
    [withAttributes('ExpirationNotification', { Before: 3, Unit: 'DAYS' }), 'taken'],
    [
      `[${EXPIRATION},${EXPIRATION}]`,
      'IncompatiblePolicyException: There can be only one expiration policy attached to a parameter.',
    ],
    [`[${BEFORE}]`, 'IncompatiblePolicyException: Expiration notification policies are missing expiration policy.'],
    [`[${BEFORE},${BEFORE},${EXPIRATION}]`, 'taken'],
  ]
  for (const [given, expected] of cases) assert.equal(refusal(given), expected, given)
})

test('timestamps are instants, in UTC or with an offset', () => {
  const of = (text: string) => {
    const at = instantOf(text)
    return at === undefined ? undefined : new Date(at).toISOString()
  }
  assert.equal(of('2030-01-01T00:00:00.000Z'), '2030-01-01T00:00:00.000Z')
  assert.equal(of('2030-01-01T00:00:00Z'), '2030-01-01T00:00:00.000Z')
  assert.equal(of('2030-01-01T00:00:00.1234Z'), '2030-01-01T00:00:00.123Z')
  assert.equal(of('2030-01-01T00:00:00.5+10:30'), '2029-12-31T13:30:00.500Z')
  assert.equal(of('2018-12-02T21:34:33-02:00'), '2018-12-02T23:34:33.000Z')
  assert.equal(of('2018-12-02T21:34:33.000+10:30:00'), '2018-12-02T11:04:33.000Z')
  assert.equal(of('2028-02-29T00:00:00Z'), '2028-02-29T00:00:00.000Z')
  assert.equal(of('0050-01-01T00:00:00Z'), '0050-01-01T00:00:00.000Z')
  for (const text of [
    '2030-02-29T00:00:00Z',
    '2030-13-01T00:00:00Z',
    '2030-00-01T00:00:00Z',
    '2030-01-00T00:00:00Z',
    '2030-01-01T24:00:00Z',
    '2030-01-01T00:60:00Z',
    '2030-01-01T00:00:60Z',
    '2030-01-01T00:00:00',
    '2030-01-01 00:00:00Z',
    '2030-01-01T00:00:00+19:00',
    '2030-01-01T00:00:00+10:60',
    '2030-01-01T00:00:00+1030',
    '2030-01-01T00:00:00.Z',
    '+2030-01-01T00:00:00Z',
    ' 2030-01-01T00:00:00Z',
    'tomorrow',
    '',
  ])
    assert.equal(of(text), undefined, text)
})

test('no text, however it is made, does anything but be read or be refused', () => {
  const part = fc.constantFrom(
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '"Type"',
    '"Expiration"',
    '"Version"',
    '"1.0"',
    '"Attributes"',
    '"Timestamp"',
    '"2030-01-01T00:00:00Z"',
    '\\',
    '"',
    '1e999',
    'null',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part, { maxLength: 40 }).map((parts) => parts.join('')),
      ),
      (text) => {
        const said = refusal(text)
        assert.match(said, /^(taken|(ValidationException|\w+Exception): )/)
      },
    ),
  )
})

test('what was read is read again from the texts that are kept', () => {
  const policy = fc.oneof(
    fc.record({ n: fc.integer({ min: 1, max: 9999 }), unit: fc.constantFrom('Days', 'hours') }).map(({ n, unit }) => ({
      Type: 'NoChangeNotification',
      Version: '1.0',
      Attributes: { After: String(n), Unit: unit, Note: 'ü"\\\n' },
    })),
  )
  fc.assert(
    fc.property(fc.array(policy, { maxLength: 10 }), (given) => {
      const parsed = parsePolicies(JSON.stringify(given, undefined, 1))
      assert.deepEqual(
        parsed.texts,
        given.map((one) => JSON.stringify(one)),
      )
      assert.deepEqual(keptPolicies(parsed.texts), parsed.policies)
    }),
  )
})

test('what is kept may be longer than what was given', () => {
  const text = `[{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":1,"Unit":"Days","x":[${'1e20,'.repeat(700)}1]}}]`
  const { texts, policies } = parsePolicies(text)
  assert.ok((texts[0]?.length ?? 0) > 4096)
  assert.deepEqual(keptPolicies(texts), policies)
})
