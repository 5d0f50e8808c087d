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
  const [own, copy] = sharedLinesOf(event, OWNER, { caller: 'one', owner: 'two', shared: 'both' }).map(parseLine)
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
