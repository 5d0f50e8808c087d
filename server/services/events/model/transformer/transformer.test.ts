import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../pattern/match.ts'
import { checkInput, inputOf, type Occasion, TooMuch, type Wanted } from './transformer.ts'

const EVENT: Json = {
  version: '0',
  id: '1',
  'detail-type': 'T',
  source: 's',
  account: '111122223333',
  time: '2026-11-22T10:00:00Z',
  region: 'us-east-1',
  resources: ['a', 'b'],
  detail: { state: 'running', n: 1.5, no: null, acc: { acc_id: 1, name: 'x"y' }, list: ['a', { b: [true] }] },
}

const occasion: Occasion = {
  event: EVENT,
  text: JSON.stringify(EVENT),
  ruleArn: 'arn:aws:events:us-east-1:111122223333:rule/R',
  ruleName: 'R',
  ingestedAt: Date.UTC(2026, 10, 22, 10, 0, 1, 500),
}

const made = (wanted: Wanted) => inputOf(wanted, occasion)
const transformed = (InputTemplate: string, InputPathsMap: Record<string, string> = {}) =>
  made({ InputTransformer: { InputTemplate, InputPathsMap } })

test('without anything the whole event goes', () => {
  assert.equal(made({}), occasion.text)
})

test('Input goes byte for byte, whatever JSON it is; an empty one means that nothing goes (recorded, surroundings.md 4.2)', () => {
  for (const Input of ['{"a" : 1}', '"text"', '1', 'null', ' [ ]']) assert.equal(made({ Input }), Input)
  assert.equal(made({ Input: '' }), undefined)
})

test('InputPath hands over a part of the event as JSON', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['$', occasion.text],
    ['$.detail.state', '"running"'],
    ['$.detail.n', '1.5'],
    ['$.detail.acc', '{"acc_id":1,"name":"x\\"y"}'],
    ['$.resources[1]', '"b"'],
    ["$['detail-type']", '"T"'],
    ['$.detail-type', '"T"'],
    ['$.detail.list[*].b', '[[true]]'],
    ['$.detail.nothing', 'null'],
    ['$.resources[7]', 'null'],
    ['$.resources.length', 'null'],
    ['$.detail.toString', 'null'],
  ]
  for (const [InputPath, expected] of rows) assert.equal(made({ InputPath }), expected, InputPath)
})

test('InputTransformer puts JSON where a placeholder stands bare, and text within quotation marks (recorded, surroundings.md 4.3)', () => {
  const paths = { s: '$.detail.state', n: '$.detail.n', a: '$.detail.acc', l: '$.detail.list', m: '$.detail.missing' }
  const rows: readonly (readonly [string, string])[] = [
    ['"state is <s>, <n>"', '"state is running, 1.5"'],
    ['"nothing: <m>"', '"nothing: "'],
    ['{"s": <s>, "n": <n>}', '{"s": "running", "n": 1.5}'],
    ['{"m": <m>}', '{"m": ""}'],
    ['{"a": <a>}', '{"a": {"acc_id":1,"name":"x\\"y"}}'],
    ['{"a": "<a>"}', '{"a": "{acc_id:1,name:x\\"y}"}'],
    ['{"l": "<l>"}', '{"l": "[a,{b:[true]}]"}'],
    ['{"l": <l>}', '{"l": ["a",{"b":[true]}]}'],
    ['<s>', '"running"'],
    ['"<s>\\"<s>"', '"running\\"running"'],
    ['"a < b and <s>"', '"a < b and running"'],
  ]
  for (const [template, expected] of rows) assert.equal(transformed(template, paths), expected, template)
})

test('predefined placeholders (recorded, surroundings.md 4.3)', () => {
  assert.equal(
    transformed(
      '{"arn": <aws.events.rule-arn>, "name": "<aws.events.rule-name>", "at": <aws.events.event.ingestion-time>}',
    ),
    '{"arn": "arn:aws:events:us-east-1:111122223333:rule/R", "name": "R", "at": "2026-11-22T10:00:01Z"}',
  )
  assert.deepEqual(JSON.parse(transformed('<aws.events.event.json>') ?? ''), EVENT)
  const { detail: _, 'detail-type': detailType, ...rest } = EVENT as Record<string, Json>
  assert.deepEqual(JSON.parse(transformed('<aws.events.event>') ?? ''), { ...rest, detailType })
})

test('what an event says cannot get out of its place in a template', () => {
  const event = { detail: { x: '", "admin": true, "y": "' } }
  const text = inputOf(
    { InputTransformer: { InputTemplate: '{"x": "<x>", "z": <x>}', InputPathsMap: { x: '$.detail.x' } } },
    { ...occasion, event },
  )
  assert.deepEqual(JSON.parse(text ?? ''), { x: event.detail.x, z: event.detail.x })
})

test('a template that repeats a great value is stopped', () => {
  const event = { detail: 'x'.repeat(200_000) }
  const InputTransformer = { InputTemplate: `"${'<d>'.repeat(2000)}"`, InputPathsMap: { d: '$.detail' } }
  assert.throws(() => inputOf({ InputTransformer }, { ...occasion, event }), TooMuch)
})

test('what PutTargets refuses of inputs (surroundings.md 4.2, 4.3)', () => {
  const rows: readonly (readonly [Wanted, string])[] = [
    [{ Input: '{' }, 'JSON syntax error in input for target T: [Source: (String)"{"; line: 1, column: 1]'],
    [
      { Input: '{}', InputPath: '$' },
      'Only one of Input, InputPath, or InputTransformer must be provided for target T.',
    ],
    [{ InputTransformer: { InputTemplate: '"<x>"' } }, 'InputTemplate for target T contains invalid placeholder <x>.'],
    [
      { InputTransformer: { InputTemplate: '"<toString>"', InputPathsMap: {} } },
      'InputTemplate for target T contains invalid placeholder <toString>.',
    ],
    [{ InputPath: 'detail' }, 'Invalid InputPath for target T.'],
    [{ InputPath: '$.a..b' }, 'Invalid InputPath for target T.'],
    [{ InputTransformer: { InputTemplate: '"x"', InputPathsMap: { a: 'x' } } }, 'Invalid InputPathsMap for target T.'],
    [
      { InputTransformer: { InputTemplate: 'no json' } },
      'Invalid InputTemplate for target T : [Source: (String)"no json"; line: 1, column: 1].',
    ],
  ]
  for (const [wanted, message] of rows)
    assert.throws(() => checkInput({ Id: 'T', ...wanted }), { code: 'ValidationException', message })
  const fine: readonly Wanted[] = [
    {},
    { Input: '' },
    { Input: 'null' },
    { InputPath: '' },
    { InputTransformer: { InputTemplate: '"one <a>"\n"two <a>"', InputPathsMap: { a: '$.a' } } },
    { InputTransformer: { InputTemplate: '{"a": <a>, "e": <aws.events.event.json>}', InputPathsMap: { a: '$.a' } } },
  ]
  for (const wanted of fine) checkInput({ Id: 'T', ...wanted })
})
