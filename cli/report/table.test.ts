import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bar, csvLine, grouped, table } from './table.ts'

const identity = (text: string) => text

test('a name paints nothing on a terminal and is one line: escapes, line ends and turned text are shown as they are written', () => {
  const hostile = 'a\u001b[31mred\u001b]0;title\u0007\nb\u202egnp.exe\u009b2J'
  const text = table([{ title: 'NAME' }, { title: 'N', right: true }], [[hostile, '1']], identity)
  assert.equal(text.split('\n').length, 3)
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u)
  assert.match(text, /a\\u001b\[31mred/)
})

test('what is long is cut in the middle, and columns stand under each other', () => {
  const text = table(
    [{ title: 'A', most: 10 }, { title: 'B' }],
    [
      ['x'.repeat(30), '1'],
      ['y', '2'],
    ],
    identity,
  )
  assert.deepEqual(text.split('\n'), ['A           B', 'xxx…xxxxxx  1', 'y           2', ''])
})

test('a CSV runs no formula in a program for tables, and its cells hold what they hold', () => {
  for (const formula of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', " =cmd|' /C calc'!A0", '\r=1', '|x', '%x'])
    assert.match(csvLine([formula]), /^"?'/, JSON.stringify(formula))
  assert.equal(csvLine(['a,b', 'c"d', 'e\nf', 'g', -5]), '"a,b","c""d","e\nf",g,-5\r\n')
})

test('bars and numbers', () => {
  assert.equal(bar(10, 10), '█'.repeat(20))
  assert.equal(bar(0, 10), '')
  assert.equal(bar(1, 1_000_000), '▏')
  assert.equal(bar(1, 0), '')
  assert.deepEqual([0, 999, 1000, 1234567].map(grouped), ['0', '999', '1,000', '1,234,567'])
})
