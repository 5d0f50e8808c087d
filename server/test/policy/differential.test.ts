import assert from 'node:assert/strict'
import { after, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { type Decision, evaluate } from '#kernel/authorization/evaluate'
import { keys } from './arbitrary-condition.ts'
import {
  type Case,
  conditionPolicy,
  fastQuestion,
  type Policy,
  patternPolicy,
  policyOf,
  plainQuestion,
  questions,
  wholePolicy,
} from './arbitrary-question.ts'
import { ACTIONS, globs, names, RESOURCES } from './arbitrary-text.ts'
import { A, CALLERS } from './people.ts'
import { applies, decide } from './plain.ts'
import { policiesOf, run, said, unsaid } from './run.ts'

/**
 * The evaluator in kernel/authorization against the plain reading of access.md in `plain.ts`, on random policies and requests.
 * To run a red one again, put the seed and path of its message here: `{ seed: 1, path: '2:3', endOnFailure: true }`.
 */
const AGAIN: fc.Parameters<unknown> = {}

/** In all of this file, in each run of the suite. */
const FEWEST_CASES = 100_000
let cases = 0

interface Share {
  readonly allowed: number
  readonly explicit: number
  readonly implicit: number
}

/** Runs a property of batches of cases; says the seed, and that no kind of answer is rarer than `fewest` (parts of 1). */
function compare(t: TestContext, batches: fc.Arbitrary<readonly Case[]>, runs: number, fewest: Share): void {
  const count = { allowed: 0, explicit: 0, implicit: 0 }
  const property = fc.property(batches, (batch) => {
    for (const asked of batch) {
      const expected = decide(plainQuestion(asked))
      const found = evaluate(fastQuestion(asked))
      const same = found.allowed
        ? expected.allowed
        : !expected.allowed && found.explicit === expected.explicit && found.by === expected.by
      if (!same || !isDecidedBy(found, asked)) {
        assert.fail(`${said(asked)}\nplain: ${JSON.stringify(expected)}\nfast:  ${JSON.stringify(found, unsaid)}`)
      }
      count[expected.allowed ? 'allowed' : expected.explicit ? 'explicit' : 'implicit']++
    }
  })
  run(t, property, runs, AGAIN)
  const all = count.allowed + count.explicit + count.implicit
  cases += all
  const share = (part: number) => `${((100 * part) / all).toFixed(1)} %`
  t.diagnostic(`${all} cases, allowed ${share(count.allowed)}, explicitly denied ${share(count.explicit)}`)
  for (const kind of ['allowed', 'explicit', 'implicit'] as const) {
    assert.ok(count[kind] >= fewest[kind] * all, `only ${share(count[kind])} of the cases are ${kind}`)
  }
}

/** Whether the statement that is said to have decided is one that may have, and there is one where there must be. */
function isDecidedBy({ allowed, by, deciding, ...rest }: Decision, asked: Case): boolean {
  const question = plainQuestion(asked)
  if (deciding === undefined) {
    if (!allowed) return 'explicit' in rest && !rest.explicit
    return by === 'root' || (by === 'resource' && question.grant !== undefined)
  }
  const kinds = policiesOf(asked).filter(([kind]) => kind === by)
  return kinds.some(([kind, policies]) =>
    policies.some(
      ({ plain, fast }) =>
        fast === deciding.policy && applies(plain, deciding.index, kind, question, allowed ? 'Allow' : 'Deny'),
    ),
  )
}

const [ALICE] = CALLERS as [Case['caller']]
const request = {
  caller: ALICE,
  action: ACTIONS[0] as string,
  resource: RESOURCES[0] as string,
  owner: A,
  rule: 'plain' as const,
}

/** Beside every third document, so that what does not deny is seen too. */
const EVERYTHING = policyOf({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } })
const held = (policy: Policy, i: number): readonly Policy[] => (i % 3 < 2 ? [policy] : [policy, EVERYTHING])

test('conditions: every operator, quantifier and kind of value', (t) => {
  const batches = fc
    .tuple(fc.array(conditionPolicy, { minLength: 1, maxLength: 6 }), fc.array(keys, { minLength: 1, maxLength: 8 }))
    .map(([policies, contexts]) =>
      policies.flatMap((one, i) =>
        contexts.map((context): Case => ({ ...request, keys: context, identity: held(one, i) })),
      ),
    )
  compare(t, batches, 3000, { allowed: 0.15, explicit: 0.07, implicit: 0.15 })
})

test('wildcards, in texts of few letters', (t) => {
  const head = 'arn:aws:secretsmanager:us-east-1::'
  const batches = globs.map(({ texts, patterns }) =>
    patterns.flatMap((pattern, i) => {
      const statement = { Effect: i % 3 === 0 ? ('Deny' as const) : ('Allow' as const), Action: '*' }
      const like = policyOf({
        Statement: { ...statement, Resource: '*', Condition: { StringLike: { 't:text': pattern } } },
      })
      const named = policyOf({ Statement: { ...statement, Resource: head + pattern } })
      return texts.flatMap((text): Case[] => [
        { ...request, keys: new Map([['t:text', text]]), identity: [like] },
        { ...request, keys: new Map(), resource: head + text, identity: [named] },
      ])
    }),
  )
  compare(t, batches, 2000, { allowed: 0.15, explicit: 0.07, implicit: 0.15 })
})

test('many statements about resources of like names', (t) => {
  const head = 'arn:aws:secretsmanager:us-east-1::'
  const batches = fc
    .tuple(names, fc.array(fc.nat(15), { minLength: 10, maxLength: 10 }), fc.constantFrom('2012-10-17', '2008-10-17'))
    .map(([{ texts, patterns }, chance, Version]) => {
      const statements = patterns.map((pattern, i) => ({
        Effect: chance[i] === 0 ? ('Deny' as const) : ('Allow' as const),
        Action: '*',
        ...(chance[i] === 1 ? { NotResource: head + pattern } : { Resource: head + pattern }),
        ...(chance[i] === 2 && { Resource: [`${head}x`, head + pattern] }),
        ...(chance[i] === 3 && { Resource: `arn:aws:*` }),
      }))
      const named = policyOf({ Version, Statement: statements.map((one) => ({ ...one, Principal: { AWS: A } })) })
      const own = policyOf({ Version, Statement: statements })
      return texts.flatMap((text, i): Case[] => {
        const asked = { ...request, resource: head + text, keys: new Map(i % 2 === 0 ? [['aws:username', 'a']] : []) }
        return [
          { ...asked, identity: [own] },
          { ...asked, identity: [], resourcePolicy: named, rule: 'kms' },
          { ...asked, identity: [EVERYTHING], resourcePolicy: named, rule: 'kms' },
        ]
      })
    })
  compare(t, batches, 3000, { allowed: 0.15, explicit: 0.07, implicit: 0.15 })
})

test('actions, resources and variables', (t) => {
  const asked = fc.record({
    action: fc.constantFrom(...ACTIONS),
    resource: fc.constantFrom(...RESOURCES),
    keys,
  })
  const one = (policies: fc.Arbitrary<Policy>, bears: (policy: Policy, i: number) => Partial<Case>) =>
    fc
      .tuple(fc.array(policies, { minLength: 1, maxLength: 5 }), fc.array(asked, { minLength: 1, maxLength: 10 }))
      .map(([written, requests]) =>
        written.flatMap((policy, i) =>
          requests.map((some): Case => ({ ...request, identity: [], ...some, ...bears(policy, i) })),
        ),
      )
  const batches = fc.oneof(
    one(patternPolicy(false), (policy, i) => ({ identity: held(policy, i) })),
    one(patternPolicy(true), (resourcePolicy, i) => ({ resourcePolicy, identity: i % 3 < 2 ? [] : [EVERYTHING] })),
  )
  compare(t, batches, 3000, { allowed: 0.15, explicit: 0.07, implicit: 0.15 })
})

test('whole documents, several of them', (t) => {
  const asked = fc.record({
    action: fc.constantFrom(...ACTIONS),
    resource: fc.constantFrom(...RESOURCES),
    keys,
    held: fc.subarray([0, 1, 2, 3, 4], { minLength: 1, maxLength: 3 }),
  })
  const batches = fc
    .tuple(
      fc.array(wholePolicy, { minLength: 1, maxLength: 5 }),
      fc.array(asked, { minLength: 1, maxLength: 30, size: 'max' }),
    )
    .map(([policies, requests]) =>
      requests.map(
        ({ held, ...some }): Case => ({ ...request, ...some, identity: policies.filter((_, i) => held.includes(i)) }),
      ),
    )
  compare(t, batches, 2500, { allowed: 0.15, explicit: 0.07, implicit: 0.15 })
})

test('principals, bounds and the decision', (t) => {
  compare(t, questions(40), 5000, { allowed: 0.15, explicit: 0.07, implicit: 0.15 })
})

after(() => assert.ok(cases >= FEWEST_CASES || 'path' in AGAIN, `only ${cases} cases`))
