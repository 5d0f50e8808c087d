import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Position, placesIn } from './positions.ts'

const columns = (document: string) =>
  placesIn(document).map(({ StartPosition, EndPosition }) => [StartPosition.Column, EndPosition.Column])

const STATEMENT = '{"Effect":"Allow","Action":"a:b","Resource":"*"}'

test('a statement begins behind the bracket or the one before it, and ends behind its brace (access.md 3.4, recorded)', () => {
  const head = '{"Version":"2012-10-17","Statement":['
  const long = STATEMENT.length
  // Recorded with this head: a first statement begins at column 38.
  assert.deepEqual(columns(`${head}${STATEMENT},${STATEMENT}]}`), [
    [38, 38 + long],
    [38 + long, 38 + long + 1 + long],
  ])
  assert.deepEqual(columns(`{"Version": "2012-10-17", "Statement": [${STATEMENT}]}`), [[41, 41 + long]])
})

test('lines are counted; recorded for AdministratorAccess: 3, 17 to 8, 6', () => {
  const document = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    }
  ]
}`
  assert.deepEqual(placesIn(document), [
    { StartPosition: { Line: 3, Column: 17 }, EndPosition: { Line: 8, Column: 6 } },
  ])
})

test('a single statement begins behind its brace (inferred)', () => {
  const head = '{"Statement":'
  assert.deepEqual(columns(`${head}${STATEMENT},"Version":"2012-10-17"}`), [
    [head.length + 2, head.length + STATEMENT.length + 1],
  ])
})

test('braces, quotes and the word Statement in texts, other elements and escapes do not count', () => {
  const tricky = JSON.stringify({
    Sid: 'x',
    Effect: 'Deny',
    Action: ['}', '"', '\\', ']{'],
    Resource: '"Statement":[{',
  })
  const document = `{"Id":"\\"Statement\\":[{", "St\\u0061tement" : [ ${tricky} , ${tricky} ] }`
  const places = placesIn(document)
  const cut = ({ StartPosition: from, EndPosition: to }: { StartPosition: Position; EndPosition: Position }) =>
    document.slice(from.Column - 1, to.Column - 1)
  assert.deepEqual(places.map(cut), [` ${tricky}`, ` , ${tricky}`])
})

test('places cut out exactly the statements of any document, however it is laid out', () => {
  const text = fc.string({ unit: 'binary', maxLength: 12 })
  const statement = fc.record({
    Effect: fc.constant('Allow'),
    Action: fc.array(text),
    Condition: fc.dictionary(text, text),
  })
  fc.assert(
    fc.property(
      fc.array(statement, { maxLength: 4 }),
      fc.constantFrom(undefined, 1, '\n', '\t'),
      text,
      (list, indent, Id) => {
        const document = JSON.stringify(
          { Id, Version: '2012-10-17', Statement: list, more: [1, true, null, -2.5e3] },
          null,
          indent,
        )
        const lines = document.split('\n')
        const offset = ({ Line, Column }: Position) =>
          lines.slice(0, Line - 1).reduce((sum, line) => sum + line.length + 1, 0) + Column - 1
        const found = placesIn(document).map(({ StartPosition, EndPosition }) =>
          JSON.parse(document.slice(offset(StartPosition), offset(EndPosition)).replace(/^\s*,/, '')),
        )
        assert.deepEqual(found, JSON.parse(document).Statement)
      },
    ),
  )
})
