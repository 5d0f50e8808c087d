import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { Input } from '#kernel/input'
import { decodeQuery, encodeXml, parseForm } from '#kernel/protocol/query'

const input = new Input({
  UserName: { kind: 'string' },
  MaxItems: { kind: 'integer' },
  OnlyAttached: { kind: 'boolean' },
  Tags: { kind: 'list', of: { kind: 'structure', members: { Key: { kind: 'string' }, Value: { kind: 'string' } } } },
  ActionNames: { kind: 'list', of: { kind: 'string' } },
})

function decoded(text: string): Record<string, unknown> {
  const form = parseForm(text)
  assert.ok(form !== undefined)
  return decodeQuery(input, form)
}

test('a form is decoded by the declared shapes, lists by their numbers in any order (access.md 3.1, trap 8)', () => {
  assert.deepEqual(
    decoded(
      'Action=X&UserName=a%2Bb+c&MaxItems=%2B07&OnlyAttached=1&Tags.member.7.Key=k7&Tags.member.2.Key=k2&Tags.member.2.Value=v%3D2&Tags.member.7.Value=&Other=1&ActionNames=',
    ),
    {
      UserName: 'a+b c',
      MaxItems: 7,
      OnlyAttached: true,
      Tags: [
        { Key: 'k2', Value: 'v=2' },
        { Key: 'k7', Value: '' },
      ],
      ActionNames: [],
    },
  )
})

test('booleans and integers are strict (access.md 3.1, recorded for IAM)', () => {
  for (const text of [
    'OnlyAttached=True',
    'OnlyAttached=',
    'OnlyAttached=%20true',
    'MaxItems=1.0',
    'MaxItems=1e0',
    'MaxItems=2147483648',
  ])
    assert.throws(
      () => decoded(text),
      (error) => error instanceof ApiError && error.code === 'MalformedInput' && error.status === 400,
      text,
    )
})

test('hostile forms are refused in bounded time', () => {
  assert.equal(parseForm('a&'.repeat(20_000)), undefined)
  assert.equal(parseForm('a=%zz'), undefined)
  assert.throws(() => decoded(`${'a.'.repeat(100_000)}b=1`), ApiError)
  assert.throws(() => decoded('Tags.member.x.Key=1'), ApiError)
  assert.deepEqual(decoded('__proto__.member.1=x&constructor=1'), {})
})

test('answers become XML: members, entries, dates without fraction, text escaped', () => {
  assert.equal(
    encodeXml({
      Users: [{ UserName: '<a&"b>', CreateDate: new Date(1_735_787_045_678) }],
      Empty: [],
      None: undefined,
      SummaryMap: new Map([['Users', 1]]),
      IsTruncated: false,
      Control: 'a\u0001b',
    }),
    '<Users><member><UserName>&lt;a&amp;&quot;b&gt;</UserName><CreateDate>2025-01-02T03:04:05Z</CreateDate></member></Users>' +
      '<Empty/><SummaryMap><entry><key>Users</key><value>1</value></entry></SummaryMap><IsTruncated>false</IsTruncated><Control>a\ufffdb</Control>',
  )
})

test('a service may call the items of a list by another name, in forms and answers; `member` is understood as well', () => {
  const names = { Tags: 'Tag', Filters: 'Filter', Values: 'Value' }
  const value = { kind: 'string' } as const
  const tag = { kind: 'structure', members: { Key: value } } as const
  const filter = { kind: 'structure', members: { Name: value, Values: { kind: 'list', of: value } } } as const
  const shapes = new Input({ Tags: { kind: 'list', of: tag }, Filters: { kind: 'list', of: filter } })
  const read = (text: string) => decodeQuery(shapes, parseForm(text) ?? new Map(), names)
  assert.deepEqual(read('Tags.Tag.1.Key=a&Tags.Tag.2.Key=b'), { Tags: [{ Key: 'a' }, { Key: 'b' }] })
  assert.deepEqual(read('Filters.Filter.1.Name=n&Filters.Filter.1.Values.Value.1=v'), {
    Filters: [{ Name: 'n', Values: ['v'] }],
  })
  assert.deepEqual(read('Tags.member.1.Key=a'), { Tags: [{ Key: 'a' }] })
  assert.throws(() => read('Tags.Tag.x.Key=a'), ApiError)
  assert.equal(
    encodeXml({ Tags: [{ Key: 'a' }], Other: ['b'] }, names),
    '<Tags><Tag><Key>a</Key></Tag></Tags><Other><member>b</member></Other>',
  )
})
