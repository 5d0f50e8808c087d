import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { type Decision, evaluate } from '#kernel/authorization/evaluate'
import {
  type Case,
  fastQuestion,
  namingStatement,
  type Policy,
  plainStatement,
  policyOf,
  questions,
  trustStatement,
} from './arbitrary-question.ts'
import { type PlainPolicy, type PlainStatement, statementsOf } from './plain.ts'
import { run, said } from './run.ts'

/**
 * What holds for the evaluator in kernel/authorization whatever the policies say. To run a red one again, put the seed and path
 * of its message here: `{ seed: 1, path: '2:3', endOnFailure: true }`.
 */
const AGAIN: fc.Parameters<unknown> = {}
const RUNS = 600

/** Where a document of a case stands. */
const PLACES = ['identity', 'boundary', 'session', 'resource', 'endpoint'] as const
type Place = (typeof PLACES)[number]

/** Statements for any place; one of them is taken where it fits. */
interface Statements {
  readonly plain: PlainStatement
  readonly naming: PlainStatement
  readonly trust: PlainStatement
}
const statements: fc.Arbitrary<Statements> = fc.record({
  plain: plainStatement,
  naming: namingStatement,
  trust: trustStatement,
})

/** What the request asks for and for everybody: a Deny that matches whatever it is. */
const EVERYTHING = { Action: '*', Resource: '*' }

function answer(asked: Case): { allowed: boolean; explicit: boolean; by?: string } {
  const found: Decision = evaluate(fastQuestion(asked))
  return found.allowed ? { allowed: true, explicit: false } : { allowed: false, explicit: found.explicit, by: found.by }
}

/** Runs a property of a case and what is drawn for it; `told` counts the cases that it says something of. */
function holds<T>(
  t: TestContext,
  drawn: fc.Arbitrary<T>,
  check: (asked: Case, found: ReturnType<typeof answer>, drawn: T) => boolean,
): void {
  let told = 0
  const property = fc.property(questions(20), fc.array(drawn, { minLength: 8, maxLength: 8 }), (batch, all) => {
    for (const [i, asked] of batch.entries()) {
      try {
        if (check(asked, answer(asked), all[i % 8] as T)) told++
      } catch (error) {
        throw new Error(`${said(asked)}\n${(error as Error).message}`, { cause: error })
      }
    }
  })
  run(t, property, RUNS, AGAIN)
  t.diagnostic(`${told} cases`)
  assert.ok(told > RUNS, `only ${told} cases that say anything`)
}

/** The case with its documents at one place changed. */
function changed(asked: Case, place: Place, change: (policies: readonly Policy[]) => readonly Policy[]): Case {
  const { identity, session, boundary, resourcePolicy, endpoint } = asked
  if (place === 'identity') return { ...asked, identity: change(identity) }
  if (place === 'session') return { ...asked, session: session && change(session) }
  if (place === 'boundary') return { ...asked, boundary: boundary && change([boundary])[0] }
  if (place === 'resource') return { ...asked, resourcePolicy: resourcePolicy && change([resourcePolicy])[0] }
  return { ...asked, endpoint: endpoint && change([endpoint])[0] }
}

function rewritten(
  { plain, of }: Policy,
  change: (statements: readonly PlainStatement[]) => PlainPolicy['document']['Statement'],
): Policy {
  const { document, bound } = plain
  return policyOf({ ...document, Statement: change(statementsOf(plain)) }, bound, of)
}

/** The case with a statement more in each document at one place. */
function withStatement(asked: Case, place: Place, statement: PlainStatement): Case {
  return changed(asked, place, (policies) => policies.map((one) => rewritten(one, (all) => [...all, statement])))
}

function statementFor(place: Place, asked: Case, { plain, naming, trust }: Statements): PlainStatement {
  if (place === 'endpoint') return naming
  if (place === 'resource') return asked.rule === 'trust' ? trust : naming
  return plain
}

test('a Deny more never allows what was refused', (t) => {
  holds(t, statements, (asked, found, drawn) => {
    if (found.allowed) return false
    for (const place of PLACES) {
      const statement: PlainStatement = { ...statementFor(place, asked, drawn), Effect: 'Deny' }
      const after = answer(withStatement(asked, place, statement))
      assert.equal(after.allowed, false, `${place}: ${JSON.stringify(statement)}`)
      if (found.explicit) assert.equal(after.explicit, true, `${place}: ${JSON.stringify(statement)}`)
    }
    return true
  })
})

test('a Deny that matches refuses always, and explicitly', (t) => {
  holds(t, fc.constant(undefined), (asked) => {
    let told = false
    for (const place of PLACES) {
      const principal = place === 'resource' || place === 'endpoint' ? { Principal: { AWS: ['*'] } } : {}
      const denied = withStatement(asked, place, { Effect: 'Deny', ...EVERYTHING, ...principal })
      const changedAny = [
        denied.identity.length > 0,
        denied.boundary,
        denied.session,
        denied.resourcePolicy,
        denied.endpoint,
      ]
      if (!changedAny[PLACES.indexOf(place)]) continue
      told = true
      const { allowed, explicit } = answer(denied)
      assert.deepEqual({ place, allowed, explicit }, { place, allowed: false, explicit: true })
    }
    return told
  })
})

test('an Allow more, in a document that is there, never refuses what was allowed and never lifts a Deny', (t) => {
  holds(t, statements, (asked, found, drawn) => {
    if (!found.allowed && !found.explicit) return false
    for (const place of PLACES) {
      // NotPrincipal stands with Deny only: IAM takes no other.
      const { NotPrincipal, ...rest } = statementFor(place, asked, drawn)
      const statement: PlainStatement = { ...rest, Effect: 'Allow', ...(NotPrincipal && { Principal: NotPrincipal }) }
      assert.deepEqual(answer(withStatement(asked, place, statement)), found, `${place}: ${JSON.stringify(statement)}`)
    }
    return true
  })
})

test('one more identity policy that only allows never refuses what was allowed', (t) => {
  holds(t, plainStatement, (asked, found, statement) => {
    if (!found.allowed) return false
    const more = policyOf({ Version: '2012-10-17', Statement: { ...statement, Effect: 'Allow' } })
    assert.equal(answer({ ...asked, identity: [more, ...asked.identity] }).allowed, true)
    return true
  })
})

test('a bound more (boundary, endpoint policy) never allows what was refused', (t) => {
  holds(t, statements, (asked, found, { plain, naming }) => {
    if (found.allowed) return false
    const bounded = /user|role|federated/.test(asked.caller.kind)
    if (asked.boundary === undefined && bounded) {
      assert.equal(answer({ ...asked, boundary: policyOf({ Statement: plain }) }).allowed, false)
    }
    if (asked.endpoint === undefined)
      assert.equal(answer({ ...asked, endpoint: policyOf({ Statement: naming }) }).allowed, false)
    return true
  })
})

test('the order of statements and of policies does not matter', (t) => {
  holds(t, fc.infiniteStream(fc.nat()), (asked, found, chance) => {
    const shuffled = <T>(list: readonly T[]): T[] =>
      list
        .map((one) => ({ one, place: chance.next().value as number }))
        .sort((a, b) => a.place - b.place)
        .map(({ one }) => one)
    const turned = PLACES.reduce(
      (before, place) => changed(before, place, (all) => shuffled(all).map((one) => rewritten(one, shuffled))),
      asked,
    )
    assert.deepEqual(answer(turned), found)
    return true
  })
})

test('one value and a list of one mean the same', (t) => {
  holds(t, fc.boolean(), (asked, found, lists) => {
    const turned = PLACES.reduce(
      (before, place) => changed(before, place, (all) => all.map((one) => respelt(one, lists))),
      asked,
    )
    assert.deepEqual(answer(turned), found)
    return true
  })
})

/** The same document with lists of one where single values stood, or the other way round. */
function respelt({ plain, of }: Policy, lists: boolean): Policy {
  const { document, bound } = plain
  return policyOf(respeltValue(document, lists) as PlainPolicy['document'], bound, of)
}

/** Elements that are a single value by their nature, or hold others. */
const SINGLE = new Set(['Version', 'Effect', 'Condition', 'Principal', 'NotPrincipal'])

function respeltValue(value: unknown, lists: boolean): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => (typeof item === 'object' ? respeltValue(item, lists) : item))
    return items.length === 1 && !lists ? items[0] : items
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (SINGLE.has(name) || isOperator(name)) return [name, respeltValue(member, lists)]
      const inner = respeltValue(member, lists)
      return [name, lists && !Array.isArray(inner) ? [inner] : inner]
    }),
  )
}

function isOperator(name: string): boolean {
  return /^(Bool|String)/.test(name)
}
