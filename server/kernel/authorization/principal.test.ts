import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Decision, evaluate, type Rule } from '#kernel/authorization/evaluate'
import { type BoundPrincipals, compile } from '#kernel/authorization/policy'
import type { Caller } from '#kernel/call'
import { A, allow, B, callers, deny, Farn, G, policy, roleArn, rootOf, S, session, Uarn } from './test/cases.ts'

const alice = callers.U.userId
const app = 'AROAAPPAPPAPPAPPAPP01'
const gone = 'AROAGONEGONEGONEGONE1'
const provider = callers.web.session.provider
const federated: Caller = { ...callers.F, parentId: alice }
const ofRoot: Caller = { ...callers.F, parentArn: rootOf(A) }

function ask(
  caller: Caller,
  statement: Record<string, unknown>,
  bound?: BoundPrincipals,
  rule: Rule = 'plain',
): Decision {
  return evaluate({
    caller,
    action: G,
    resource: S,
    owner: A,
    context: () => undefined,
    resourcePolicy: compile(JSON.stringify({ Version: '2012-10-17', Statement: [allow(G, '*', statement)] }), bound),
    rule,
  })
}

/** How strongly the statement names the caller, read off what is still missing. */
function named(caller: Caller, Principal: unknown, bound?: Record<string, string>): string {
  const ids = bound && new Map(Object.entries(bound))
  const free = ask({ ...caller, sessionPolicies: [] }, { Principal }, ids, 'trust')
  if (!free.allowed) return free.by === 'resource' ? 'not' : free.by === 'session' ? 'role' : 'account'
  const boundary = compile('{"Version":"2012-10-17","Statement":[]}')
  return ask({ ...caller, boundary }, { Principal }, ids, 'trust').allowed ? 'direct' : 'role'
}

const byArn = (...names: string[]) => ({ AWS: names })

test('principals that were bound to their ids name who had the ARN when it was written, and no namesake (access.md 2, 7.22)', () => {
  const s1 = session('s1')
  const rows: readonly (readonly [Caller, unknown, Record<string, string> | undefined, string])[] = [
    [callers.U, byArn(Uarn), undefined, 'direct'],
    [callers.U, byArn(Uarn), { [Uarn]: alice }, 'direct'],
    [callers.U, byArn(Uarn), { [Uarn]: 'AIDAGONEGONEGONEGONE1' }, 'not'],
    [callers.U, byArn(alice), undefined, 'direct'],
    [callers.session, byArn(Uarn), { [Uarn]: alice }, 'direct'],
    [callers.R, byArn(roleArn), undefined, 'role'],
    [callers.R, byArn(roleArn), { [roleArn]: app }, 'role'],
    [callers.R, byArn(roleArn), { [roleArn]: gone }, 'not'],
    [callers.R, byArn(s1), undefined, 'direct'],
    [callers.R, byArn(s1), { [s1]: `${app}:s1` }, 'direct'],
    [callers.R2, byArn(s1), { [s1]: `${app}:s1` }, 'not'],
    [callers.R, byArn(s1), { [s1]: `${gone}:s1` }, 'not'],
    [callers.R, byArn(roleArn, s1), { [roleArn]: app, [s1]: `${app}:s1` }, 'direct'],
    [federated, byArn(Farn), undefined, 'direct'],
    [federated, byArn(Uarn), undefined, 'role'],
    [federated, byArn(Uarn), { [Uarn]: alice }, 'role'],
    [federated, byArn(Uarn), { [Uarn]: 'AIDAGONEGONEGONEGONE1' }, 'not'],
    [callers.U, byArn(A), undefined, 'account'],
    [callers.U, byArn(rootOf(A)), undefined, 'account'],
    [callers.U, byArn(B), undefined, 'not'],
  ]
  for (const [caller, principal, bound, expected] of rows) {
    assert.equal(named(caller, principal, bound), expected, JSON.stringify([caller.arn, principal, bound]))
  }
})

const denies = (caller: Caller, element: Record<string, unknown>, bound?: Record<string, string>) => {
  const decision = ask(caller, { Effect: 'Deny', ...element }, bound && new Map(Object.entries(bound)))
  return !decision.allowed && decision.explicit
}

test('a Deny strikes bound principals as it does those that are named by ARN', () => {
  assert.equal(denies(callers.R, { Principal: byArn(session('s1')) }, { [session('s1')]: `${app}:s1` }), true)
  assert.equal(denies(callers.R2, { Principal: byArn(session('s1')) }, { [session('s1')]: `${app}:s1` }), false)
  assert.equal(denies(federated, { Principal: byArn(Uarn) }, { [Uarn]: alice }), true)
})

test('a Deny for the account is not outdone by an Allow for the caller itself, wherever they stand', () => {
  const statements = [deny(G, '*', { Principal: byArn(A) }), allow(G, '*', { Principal: byArn(Uarn) })]
  for (const list of [statements, statements.toReversed()]) {
    const resourcePolicy = policy(list)
    const question = { caller: callers.U, action: G, resource: S, owner: A, context: () => undefined } as const
    const decision = evaluate({ ...question, resourcePolicy, rule: 'plain' })
    const deciding = { policy: resourcePolicy, index: list.findIndex(({ Effect }) => Effect === 'Deny') }
    assert.deepEqual(decision, { allowed: false, explicit: true, by: 'resource', deciding })
  }
})

test('NotPrincipal spares who is listed with all that stands above, bound or not (access.md 5.2)', () => {
  const s1 = session('s1')
  const bound = { [Uarn]: alice, [roleArn]: app, [s1]: `${app}:s1` }
  const spared: readonly (readonly [Caller, readonly string[]])[] = [
    [callers.U, [Uarn, A]],
    [callers.R, [s1, roleArn, A]],
    [federated, [Farn, Uarn, A]],
    [ofRoot, [Farn, A]],
    [callers.ROOT, [A]],
  ]
  for (const [caller, all] of spared) {
    for (const ids of [undefined, bound]) {
      assert.equal(denies(caller, { Principal: undefined, NotPrincipal: byArn(...all) }, ids), false, all.join())
      for (const left of all) {
        const others = all.filter((one) => one !== left)
        const list = others.length === 0 ? [B] : others
        assert.equal(denies(caller, { Principal: undefined, NotPrincipal: byArn(...list) }, ids), true, list.join())
      }
    }
    const boundary = compile('{"Version":"2012-10-17","Statement":[]}')
    assert.equal(denies({ ...caller, boundary }, { NotPrincipal: byArn(...all) }), true)
    assert.equal(denies({ ...caller, boundary }, { NotPrincipal: byArn('*') }), true)
  }
})

test('a web identity is let in by its provider only, and struck by a Deny for everyone (access.md 4.2, 5.5)', () => {
  const { web } = callers
  const by = (Principal: unknown) => ask(web, { Principal })
  assert.equal(by({ Federated: provider }).allowed, true)
  for (const other of [{ Federated: `${provider}/x` }, '*', byArn('*'), byArn(A), { Service: provider }]) {
    assert.equal(by(other).allowed, false, JSON.stringify(other))
  }
  // Its own policies are nobody's: there are none.
  const everything = compile('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}')
  assert.equal(ask({ ...web, policies: [everything] }, { Principal: byArn(A) }).allowed, false)
  assert.equal(denies(web, { Principal: '*' }), true)
  assert.equal(denies(web, { Principal: { Federated: provider } }), true)
  assert.equal(denies(web, { Principal: byArn(A) }), false)
  assert.equal(denies(web, { NotPrincipal: { Federated: provider } }), false)
  assert.equal(denies(web, { NotPrincipal: byArn(A) }), true)
  const { session: _, ...unknown } = web
  assert.equal(ask(unknown, { Principal: { Federated: '' } }).allowed, false)
})
