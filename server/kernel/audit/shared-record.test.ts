import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '#kernel/audit/event'
import { parseLine, sharedLinesOf } from '#kernel/audit/record'
import type { Call } from '#kernel/call'

const OWNER = '111122223333'
const THEIRS = '444455556666'

test('the owner’s copy differs from the record in who called, whose it is, and its id (surroundings.md 1.1, 1.2)', () => {
  const arn = `arn:aws:iam::${THEIRS}:user/ext`
  const call = {
    requestId: 'r',
    caller: {
      kind: 'user',
      account: THEIRS,
      arn,
      principalArn: arn,
      userId: 'AIDAEXT',
      userName: 'ext',
      accessKeyId: 'AKIA',
    },
    account: THEIRS,
    region: 'us-east-1',
    now: Date.UTC(2026, 0, 2, 3, 4, 5),
    sourceIp: '192.0.2.1',
    userAgent: 'test',
    tls: { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' },
  } as unknown as Call
  const event: AuditEvent = {
    call,
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'GetSecretValue',
    readOnly: true,
    requestParameters: { secretId: 'x' },
    responseElements: null,
    owner: OWNER,
  }
  const [own, copy] = sharedLinesOf(event, [{ owner: OWNER }], { caller: 'one', owners: ['two'], shared: 'both' }).map(
    parseLine,
  )
  assert.ok(own && copy)
  assert.deepEqual([own.eventId, own.account, copy.eventId, copy.account], ['one', THEIRS, 'two', OWNER])
  assert.deepEqual([own.eventTime, own.region], [copy.eventTime, copy.region])
  const record = JSON.parse(own.record)
  assert.deepEqual([record.userIdentity.userName, record.sharedEventID], ['ext', 'both'])
  assert.deepEqual(JSON.parse(copy.record), {
    ...record,
    userIdentity: { type: 'AWSAccount', principalId: 'AIDAEXT', accountId: THEIRS },
    eventID: 'two',
    recipientAccountId: OWNER,
  })
  assert.match(
    own.record,
    /"recipientAccountId":"444455556666","sharedEventID":"both","eventCategory":"Management","tlsDetails"/,
  )
  assert.ok(!copy.record.includes('user/ext') && !copy.record.includes('AKIA'))
})

test('of a call about what several accounts own each is told no more than what is about its own', () => {
  const arn = `arn:aws:iam::${THEIRS}:user/ext`
  const call = {
    requestId: 'r',
    caller: { kind: 'user', account: THEIRS, arn, principalArn: arn, userId: 'AIDAEXT', accessKeyId: 'AKIA' },
    account: THEIRS,
    region: 'us-east-1',
    now: Date.UTC(2026, 0, 2, 3, 4, 5),
    sourceIp: '192.0.2.1',
    userAgent: 'test',
  } as unknown as Call
  const third = '777788889999'
  const event: AuditEvent = {
    call,
    eventSource: 'ssm.amazonaws.com',
    eventName: 'GetParameters',
    readOnly: true,
    requestParameters: { names: ['mine', 'ours', 'thirds'] },
    responseElements: null,
    resources: [{ accountId: THEIRS, ARN: 'mine' }],
  }
  const copies = [OWNER, third].map((owner, i) => ({
    owner,
    requestParameters: { names: [i === 0 ? 'ours' : 'thirds'] },
    resources: [{ accountId: owner, ARN: 'x' }],
  }))
  const lines = sharedLinesOf(event, copies, { caller: 'one', owners: ['two', 'three'], shared: 'all' }).map(parseLine)
  const told = lines.map(({ account, record }) => {
    const { requestParameters, resources, sharedEventID, recipientAccountId } = JSON.parse(record)
    assert.deepEqual([recipientAccountId, sharedEventID], [account, 'all'])
    return [account, requestParameters.names, resources[0].accountId]
  })
  assert.deepEqual(told, [
    [THEIRS, ['mine', 'ours', 'thirds'], THEIRS],
    [OWNER, ['ours'], OWNER],
    [third, ['thirds'], third],
  ])
})
