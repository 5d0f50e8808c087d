import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { evaluate } from '#kernel/authorization/evaluate'
import { explain } from '#kernel/authorization/explain'
import { fastQuestion, plainQuestion, questions } from './arbitrary-question.ts'
import { applies, statementsOf } from './plain.ts'
import { policiesOf, run, said } from './run.ts'

/** To run a red one again, put the seed and path of its message here: `{ seed: 1, path: '2:3', endOnFailure: true }`. */
const AGAIN: fc.Parameters<unknown> = {}

test('an explanation decides as the evaluator does, and names the statements that apply and no others', (t) => {
  let told = 0
  const property = fc.property(questions(20), (batch) => {
    for (const asked of batch) {
      const question = plainQuestion(asked)
      const { matched, decision } = explain(fastQuestion(asked))
      const expected = policiesOf(asked).flatMap(([kind, policies]) =>
        policies.flatMap(({ plain, fast }) =>
          statementsOf(plain).flatMap(({ Effect }, i) =>
            applies(plain, i, kind, question, Effect) ? [[kind, fast.source, i, Effect]] : [],
          ),
        ),
      )
      const found = matched.map(({ kind, policy, index, effect }) => [kind, policy.source, index, effect])
      assert.deepEqual(found, expected, said(asked))
      assert.deepEqual(decision, evaluate(fastQuestion(asked)), said(asked))
      told += found.length
    }
  })
  run(t, property, 1000, AGAIN)
  t.diagnostic(`${told} statements`)
  assert.ok(told > 5000, `only ${told} statements apply`)
})
