import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide, refusal } from '#kernel/authorization/authorize'
import { contextOf } from '#kernel/authorization/context'
import type { Call, Caller } from '#kernel/call'
import { A, allow, B, callers, deny, everything, G, policy, roleArn, S, secret, to } from './test/cases.ts'

type Statement = ReturnType<typeof allow>
const open = [allow('*', '*', { Principal: '*' })]

const callOf = (caller: Caller, endpoint?: readonly Statement[], more: Partial<Call> = {}): Call => ({
  requestId: 'r',
  caller,
  account: A,
  region: 'us-east-1',
  now: 0,
  sourceIp: '10.1.2.3',
  userAgent: '',
  secure: true,
  events: [],
  endpoint: { id: 'vpce-1', vpc: 'vpc-1', ...(endpoint && { policy: policy(endpoint) }) },
  ...more,
})
const mayAll = (caller: Caller): Caller => ({ ...caller, policies: [policy(everything)] })
const target = { resource: S, shown: 'db/pw', owner: A }

function ask(call: Call, more: Partial<Parameters<typeof decide>[3]> = {}): string {
  const decision = decide(call, 'secretsmanager', G, { ...target, ...more })
  return decision.allowed ? 'ok' : `${decision.explicit ? 'exp' : 'imp'} ${decision.by}`
}

test('the policy of a private listener bounds every caller, root too (access.md 5.6)', () => {
  const silent = [allow('iam:*', '*', { Principal: '*' })]
  for (const caller of [callers.ROOT, mayAll(callers.U), mayAll(callers.R)]) {
    assert.equal(ask(callOf(caller, silent)), 'imp endpoint', caller.kind)
    assert.equal(ask(callOf(caller, open)), 'ok', caller.kind)
    assert.equal(ask(callOf(caller)), 'ok', caller.kind)
    assert.equal(ask(callOf(caller, [...open, deny(G, S, { Principal: '*' })])), 'exp endpoint', caller.kind)
    assert.equal(ask(callOf(caller, [...open, deny(G, secret('other'), { Principal: '*' })])), 'ok', caller.kind)
  }
  // It bounds what a resource policy gives directly, and gives nothing itself.
  const given = { policy: policy([allow(G, '*', to(callers.U.arn))]) }
  assert.equal(ask(callOf(callers.U, silent), given), 'imp endpoint')
  assert.equal(ask(callOf(callers.U, open), given), 'ok')
  assert.equal(ask(callOf(callers.U, open)), 'imp identity')
})

test('a statement of an endpoint policy is for whom it names; without Principal for nobody', () => {
  const caller = mayAll(callers.R)
  const by = (more: Statement) => ask(callOf(caller, [allow(G, '*', more)]))
  assert.equal(by({}), 'imp endpoint')
  assert.equal(by(to(A)), 'ok')
  assert.equal(by(to(B)), 'imp endpoint')
  assert.equal(by(to(roleArn)), 'ok')
  assert.equal(by(to(caller.arn)), 'ok')
  assert.equal(by(to(callers.U.arn)), 'imp endpoint')
})

test('unsigned requests of web identities come through an endpoint that is open to everyone', () => {
  const resourcePolicy = policy([allow('*', '*', { Principal: { Federated: callers.web.session.provider } })])
  assert.equal(ask(callOf(callers.web, open), { policy: resourcePolicy }), 'ok')
  assert.equal(ask(callOf(callers.web, [allow('*', '*', to(A))]), { policy: resourcePolicy }), 'imp endpoint')
})

test('other refusals go before that of the endpoint', () => {
  const closed = [deny('*', '*', { Principal: '*' })]
  assert.equal(ask(callOf({ ...callers.U, policies: [policy([deny(G)])] }, closed)), 'exp identity')
  assert.equal(ask(callOf({ ...mayAll(callers.U), boundary: policy([]) }, [])), 'imp boundary')
})

test('the refusal names the endpoint policy (access.md 5.6)', () => {
  const call = callOf(callers.U)
  const say = (explicit: boolean) => refusal({ allowed: false, explicit, by: 'endpoint' }, call, G, target)
  const start = `User: ${callers.U.arn} is not authorized to perform: ${G} on resource: db/pw`
  assert.equal(say(false), `${start} because no VPC endpoint policy allows the ${G} action`)
  assert.equal(say(true), `${start} with an explicit deny in a VPC endpoint policy`)
})

test('conditions see the listener instead of the address; a forwarded call sees neither and is not bound (access.md 5.7)', () => {
  const keys = ['aws:sourcevpce', 'aws:sourcevpc', 'aws:vpcsourceip', 'aws:sourceip']
  const seen = (call: Call) => keys.map(contextOf(call, 'secretsmanager', target))
  const private_ = callOf(mayAll(callers.U), [])
  assert.deepEqual(seen(private_), ['vpce-1', 'vpc-1', '10.1.2.3', undefined])
  const { endpoint: _, ...direct } = private_
  assert.deepEqual(seen(direct), [undefined, undefined, undefined, '10.1.2.3'])
  const forwarded = { ...private_, via: 'secretsmanager.amazonaws.com' }
  assert.deepEqual(seen(forwarded), [undefined, undefined, undefined, undefined])
  assert.equal(ask(private_), 'imp endpoint')
  assert.equal(ask(forwarded), 'ok')
})
