import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call, Caller } from '#kernel/call'
import type { Identities } from '../../iam/port.ts'
import { sts } from '../service.ts'

const arn = 'arn:aws:iam::111122223333:user/alice'
const caller: Caller = {
  kind: 'user',
  account: '111122223333',
  arn,
  principalArn: arn,
  userId: 'AIDAALICE',
  userName: 'alice',
  accessKeyId: 'AKIAALICE',
  tags: new Map(),
  policies: [],
}

test('GetCallerIdentity says who asks; no permission is looked at (access.md 4, case 91)', async () => {
  const { operations } = sts({ identities: () => ({ accountOf: async () => undefined }) as unknown as Identities })
  const operation = operations.GetCallerIdentity
  assert.equal(operation?.open, true)
  const answer = await operation?.run({}, {}, { caller } as Call)
  assert.deepEqual(answer, { UserId: 'AIDAALICE', Account: '111122223333', Arn: arn })
})
