import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiError } from '#kernel/error'
import type { Json } from './match.ts'
import { patternOf } from './pattern.ts'

/** What a pattern says of an event. */
const matches = (pattern: object | string, event: Json): boolean =>
  patternOf(typeof pattern === 'string' ? pattern : JSON.stringify(pattern)).matches(event)

function table(rows: readonly (readonly [name: string, pattern: object | string, event: Json, expected: boolean])[]) {
  for (const [name, pattern, event, expected] of rows)
    test(`${name} (surroundings.md 4.3): ${expected ? 'matches' : 'does not'}`, () =>
      assert.equal(matches(pattern, event), expected, JSON.stringify([pattern, event])))
}

table([
  ['exact text', { a: ['x', 'y'] }, { a: 'y' }, true],
  ['exact text', { a: ['x'] }, { a: 'X' }, false],
  ['keys are case-sensitive', { A: ['x'] }, { a: 'x' }, false],
  ['all keys count', { a: ['x'], b: ['y'] }, { a: 'x' }, false],
  ['nested keys', { a: { b: ['x'] } }, { a: { b: 'x', c: 1 } }, true],
  ['a number', { a: [300] }, { a: 300 }, true],
  ['300 is 300.0', '{"a": [300.0]}', { a: 300 }, true],
  ['3.0e2 is 300', '{"a": [3.0e2]}', { a: 300 }, true],
  ['a number is no text', { a: [300] }, { a: '300' }, false],
  ['true', { a: [true] }, { a: true }, true],
  ['true is no text', { a: [true] }, { a: 'true' }, false],
  ['null', { a: [null] }, { a: null }, true],
  ['a missing key is not null', { a: [null] }, {}, false],
  ['null is no empty text', { a: [null] }, { a: '' }, false],
  ['the empty text', { a: [''] }, { a: '' }, true],
  ['an element of a list', { a: ['x'] }, { a: ['y', 'x'] }, true],
  ['no element of a list', { a: ['x'] }, { a: ['y'] }, false],
  ['an empty list is nothing', { a: [null] }, { a: [] }, false],
  ['lists in lists', { a: ['x'] }, { a: [['y'], [['x']]] }, true],
  ['objects in lists', { a: { id: [{ exists: true }] } }, { a: [{ k: 1 }, { id: 2 }] }, true],
  [
    'one element must have it all',
    { a: { b: [1], c: [2] } },
    {
      a: [
        { b: 1, c: 9 },
        { b: 9, c: 2 },
      ],
    },
    false,
  ],
  ['one element has it all', { a: { b: [1], c: [2] } }, { a: [{ b: 9 }, { b: 1, c: 2 }] }, true],
  ['dotted keys of a pattern', { 'a.b': ['x'] }, { a: { b: 'x' } }, true],
  ['dotted keys of an event', { a: { b: ['x'] } }, { 'a.b': 'x' }, true],
  ['dotted keys beside nested ones', { a: { b: [1], c: [2] } }, { a: { b: 1 }, 'a.c': 2 }, true],
  ['of duplicate keys the last counts', '{"a": ["x"], "a": ["y"]}', { a: 'x' }, false],
  ['of duplicate keys the last counts', '{"a": ["x"], "a": ["y"]}', { a: 'y' }, true],
  ['duplicate objects are one', '{"d": {"a": [1]}, "d": {"b": [2]}}', { d: { a: 1, b: 3 } }, false],
  ['prefix', { a: [{ prefix: 'ab' }] }, { a: 'abc' }, true],
  ['prefix', { a: [{ prefix: 'ab' }] }, { a: 'cab' }, false],
  ['the empty prefix', { a: [{ prefix: '' }] }, { a: 'x' }, true],
  ['the empty prefix of a number', { a: [{ prefix: '' }] }, { a: 1 }, false],
  ['prefix in any case', { a: [{ prefix: { 'equals-ignore-case': 'AB' } }] }, { a: 'aBc' }, true],
  ['suffix', { a: [{ suffix: '.png' }] }, { a: 'x.png' }, true],
  ['suffix in any case', { a: [{ suffix: { 'equals-ignore-case': '.PNG' } }] }, { a: 'x.pnG' }, true],
  ['suffix in any case', { a: [{ suffix: { 'equals-ignore-case': '.PNG' } }] }, { a: 'x.jpg' }, false],
  ['any case', { a: [{ 'equals-ignore-case': 'aLice' }] }, { a: 'Alice' }, true],
  ['any case, empty', { a: [{ 'equals-ignore-case': '' }] }, { a: '' }, true],
  ['any case, whole', { a: [{ 'equals-ignore-case': '' }] }, { a: 'x' }, false],
  ['wildcard', { a: [{ wildcard: 'dir/*.png' }] }, { a: 'dir/a/b.png' }, true],
  ['wildcard for nothing', { a: [{ wildcard: 'a*b' }] }, { a: 'ab' }, true],
  ['wildcard, ends do not overlap', { a: [{ wildcard: 'aba*aba' }] }, { a: 'aba' }, false],
  ['wildcard, an escaped star', '{"a": [{"wildcard": "a\\\\*b"}]}', { a: 'a*b' }, true],
  ['wildcard, an escaped star', '{"a": [{"wildcard": "a\\\\*b"}]}', { a: 'axb' }, false],
  ['wildcard, repeating', { a: [{ wildcard: '/U/*/d/d/d/d/doc' }] }, { a: '/U/x/d/d/d/d/d/doc' }, true],
  ['anything-but a text', { a: [{ 'anything-but': 'x' }] }, { a: 'y' }, true],
  ['anything-but a text', { a: [{ 'anything-but': 'x' }] }, { a: 'x' }, false],
  ['trap 20: anything-but needs the field', { a: [{ 'anything-but': 'x' }] }, {}, false],
  ['anything-but takes null', { a: [{ 'anything-but': ['x'] }] }, { a: null }, true],
  ['anything-but texts', { a: [{ 'anything-but': ['x', 'y'] }] }, { a: 'y' }, false],
  ['anything-but a number', { a: [{ 'anything-but': 0 }] }, { a: 0.0 }, false],
  ['anything-but numbers', { a: [{ 'anything-but': [1, 2] }] }, { a: 3 }, true],
  ['anything-but prefix', { a: [{ 'anything-but': { prefix: 'x' } }] }, { a: 'xy' }, false],
  ['anything-but prefixes', { a: [{ 'anything-but': { prefix: ['x', 'y'] } }] }, { a: 'z' }, true],
  ['anything-but suffixes', { a: [{ 'anything-but': { suffix: ['x', 'y'] } }] }, { a: 'zy' }, false],
  ['anything-but prefix, a number', { a: [{ 'anything-but': { prefix: 'x' } }] }, { a: 123 }, true],
  ['anything-but wildcard', { a: [{ 'anything-but': { wildcard: '*/d/*' } }] }, { a: '/d/x' }, false],
  ['anything-but in any case', { a: [{ 'anything-but': { 'equals-ignore-case': ['X'] } }] }, { a: 'x' }, false],
  ['anything-but prefix, missing', { a: [{ 'anything-but': { prefix: 'x' } }] }, { b: 1 }, false],
  ['numeric =', { a: [{ numeric: ['=', 3.018e2] }] }, { a: 301.8 }, true],
  ['numeric range', { a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 5 }, true],
  ['numeric range', { a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 0 }, false],
  ['numeric of a text', { a: [{ numeric: ['>', 0] }] }, { a: '1' }, false],
  ['numeric of null', { a: [{ numeric: ['<', 1] }] }, { a: null }, false],
  ['numeric beyond its reach', { a: [{ numeric: ['>', 0] }] }, { a: 1e12 }, false],
  ['cidr', { a: [{ cidr: '10.0.0.0/24' }] }, { a: '10.0.0.255' }, true],
  ['cidr', { a: [{ cidr: '10.0.0.0/24' }] }, { a: '10.0.1.0' }, false],
  ['cidr of no address', { a: [{ cidr: '10.0.0.0/24' }] }, { a: 'here' }, false],
  ['cidr v6', { a: [{ cidr: '2001:db8:1234:1a00::/56' }] }, { a: '2001:0db8:1234:1a00::1' }, true],
  ['cidr v6', { a: [{ cidr: '2001:db8:1234:1a00::/56' }] }, { a: '2001:db8:1234:1b00::1' }, false],
  ['cidr v6 with v4 in it', { a: [{ cidr: '::ffff:10.0.0.0/104' }] }, { a: '::ffff:a00:1' }, true],
  ['exists', { a: [{ exists: true }] }, { a: null }, true],
  ['exists not', { a: [{ exists: false }] }, { b: 1 }, true],
  ['exists not', { a: [{ exists: false }] }, { a: '' }, false],
  ['trap 20: exists is about leaves only', { a: [{ exists: true }] }, { a: { b: 1 } }, false],
  ['an object is no leaf that exists', { a: [{ exists: false }] }, { a: { b: 1 } }, true],
  ['an empty list does not exist', { a: [{ exists: true }] }, { a: [] }, false],
  ['an empty list does not exist', { a: [{ exists: false }] }, { a: [] }, true],
  ['missing in no element', { a: { b: [{ exists: false }], c: [1] } }, { a: [{ b: 1 }, { c: 1 }] }, false],
  ['missing with its parent', { a: { b: { c: [{ exists: false }, 'x'] } } }, { a: {} }, true],
  ['missing or something', { a: [{ exists: false }, 'x'] }, { a: 'x' }, true],
  ['$or', { s: ['x'], $or: [{ a: [1] }, { b: [2] }] }, { s: 'x', b: 2 }, true],
  ['$or', { s: ['x'], $or: [{ a: [1] }, { b: [2] }] }, { s: 'x', b: 3 }, false],
  ['$or, nested', { d: { $or: [{ a: [1] }, { $or: [{ b: [2] }, { c: [3] }] }] } }, { d: { c: 3 } }, true],
  ['$or, two', { $or: [{ a: [1] }, { a: [2] }], x: { $or: [{ b: [1] }, { b: [2] }] } }, { a: 2, x: { b: 3 } }, false],
  ['the prototype is no field', { toString: [{ exists: true }] }, {}, false],
  ['a field called __proto__', '{"__proto__": ["x"]}', JSON.parse('{"__proto__": "x"}') as Json, true],
])

const source = (pattern: string) => (column: number) =>
  `\n at [Source: (String)"${pattern}"; line: 1, column: ${column}]`

/** Pattern, reason, columns that follow it. */
const REFUSED: readonly (readonly [string, string, ...number[]])[] = [
  ['{"int": 42}', '"int" must be an object or an array', 11],
  ['{"string": "my-value"}', '"string" must be an object or an array', 13],
  ['{"resources": []}', 'Empty arrays are not allowed', 17],
  ['{"source": ["aws.health"], "detail": {}}', 'Empty objects are not allowed', 40],
  ['{"detail": {"equal": [{"NUMERIC": ["=", 5]}]}}', 'Unrecognized match type NUMERIC', 36],
  ['{"my_key": [{"EXISTS": true}]}', 'Unrecognized match type EXISTS', 28],
  ['{"detail": {"c-count": [{"numeric": [">", 0, ">", 0]}]}}', 'Bad numeric range operator: >', 49],
  ['{"detail": {"c-count": [{"numeric": [">", 0, "<"]}]}}', 'Value of < must be numeric', 50],
  ['{"a": [{"numeric": 1}]}', 'Value of numeric must be an array.', 21],
  [
    '{"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:**:event-bus/*"}]}',
    'Consecutive wildcard characters at pos 26',
    72,
  ],
  ['{"EventBusArn": [{"wildcard": 123}]}', 'wildcard match pattern must be a string', 34],
  ['{"EventBusArn": [{"wildcard": ["x"]}]}', 'wildcard match pattern must be a string', 32],
  [
    '{"detail": {"state": [{"anything-but": {"wildcard": [123, "*/dir/*"]}}]}}',
    'wildcard match pattern must be a string',
    57,
    57,
  ],
  ['{"detail": {"FilePath": [{"anything-but": {"wildcard": 123}}]}}', 'wildcard match pattern must be a string', 59],
  [
    '{"detail-type": [{"equals-ignore-case": ["ec2 instance state-change notification"]}]}',
    'equals-ignore-case match pattern must be a string',
    42,
  ],
  [
    '{"detail-type": [{"equals-ignore-case": {"prefix": "ec2"}}]}',
    'equals-ignore-case match pattern must be a string',
    42,
  ],
  [
    '{"detail": {"state": [{"anything-but": {"equals-ignore-case": 123}}]}}',
    'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
    66,
  ],
  [
    '{"detail": {"state": [{"anything-but": {"equals-ignore-case": [123, 456]}}]}}',
    'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
    67,
    67,
  ],
  ['{"time": [{"prefix": ["2022-07-13"]}]}', 'prefix match pattern must be a string', 23],
  ['{"time": [{"prefix": 123}]}', 'prefix match pattern must be a string', 25],
  ['{"FileName": [{"suffix": 123}]}', 'suffix match pattern must be a string', 29],
  ['{"FileName": [{"suffix": [".png"]}]}', 'suffix match pattern must be a string', 27],
  [
    '{"detail": {"FileName": [{"anything-but": {"suffix": [123, ".txt"]}}]}}',
    'prefix/suffix match pattern must be a string',
    58,
    58,
  ],
  ['{"detail": {"state": [{"anything-but": {"prefix": 123}}]}}', 'prefix/suffix match pattern must be a string', 54],
  [
    '{"detail": {"FileName": [{"anything-but": {"prefix": {"equals-ignore-case": "file"}}}]}}',
    'Value of anything-but must be an array or single string/number value.',
    55,
  ],
  ['{"a": [{"anything-but": {"prefix": ""}}]}', 'Null prefix/suffix not allowed', 38],
  ['{"a": [{"anything-but": [null]}]}', 'Inside anything but list, start|null|boolean is not supported.', 30, 30],
  ['{"detail": {"ip": [{"cidr": ["bad-type"]}]}}', 'prefix match pattern must be a string', 30],
  ['{"a": [{"cidr": "bad"}]}', "Malformed CIDR, one '/' required"],
  ['{"a": [{"cidr": "xx.11.xx/8"}]}', 'Nonstandard IP address: xx.11.xx'],
  ['{"a": [{"cidr": "10.0.0.0/xx"}]}', 'Malformed CIDR, mask bits must be an integer'],
  ['{"a": [{"cidr": "xxxx:db8:1234:1a00::/56"}]}', 'Nonstandard IP address: xxxx:db8:1234:1a00::'],
  [
    '{"EventBusArn": [{"wildcard": "*:*:*:*:*:event-bus/*"}]}',
    'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
  ],
  [
    'this is valid json but not a dict',
    "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
    5,
  ],
  ["{'bad': 'quotation'}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name", 2],
  [
    '{"not": closed mark"',
    "Unrecognized token 'closed': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
    15,
  ],
  ['["not", "a", "dict", "but valid json"]', 'Filter is not an object', 2],
]

for (const [pattern, reason, ...columns] of REFUSED)
  test(`a pattern is refused as AWS refuses it (recorded, surroundings.md 4.3): ${pattern.slice(0, 60)}`, () => {
    const expected = `Event pattern is not valid. Reason: ${reason}${columns.map(source(pattern)).join('')}`
    assert.throws(() => patternOf(pattern), { code: 'InvalidEventPatternException', message: expected })
  })

test('what else a pattern cannot be is refused, and nothing but with that error', () => {
  const wrong = [
    '',
    '{',
    '{"a"',
    '{"a":',
    '{"a": [',
    '{"a": [1',
    '{"a": [1]',
    '{"a": [1],}',
    '{"a": [1,]}',
    '{"a": [1] "b": [2]}',
    '{"a": [1]} {"b": [2]}',
    '{"a": [01]}',
    '{"a": [-]}',
    '{"a": ["\u0001"]}',
    '{"a": ["\\x"]}',
    '{"a": ["',
    '{"a": [truefalse]}',
    '{"a": [[1]]}',
    '{"a": [{}]}',
    '{"a": [{"prefix": "x", "suffix": "y"}]}',
    '{"a": [{"exists": 1}]}',
    '{"a": [{"numeric": []}]}',
    '{"a": [{"numeric": ["!", 1]}]}',
    '{"a": [{"numeric": ["<", 1, ">", 0]}]}',
    '{"a": [{"numeric": [">", 1, "<", 1]}]}',
    '{"a": [{"numeric": [">", 0, "<", 1, 2]}]}',
    '{"a": [{"numeric": ["=", 6e9]}]}',
    '{"a": [{"anything-but": []}]}',
    '{"a": [{"anything-but": ["x", 1]}]}',
    '{"a": [{"anything-but": {"cidr": "x"}}]}',
    '{"a": [{"anything-but": {"prefix": []}}]}',
    '{"a": [{"anything-but": true}]}',
    '{"a": [{"cidr": "10.0.0.0/33"}]}',
    '{"a": [{"cidr": "10.0.0/8"}]}',
    '{"a": [{"cidr": "1:2:3:4:5:6:7:8:9/8"}]}',
    '{"a": [{"wildcard": "a\\\\"}]}',
    '{"$or": {}}',
    '{"$or": [{"a": [1]}]}',
    '{"$or": [{"a": [1]}, 2]}',
    '{"$or": [{"prefix": [1]}, {"a": [1]}]}',
  ]
  for (const pattern of wrong)
    assert.throws(
      () => patternOf(pattern),
      (error: ApiError) => error.code === 'InvalidEventPatternException' && /Reason: ./.test(error.message),
      pattern,
    )
})

test('a thousand combinations of $or are read, more are refused (surroundings.md 4.3)', () => {
  const or = (key: string, n: number) =>
    Object.fromEntries([[key, { $or: Array.from({ length: n }, (_, i) => ({ x: [i] })) }]])
  assert.equal(
    matches({ ...or('a', 10), ...or('b', 10), ...or('c', 10) }, { a: { x: 9 }, b: { x: 9 }, c: { x: 9 } }),
    true,
  )
  assert.throws(() => patternOf(JSON.stringify({ ...or('a', 10), ...or('b', 10), ...or('c', 11) })), /too complex/)
})

test('a long pattern is repeated by its beginning only', () => {
  const pattern = `{"a": ["${'x'.repeat(600)}"], "b": 1}`
  assert.throws(() => patternOf(pattern), {
    message: new RegExp(`"\\[truncated ${pattern.length - 500} chars\\]; line: 1`),
  })
})

test('the cheap look knows sources and types that can match at all', () => {
  const { mayMatch } = patternOf('{"source": ["aws.kms", "aws.ssm"], "detail-type": ["X"]}')
  assert.deepEqual([mayMatch('aws.kms', 'X'), mayMatch('aws.kms', 'Y'), mayMatch('aws.s3', 'X')], [true, false, false])
  assert.equal(patternOf('{"source": [{"prefix": "aws."}]}').mayMatch('other', 'X'), true)
  assert.equal(patternOf('{"$or": [{"source": ["a"]}, {"detail": {"x": [1]}}]}').mayMatch('b', 'X'), true)
  assert.equal(patternOf('{"$or": [{"source": ["a"]}, {"source": ["b"]}]}').mayMatch('c', 'X'), false)
})
