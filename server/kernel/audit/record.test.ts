import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '#kernel/audit/event'
import { joinLine, lineOf, parseLine, recordOf } from '#kernel/audit/record'
import type { Call, Caller } from '#kernel/call'
import { Secret } from '#kernel/values/bytes'

const ID = '01890000-0000-7000-8000-000000000001'
const account = '111122223333'

const root: Caller = {
  kind: 'root',
  account,
  arn: `arn:aws:iam::${account}:root`,
  principalArn: `arn:aws:iam::${account}:root`,
  userId: account,
  accessKeyId: 'AKIAROOT',
  tags: new Map(),
  policies: [],
}
const user: Caller = {
  ...root,
  kind: 'user',
  arn: `arn:aws:iam::${account}:user/Alice`,
  principalArn: `arn:aws:iam::${account}:user/Alice`,
  userId: 'AIDAEXAMPLE',
  userName: 'Alice',
  accessKeyId: 'AKIAEXAMPLE',
}
const role: Caller = {
  ...root,
  kind: 'role',
  arn: `arn:aws:sts::${account}:assumed-role/Reader/session-1`,
  principalArn: `arn:aws:iam::${account}:role/team/Reader`,
  userId: 'AROAEXAMPLE:session-1',
  accessKeyId: 'ASIAEXAMPLE',
  session: {
    issuedAt: Date.UTC(2026, 6, 1, 10),
    expiresAt: Date.UTC(2026, 6, 1, 11),
    issuer: {
      type: 'Role',
      principalId: 'AROAEXAMPLE',
      arn: `arn:aws:iam::${account}:role/team/Reader`,
      accountId: account,
      userName: 'Reader',
    },
  },
}

const call = (more: Partial<Call> = {}): Call => ({
  requestId: '7f3c1b1e-0000-4000-8000-000000000001',
  caller: user,
  account,
  region: 'us-east-1',
  now: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  sourceIp: '192.0.2.7',
  userAgent: 'aws-cli/2.0 "quoted"',
  secure: false,
  events: [],
  ...more,
})
const event = (more: Partial<AuditEvent> = {}): AuditEvent => ({
  call: call(),
  eventSource: 'secretsmanager.amazonaws.com',
  eventName: 'GetSecretValue',
  readOnly: true,
  requestParameters: { secretId: 'avApiKey' },
  responseElements: null,
  ...more,
})
const read = (more: Partial<AuditEvent> = {}) => JSON.parse(recordOf(event(more), ID))

test('the record of a user’s call has the members of CloudTrail, in their order (surroundings.md 1.1)', () => {
  assert.equal(
    recordOf(event(), ID),
    JSON.stringify({
      eventVersion: '1.11',
      userIdentity: {
        type: 'IAMUser',
        principalId: 'AIDAEXAMPLE',
        arn: 'arn:aws:iam::111122223333:user/Alice',
        accountId: '111122223333',
        accessKeyId: 'AKIAEXAMPLE',
        userName: 'Alice',
      },
      eventTime: '2026-01-02T03:04:05Z',
      eventSource: 'secretsmanager.amazonaws.com',
      eventName: 'GetSecretValue',
      awsRegion: 'us-east-1',
      sourceIPAddress: '192.0.2.7',
      userAgent: 'aws-cli/2.0 "quoted"',
      requestParameters: { secretId: 'avApiKey' },
      responseElements: null,
      requestID: '7f3c1b1e-0000-4000-8000-000000000001',
      eventID: ID,
      readOnly: true,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: '111122223333',
      eventCategory: 'Management',
    }),
  )
})

test('root and role sessions have the identity that AWS writes (surroundings.md 1.2)', () => {
  assert.deepEqual(read({ call: call({ caller: root }) }).userIdentity, {
    type: 'Root',
    principalId: account,
    arn: `arn:aws:iam::${account}:root`,
    accountId: account,
    accessKeyId: 'AKIAROOT',
  })
  assert.deepEqual(read({ call: call({ caller: role }) }).userIdentity, {
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLE:session-1',
    arn: `arn:aws:sts::${account}:assumed-role/Reader/session-1`,
    accountId: account,
    accessKeyId: 'ASIAEXAMPLE',
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: 'AROAEXAMPLE',
        arn: `arn:aws:iam::${account}:role/team/Reader`,
        accountId: account,
        userName: 'Reader',
      },
      attributes: { creationDate: '2026-07-01T10:00:00Z', mfaAuthenticated: 'false' },
    },
  })
})

test('a call that a service makes for the caller carries invokedBy, and its DNS name as address and agent', () => {
  const made = read({
    call: call({ via: 'secretsmanager.amazonaws.com', tls: { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' } }),
    eventSource: 'kms.amazonaws.com',
    eventName: 'Decrypt',
    resources: [{ accountId: account, type: 'AWS::KMS::Key', ARN: 'arn:aws:kms:us-east-1:111122223333:key/k' }],
  })
  assert.equal(made.userIdentity.type, 'IAMUser')
  assert.equal(made.userIdentity.invokedBy, 'secretsmanager.amazonaws.com')
  assert.equal(made.sourceIPAddress, 'secretsmanager.amazonaws.com')
  assert.equal(made.userAgent, 'secretsmanager.amazonaws.com')
  assert.equal(made.tlsDetails, undefined)
  assert.deepEqual(made.resources, [
    { accountId: account, type: 'AWS::KMS::Key', ARN: 'arn:aws:kms:us-east-1:111122223333:key/k' },
  ])
})

test('a service event has no type of identity (recorded, surroundings.md 1.4)', () => {
  const made = read({
    call: call({ caller: { ...root, kind: 'service', arn: 'secretsmanager.amazonaws.com' } }),
    eventName: 'RotationStarted',
    requestParameters: null,
    additionalEventData: { SecretId: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:a-AbCdEf' },
  })
  assert.deepEqual(made.userIdentity, { accountId: account, invokedBy: 'secretsmanager.amazonaws.com' })
  assert.equal(made.eventType, 'AwsServiceEvent')
  assert.equal(made.sourceIPAddress, 'secretsmanager.amazonaws.com')
  assert.equal(made.requestParameters, null)
  assert.deepEqual(made.additionalEventData, {
    SecretId: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:a-AbCdEf',
  })
})

test('a service that calls another one is an AWSService, and its call an API call (published: AssumeRole by lambda.amazonaws.com)', () => {
  const arn = `arn:aws:iam::${account}:role/fn`
  const made = read({
    call: call({ caller: { ...root, kind: 'service', arn: 'lambda.amazonaws.com' } }),
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    requestParameters: { roleArn: arn, roleSessionName: 'fn' },
  })
  assert.deepEqual(made.userIdentity, { type: 'AWSService', invokedBy: 'lambda.amazonaws.com' })
  assert.equal(made.eventType, 'AwsApiCall')
  assert.equal(made.sourceIPAddress, 'lambda.amazonaws.com')
  assert.equal(made.userAgent, 'lambda.amazonaws.com')
  assert.equal(made.recipientAccountId, account)
})

test('a refusal carries code and message, TLS its details', () => {
  const made = read({
    errorCode: 'AccessDenied',
    errorMessage: 'no',
    call: call({ tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' }, host: 'localhost:4566' }),
  })
  assert.deepEqual([made.errorCode, made.errorMessage], ['AccessDenied', 'no'])
  assert.deepEqual(made.tlsDetails, {
    tlsVersion: 'TLSv1.3',
    cipherSuite: 'TLS_AES_256_GCM_SHA384',
    clientProvidedHostHeader: 'localhost:4566',
  })
})

test('long members are truncated: agent and error at 1 KB, parameters at 100 KB, and stay JSON', () => {
  const made = read({
    call: call({ userAgent: `${'a'.repeat(1023)}ä!` }),
    errorCode: 'X',
    errorMessage: '😀'.repeat(1000),
    requestParameters: { secretId: 's', description: 'd'.repeat(200_000), list: Array(60_000).fill('x') },
    additionalEventData: { text: 'ä'.repeat(20_000) },
  })
  assert.equal(made.userAgent, 'a'.repeat(1023))
  assert.equal(made.errorMessage, '😀'.repeat(256))
  assert.equal(made.requestParameters.secretId, 's')
  assert.equal(made.requestParameters.description, 'd'.repeat(8192))
  assert.ok(JSON.stringify(made.requestParameters).length <= 100 * 1024)
  assert.ok(Buffer.byteLength(JSON.stringify(made.additionalEventData)) <= 28 * 1024)
})

test('a line can be taken apart and put together; hostile texts can’t make a second line or another column', () => {
  const text = 'a\n1 2 3\u2028"\\\u0000\ud800 {'
  const line = lineOf(
    event({ call: call({ region: 'us-east-1 x\n', userAgent: text, sourceIp: text }), requestParameters: { a: text } }),
    ID,
  )
  assert.equal(line.includes('\n'), false)
  assert.equal(line.isWellFormed(), true)
  const parsed = parseLine(line)
  assert.deepEqual([parsed.eventId, parsed.eventTime, parsed.account, parsed.region], [ID, call().now, account, '-'])
  assert.equal(JSON.parse(parsed.record).requestParameters.a, text)
  assert.equal(joinLine(parsed), line)
})

test('a secret that gets into an event by mistake prints [secret]', () => {
  const made = read({ requestParameters: { secretString: new Secret('canary') } })
  assert.equal(made.requestParameters.secretString, '[secret]')
})
