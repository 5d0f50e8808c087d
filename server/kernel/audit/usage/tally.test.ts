import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Series, Tally } from '#kernel/audit/usage/tally'
import { ACCOUNT, recordOf, ROLE, SECRET, stored, USER } from '#kernel/audit/usage/test/records'

const countsOf = (records: readonly Record<string, unknown>[]) => {
  const tally = new Tally()
  for (const [at, record] of records.entries()) tally.add(stored(record, { sequence: at + 1 }))
  return [...tally.counters].map(({ series, minutes }) => {
    const counts = [...minutes.values()]
    return {
      series,
      calls: counts.reduce((sum, { calls }) => sum + calls, 0),
      items: counts.reduce((sum, { items }) => sum + items, 0),
    }
  })
}
/** Only what the test is about. */
const told = (records: readonly Record<string, unknown>[], names: readonly (keyof Series)[]) =>
  countsOf(records).map(({ series, calls, items }) => [...names.map((name) => series[name]), calls, items].join(' '))

test('calls are counted by minute, account, Region, principal, source, operation, result and resource', () => {
  const tally = new Tally()
  tally.add(stored(recordOf(), { sequence: 1, time: 120_001 }))
  tally.add(stored(recordOf(), { sequence: 2, time: 179_999 }))
  tally.add(stored(recordOf(), { sequence: 3, time: 180_000 }))
  const [counter, ...more] = [...tally.counters]
  assert.deepEqual(more, [])
  assert.deepEqual(counter?.series, {
    account: ACCOUNT,
    region: 'us-east-1',
    principal: USER,
    source: 'secretsmanager.amazonaws.com',
    operation: 'GetSecretValue',
    result: 'ok',
    resource: SECRET,
    via: '',
  })
  assert.deepEqual(
    [...(counter?.minutes ?? [])],
    [
      [120_000, { calls: 2, items: 2 }],
      [180_000, { calls: 1, items: 1 }],
    ],
  )
  assert.equal(counter?.last, 180_000)
})

test('failed calls of somebody known count, throttled ones do not (surroundings.md 9)', () => {
  const failed = recordOf({ errorCode: 'AccessDeniedException' })
  const throttled = recordOf({ errorCode: 'ThrottlingException' })
  assert.deepEqual(told([failed, throttled], ['result']), ['AccessDeniedException 1 0'])
})

test('a call of BatchGetSecretValue counts once, and reads what it reads (surroundings.md 9)', () => {
  const entry = recordOf({ additionalEventData: { SecretId: SECRET, BatchGetSecretValue: true } })
  const batch = recordOf({ eventName: 'BatchGetSecretValue', additionalEventData: undefined })
  assert.deepEqual(told([entry, entry, batch], ['operation', 'resource']), [
    `GetSecretValue ${SECRET} 0 2`,
    'BatchGetSecretValue  1 0',
  ])
})

test('what services do by themselves is no call; what they ask in a caller’s name is kept apart (trap 42)', () => {
  const rotated = recordOf({ eventType: 'AwsServiceEvent', eventName: 'RotationSucceeded' })
  const decrypt = recordOf({
    ...{ eventSource: 'kms.amazonaws.com', eventName: 'Decrypt', additionalEventData: undefined },
    userIdentity: { ...(recordOf().userIdentity as object), invokedBy: 'secretsmanager.amazonaws.com' },
    resources: [{ accountId: ACCOUNT, type: 'AWS::KMS::Key', ARN: 'arn:aws:kms:us-east-1:111122223333:key/k' }],
  })
  assert.deepEqual(told([rotated, decrypt], ['operation', 'via']), ['Decrypt secretsmanager.amazonaws.com 1 0'])
})

test('what functions ask with the credentials of their role is a call of the role, over its sessions (trap 42)', () => {
  const as = (session: string, issuer: string) =>
    recordOf({
      userIdentity: {
        ...{ type: 'AssumedRole', accountId: ACCOUNT, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Rotator/${session}` },
        sessionContext: { sessionIssuer: { type: 'Role', arn: issuer } },
      },
    })
  const own = `arn:aws:iam::${ACCOUNT}:role/aws-service-role/rotation.secretsmanager.amazonaws.com/AWSServiceRoleForSecretsManagerRotation`
  assert.deepEqual(told([as('one', ROLE), as('two', ROLE), as('engine', own)], ['principal', 'via']), [
    `${ROLE}  2 2`,
    `${own} rotation 1 1`,
  ])
})

test('of a call that two accounts are told of the caller’s record counts (trap 44)', () => {
  const shared = recordOf({ sharedEventID: 'both' })
  const copy = recordOf({
    ...{ sharedEventID: 'both', recipientAccountId: '444455556666' },
    userIdentity: { type: 'AWSAccount', principalId: 'AIDA', accountId: ACCOUNT },
  })
  assert.deepEqual(told([shared, copy], ['account']), [`${ACCOUNT} 1 1`])
})

test('GetParameters is one call that reads each parameter; GetParametersByPath counts what it returned', () => {
  const parameter = (name: string) => `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/${name}`
  const base = { eventSource: 'ssm.amazonaws.com', additionalEventData: undefined }
  const many = recordOf({
    ...base,
    eventName: 'GetParameters',
    resources: [{ ARN: parameter('a') }, { ARN: parameter('b') }],
  })
  const path = recordOf({
    ...base,
    eventName: 'GetParametersByPath',
    resources: [{ ARN: parameter('app') }],
    additionalEventData: { ParametersReturned: 7 },
  })
  assert.deepEqual(told([many, path], ['operation', 'resource']), [
    'GetParameters  1 0',
    `GetParameters ${parameter('a')} 0 1`,
    `GetParameters ${parameter('b')} 0 1`,
    `GetParametersByPath ${parameter('app')} 1 7`,
  ])
})

test('who failed to prove himself by a token is nobody; who succeeded counts by his provider', () => {
  const web = (more: Record<string, unknown>) =>
    recordOf({
      ...{ eventSource: 'sts.amazonaws.com', eventName: 'AssumeRoleWithWebIdentity', additionalEventData: undefined },
      userIdentity: { type: 'WebIdentityUser', identityProvider: 'https://idp.example' },
      ...more,
    })
  assert.deepEqual(told([web({}), web({ errorCode: 'InvalidIdentityToken' })], ['principal']), [
    'web-identity/https://idp.example 1 0',
  ])
})

test('the date that Lambda appends is no part of an operation', () => {
  const names = ['CreateFunction20150331', 'UpdateFunctionCode20150331v2', 'Invoke']
  const records = names.map((eventName) => recordOf({ eventName, eventSource: 'lambda.amazonaws.com' }))
  assert.deepEqual(
    countsOf(records).map(({ series }) => series.operation),
    ['CreateFunction', 'UpdateFunctionCode', 'Invoke'],
  )
})

test('what was counted before, and what is no record, is passed over', () => {
  const tally = new Tally(new Map([['w', 5]]))
  tally.add(stored(recordOf(), { writer: 'w', sequence: 5 }))
  tally.add(stored(recordOf(), { writer: 'w', sequence: 6 }))
  tally.add(stored(recordOf(), { writer: 'w', sequence: 6 }))
  tally.add({ ...stored(recordOf(), { writer: 'w', sequence: 7 }), record: 'no {json' })
  tally.add({ ...stored(recordOf(), { writer: 'w', sequence: 8 }), record: 'null' })
  assert.equal([...tally.counters].length, 1)
  assert.deepEqual([...tally.position], [['w', 8]])
})
