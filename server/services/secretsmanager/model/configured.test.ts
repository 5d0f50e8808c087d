import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile } from '#kernel/authorization/policy'
import { ROTATOR, rotator } from '../test/functions.ts'
import { ACCOUNT, token, trial } from '../test/trial.ts'
import { principalOf } from './configured.ts'

const narrow = [compile('{"Version":"2012-10-17","Statement":[]}')]

test('a rotation is in the name of a principal: user, role, root; never of one who has less rights than that', () => {
  const id = 'AROAABCDEFGHIJKLMNOPQ'
  assert.equal(principalOf({ kind: 'user', userId: 'AIDAABCDEFGHIJKLMNOPQ' }), 'AIDAABCDEFGHIJKLMNOPQ')
  assert.equal(principalOf({ kind: 'role', userId: `${id}:session` }), id)
  assert.equal(principalOf({ kind: 'role', userId: `${id}:session`, sessionPolicies: [] }), id)
  assert.equal(principalOf({ kind: 'root', userId: ACCOUNT }), ACCOUNT)
  assert.equal(principalOf({ kind: 'role', userId: `${id}:session`, sessionPolicies: narrow }), undefined)
  // the id of a federated user begins with the account's, which is the id of root
  for (const sessionPolicies of [[], narrow])
    assert.equal(principalOf({ kind: 'federated', userId: `${ACCOUNT}:bob`, sessionPolicies }), undefined)
})

test('a function that a federated user has set up acts in nobody’s name, and not in that of root', async () => {
  await using t = await trial()
  await t.made('app/db')
  t.functions.answer = rotator(t)
  const rotate = (name: string, more: object) =>
    t.call('RotateSecret', { SecretId: 'app/db', ClientRequestToken: token(name), RotationLambdaARN: ROTATOR }, more)
  await rotate('r1', { caller: { ...t.caller, kind: 'federated', userId: `${ACCOUNT}:bob`, sessionPolicies: narrow } })
  await t.pulse()
  assert.deepEqual(
    t.functions.invoked.map(({ configuredBy }) => configuredBy),
    [undefined, undefined, undefined, undefined],
  )
  await rotate('r2', {})
  await t.pulse()
  assert.equal(t.functions.invoked.at(-1)?.configuredBy, ACCOUNT)
})
