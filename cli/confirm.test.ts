import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agreed } from './confirm.ts'

test('only yes is yes; --yes asks nobody', async () => {
  for (const [answer, expected] of Object.entries({ y: true, YES: true, '': false, n: false, yess: false })) {
    let asked = ''
    const ask = async (question: string) => {
      asked = question
      return answer
    }
    assert.equal(await agreed('Do it?', false, { ask }), expected, answer)
    assert.equal(asked, 'Do it? [y/N] ')
  }
  assert.equal(await agreed('Do it?', true, { ask: () => assert.fail('asked') }), true)
})

test('where nobody sits at a terminal nothing is changed without --yes, and it ends with 2', () =>
  assert.rejects(agreed('Do it?', false, {}), { message: /^nothing was changed/, hint: /--yes/, code: 2 }))
