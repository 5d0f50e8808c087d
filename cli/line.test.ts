import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from './command.ts'
import { accountIn, Line } from './line.ts'

const wrong = (what: string) => new Failure(what)
const at = (...words: string[]) => {
  const line = new Line(words, wrong)
  line.next()
  return line
}

test('a flag has its value behind it or in the next word, and once', () => {
  const line = new Line(['--a', '1', '--b=2=3', 'x', '--a', '4'], wrong)
  const seen: string[] = []
  while (line.next()) {
    seen.push(line.flag)
    if (line.flag === '--a' && line.values.has('--a')) assert.throws(() => line.take(), /--a is given twice/)
    else if (line.flag.startsWith('-')) line.take()
  }
  assert.deepEqual(seen, ['--a', '--b', 'x', '--a'])
  assert.deepEqual(
    [...line.values],
    [
      ['--a', '1'],
      ['--b', '2=3'],
    ],
  )
  for (const words of [['--a'], ['--a='], ['--a', '']]) assert.throws(() => at(...words).take(), /--a needs a value/)
})

test("somebody else's flag is passed on with the word that may be its value", () => {
  assert.deepEqual(at('--data', 'dir').passed(), ['--data', 'dir'])
  assert.deepEqual(at('--data=dir', 'x').passed(), ['--data=dir'])
  assert.deepEqual(at('--data', '--json').passed(), ['--data'])
  assert.deepEqual(at('--data').passed(), ['--data'])
  assert.deepEqual(
    at('--plain', 'x').passed(() => false),
    ['--plain'],
  )
})

test('an account has 12 digits', () => {
  assert.equal(accountIn(new Map(), wrong), undefined)
  assert.equal(accountIn(new Map([['--account', '111122223333']]), wrong), '111122223333')
  assert.throws(() => accountIn(new Map([['--account', '1111']]), wrong), /--account takes 12 digits/)
})
