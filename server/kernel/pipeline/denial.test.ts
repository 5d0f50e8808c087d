import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { decide } from '#kernel/authorization/authorize'
import { compile, standing } from '#kernel/authorization/policy'
import type { Call } from '#kernel/call'
import type { Denial } from '#kernel/error'
import { denialsWith } from '#kernel/pipeline/denial'
import { systemRandom } from '#kernel/random'
import { vaultOf } from '#kernel/sealing/keyring'

const account = '111122223333'
const vault = (byte = 7) => vaultOf(new Map([[1, createSecretKey(Buffer.alloc(32, byte))]]), systemRandom)

function denied(document: string, context: Record<string, string> = {}): Denial {
  const arn = `arn:aws:iam::${account}:user/alice`
  const origin = { kind: 'managed', id: 'arn:aws:iam::111122223333:policy/dev', holder: 'group/developers' } as const
  const call = {
    caller: {
      kind: 'user',
      account,
      arn,
      principalArn: arn,
      userId: 'AIDAALICE',
      userName: 'alice',
      accessKeyId: 'AKIAALICE',
      tags: new Map(),
      policies: [standing(compile(document), origin)],
    },
    region: 'us-east-1',
    now: Date.UTC(2026, 0, 2),
    sourceIp: '203.0.113.7',
    userAgent: '',
    secure: true,
    events: [],
  } as unknown as Call
  const target = { resource: `arn:aws:secretsmanager:us-east-1:${account}:secret:db-AbCdEf`, shown: 'db', context }
  const action = 'secretsmanager:GetSecretValue'
  return {
    decision: decide(call, 'secretsmanager', action, target),
    call,
    service: 'secretsmanager',
    action,
    target,
  }
}

const DENY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: '*', Resource: '*' },
    { Sid: 'Not', Effect: 'Deny', Action: 'secretsmanager:*', Resource: '*', Condition: { Null: { 'aws:x': 'true' } } },
  ],
})

test('the decoded message names the statement that denied, where it stands, and what the request had (access.md 4)', () => {
  const denials = denialsWith(vault())
  const decoded = JSON.parse(
    denials.decode(denials.encode(denied(DENY, { 'secretsmanager:VersionStage': 'AWSCURRENT' })), account) ?? '',
  )
  assert.equal(decoded.allowed, false)
  assert.equal(decoded.explicitDeny, true)
  assert.deepEqual(decoded.matchedStatements.items, [
    {
      statementId: 'Not',
      effect: 'DENY',
      statementIndex: 1,
      policy: { type: 'managed', id: 'arn:aws:iam::111122223333:policy/dev', holder: 'group/developers' },
      principals: { items: [] },
      actions: { items: [{ value: 'secretsmanager:*' }] },
      resources: { items: [{ value: '*' }] },
      conditions: { items: [{ value: { Null: { 'aws:x': 'true' } } }] },
    },
  ])
  assert.deepEqual(decoded.context.principal, {
    id: 'AIDAALICE',
    name: 'alice',
    arn: 'arn:aws:iam::111122223333:user/alice',
  })
  assert.equal(decoded.context.action, 'secretsmanager:GetSecretValue')
  assert.equal(decoded.context.resource, `arn:aws:secretsmanager:us-east-1:${account}:secret:db-AbCdEf`)
  const conditions = new Map(
    decoded.context.conditions.items.map(({ key, values }: { key: string; values: unknown }) => [key, values]),
  )
  assert.deepEqual(conditions.get('secretsmanager:VersionStage'), { items: [{ value: 'AWSCURRENT' }] })
  assert.deepEqual(conditions.get('aws:SourceIp'), { items: [{ value: '203.0.113.7' }] })
})

test('an implicit deny has no statement and says which kind of policy kept silent', () => {
  const denials = denialsWith(vault())
  const decoded = JSON.parse(denials.decode(denials.encode(denied('{"Statement":[]}')), account) ?? '')
  assert.equal(decoded.explicitDeny, false)
  assert.deepEqual(decoded.matchedStatements, { items: [] })
  assert.deepEqual(decoded.failures, { items: [{ policyType: 'identity', reason: 'silent' }] })
})

test('a message tells nothing to another account, in another deployment, or when a byte is changed', () => {
  const denials = denialsWith(vault())
  const message = denials.encode(denied(DENY))
  assert.ok(!Buffer.from(message, 'base64url').includes('secretsmanager'))
  assert.equal(denials.decode(message, '444455556666'), undefined)
  assert.equal(denialsWith(vault(8)).decode(message, account), undefined)
  for (let at = 0; at < message.length; at += 7) {
    const other = message[at] === 'A' ? 'B' : 'A'
    assert.equal(denials.decode(message.slice(0, at) + other + message.slice(at + 1), account), undefined, String(at))
  }
  for (const text of ['', 'x', 'AAAA', 'ü'.repeat(100)]) assert.equal(denials.decode(text, account), undefined)
})

test('all messages are of one length, so that it tells nothing; what does not fit is told with less detail', () => {
  const denials = denialsWith(vault())
  const long = Object.fromEntries(
    Array.from({ length: 50 }, (_, n) => [`secretsmanager:K${n}`, systemRandom.bytes(300).toString('base64')]),
  )
  const lists = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Sid: 'Many',
      Effect: 'Deny',
      Action: '*',
      Resource: ['*', ...Array.from({ length: 100 }, () => `arn:aws:s3:::${systemRandom.bytes(30).toString('hex')}`)],
    },
  })
  const decode = (message: string) => JSON.parse(denials.decode(message, account) ?? '')
  const [short, full, huge] = [denied('{"Statement":[]}'), denied(DENY, long), denied(lists, long)].map(
    denials.encode,
  ) as [string, string, string]
  assert.ok(short.length < 3000)
  assert.deepEqual([full.length, huge.length], [short.length, short.length])
  assert.equal(decode(full).matchedStatements.items[0].statementId, 'Not')
  assert.deepEqual(decode(full).context.conditions.items, [])
  assert.deepEqual(
    [decode(huge).matchedStatements.items[0].statementId, decode(huge).matchedStatements.items[0].resources],
    ['Many', undefined],
  )
})
