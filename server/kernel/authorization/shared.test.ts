import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile } from '#kernel/authorization/policy'
import { isShared } from '#kernel/authorization/shared'
import type { Call, Caller } from '#kernel/call'

const OWNER = '111122223333'
const THEIRS = '444455556666'
const arn = `arn:aws:iam::${THEIRS}:user/ext`
const document = (...Statement: object[]) => compile(JSON.stringify({ Version: '2012-10-17', Statement }))
const says = (Effect: 'Allow' | 'Deny', AWS: string) => ({
  Effect,
  Principal: { AWS },
  Action: 'x:Read',
  Resource: '*',
})
const everything = document({ Effect: 'Allow', Action: '*', Resource: '*' })
const nothing = document({ Effect: 'Deny', Action: '*', Resource: '*' })

const caller = (more: Partial<Caller> = {}): Caller => ({
  kind: 'user',
  account: THEIRS,
  arn,
  principalArn: arn,
  userId: 'AIDAEXT',
  accessKeyId: 'AKIA',
  tags: new Map(),
  policies: [],
  ...more,
})

function shared(policy: ReturnType<typeof document> | undefined, who = caller()): boolean {
  const call = { caller: who, account: who.account, region: 'us-east-1', now: 0 } as Call
  return isShared(call, 'x', 'x:Read', { resource: 'arn:aws:x:us-east-1:111122223333:thing', owner: OWNER, policy })
}

test('a resource is shared by its own policy, whatever the caller’s policies say', () => {
  const callers = [
    caller(),
    caller({ policies: [everything] }),
    caller({ policies: [nothing] }),
    caller({ boundary: nothing }),
    caller({ kind: 'federated', sessionPolicies: [nothing] }),
    caller({ kind: 'root', userId: THEIRS }),
  ]
  for (const who of callers) {
    assert.equal(shared(undefined, who), false)
    assert.equal(shared(document(says('Allow', OWNER)), who), false)
    assert.equal(shared(document(says('Allow', '*'), says('Deny', THEIRS)), who), false)
    assert.equal(shared(document(says('Allow', THEIRS)), who), true)
    assert.equal(shared(document(says('Allow', '*')), who), true)
  }
})
