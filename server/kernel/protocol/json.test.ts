import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { Input } from '#kernel/input'
import { decodeJson, encodeJson } from '#kernel/protocol/json'

const input = new Input({
  Name: { kind: 'string' },
  Count: { kind: 'integer' },
  Days: { kind: 'integer', long: true },
  Force: { kind: 'boolean' },
  Blob: { kind: 'blob' },
  At: { kind: 'timestamp' },
  Tags: { kind: 'list', of: { kind: 'structure', members: { Key: { kind: 'string' }, Value: { kind: 'string' } } } },
  Context: { kind: 'map', key: { kind: 'string' }, value: { kind: 'string' } },
})

const decoded = (text: string | Buffer) => decodeJson(input, Buffer.from(text))

function refused(text: string | Buffer): string {
  try {
    decoded(text)
  } catch (error) {
    assert.ok(error instanceof ApiError)
    assert.equal(error.code, 'SerializationException')
    assert.equal(error.status, 400)
    return error.message
  }
  throw new Error('it was accepted')
}

test('an empty body is an empty input, null members are absent, unknown members are ignored', () => {
  assert.deepEqual(decoded(''), {})
  assert.deepEqual(decoded('{"Name":null,"Other":{"a":[1]},"Count":3}'), { Count: 3 })
})

test('each kind of member is decoded', () => {
  const value = decoded(
    '{"Name":"ü😀","Count":-1,"Days":9007199254740991,"Force":false,"Blob":"AAECAw==","At":1523477145.729,"Tags":[{"Key":"k","Value":"v"}],"Context":{"__proto__":"x","a":"b"}}',
  )
  assert.equal(value.Name, 'ü😀')
  assert.deepEqual(value.Blob, Buffer.from([0, 1, 2, 3]))
  assert.equal((value.At as Date).getTime(), 1_523_477_145_729)
  assert.deepEqual(value.Tags, [{ Key: 'k', Value: 'v' }])
  assert.deepEqual(Object.entries(value.Context as object), [
    ['__proto__', 'x'],
    ['a', 'b'],
  ])
})

test('a wrong JSON type is a SerializationException that shows no value', () => {
  assert.equal(refused('{"Count":"7"}'), 'STRING_VALUE can not be converted to an Integer')
  assert.equal(refused('{"Name":7}'), 'NUMBER_VALUE can not be converted to a String')
  assert.equal(refused('{"Name":{"canary":1}}'), 'Start of structure or map found where not expected.')
  assert.equal(refused('{"Force":"true"}'), 'STRING_VALUE can not be converted to a Boolean')
  assert.equal(refused('{"Count":1.5}'), 'DECIMAL_VALUE can not be converted to an Integer')
  assert.equal(refused('{"Count":2147483648}'), 'NUMBER_VALUE can not be converted to an Integer')
  assert.equal(refused('{"Tags":["canary"]}'), 'STRING_VALUE can not be converted to a Structure')
  for (const text of [
    '{"canary"',
    '[1]',
    '"canary"',
    'nul',
    '{"Name":"\\ud800"}',
    '{"Blob":"canary!"}',
    '{"Blob":"AAA"}',
  ])
    assert.ok(!refused(text).includes('canary'))
  assert.equal(refused(Buffer.from([0x7b, 0xff, 0x7d])), 'Invalid UTF-8 in the request body')
})

test('a depth bomb is parsed without harm', () => {
  refused(`${'['.repeat(500_000)}`)
  refused(`{"Tags":${'['.repeat(400_000)}${']'.repeat(400_000)}}`)
})

test('an answer is encoded: dates as seconds, bytes as base64, absent members left out', () => {
  const out = {
    ARN: 'a"b',
    At: new Date(1_523_477_145_729),
    Blob: Buffer.from('footest'),
    None: undefined,
    List: [1, true, { X: 'y', Z: undefined }],
    Stages: new Map([['v', ['AWSCURRENT']]]),
  }
  assert.equal(
    encodeJson(out),
    '{"ARN":"a\\"b","At":1523477145.729,"Blob":"Zm9vdGVzdA==","List":[1,true,{"X":"y"}],"Stages":{"v":["AWSCURRENT"]}}',
  )
})
