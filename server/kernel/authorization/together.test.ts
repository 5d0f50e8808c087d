import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluate } from '#kernel/authorization/evaluate'
import { compile, together } from '#kernel/authorization/policy'
import type { Caller } from '#kernel/call'

const caller: Caller = {
  kind: 'user',
  account: '111122223333',
  arn: 'arn:aws:iam::111122223333:user/alice',
  principalArn: 'arn:aws:iam::111122223333:user/alice',
  userId: 'AIDAALICE',
  userName: 'alice',
  accessKeyId: 'AKIA',
  tags: new Map(),
  policies: [],
}

const policy = (version: string, ...statements: object[]) =>
  compile(JSON.stringify({ Version: version, Statement: statements }))

const said = (
  resourcePolicy: ReturnType<typeof together>,
  action: string,
  resource = 'arn:aws:ssm:r:a:parameter/alice',
) =>
  evaluate({
    caller,
    action,
    resource,
    owner: caller.account,
    context: (key) => (key === 'aws:username' ? 'alice' : undefined),
    resourcePolicy,
    endpointPolicy: undefined,
    rule: 'plain',
  })

test('several documents say what any of them says, a deny of one against an allow of another', () => {
  const all = together([
    policy('2012-10-17', { Effect: 'Allow', Principal: '*', Action: 'ssm:GetParameter', Resource: '*' }),
    policy('2012-10-17', { Effect: 'Allow', Principal: '*', Action: 'ssm:GetParameters', Resource: '*' }),
    policy('2012-10-17', { Effect: 'Deny', Principal: '*', Action: 'ssm:GetParameters', Resource: '*' }),
  ])
  assert.equal(said(all, 'ssm:GetParameter').allowed, true)
  const denied = said(all, 'ssm:GetParameters')
  assert.ok(!denied.allowed && denied.explicit)
  assert.equal(denied.deciding?.index, 2)
  assert.equal(said(all, 'ssm:PutParameter').allowed, false)
})

test('each document keeps its own version: variables are text in the old one', () => {
  const statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: '*',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the policy language
    Resource: 'arn:aws:ssm:r:a:parameter/${aws:username}',
  }
  const other = policy('2012-10-17', { Effect: 'Allow', Principal: '*', Action: 'a:b', Resource: '*' })
  assert.equal(said(together([policy('2012-10-17', statement), other]), 'ssm:GetParameter').allowed, true)
  assert.equal(said(together([other, policy('2008-10-17', statement)]), 'ssm:GetParameter').allowed, false)
})

test('one document is itself', () => {
  const one = policy('2012-10-17')
  assert.equal(together([one]), one)
})
