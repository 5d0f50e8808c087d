import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { askedIn, attributesOf, onIn, textsOf, whoIn } from '#kernel/audit/attributes'
import type { AuditEvent } from '#kernel/audit/event'
import { parseLine, lineOf, sharedLinesOf } from '#kernel/audit/record'
import type { Caller } from '#kernel/call'

const ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-AbCdEf'
const user = {
  kind: 'user',
  account: '111122223333',
  arn: 'arn:aws:iam::111122223333:user/alice',
  userId: 'AIDAEXAMPLE',
  accessKeyId: 'AKIAEXAMPLE',
  userName: 'alice',
} as unknown as Caller
const role = {
  kind: 'role',
  account: '111122223333',
  arn: 'arn:aws:sts::111122223333:assumed-role/app/session-1',
  userId: 'AROAEXAMPLE:session-1',
  accessKeyId: 'ASIAEXAMPLE',
  session: { issuer: { type: 'Role', userName: 'app' }, issuedAt: 0 },
} as unknown as Caller
const service = { kind: 'service', account: '111122223333', arn: 'secretsmanager.amazonaws.com' } as unknown as Caller
const root = { ...user, kind: 'root', arn: 'arn:aws:iam::111122223333:root', userName: undefined } as unknown as Caller

const event = (caller: Caller, more: Partial<AuditEvent>, agent = 'aws-cli/2'): AuditEvent => ({
  call: {
    ...{ caller, account: '111122223333', region: 'us-east-1', now: 1_700_000_000_000, requestId: 'r-1' },
    ...{ sourceIp: '198.51.100.7', userAgent: agent, tls: { version: 'TLSv1.3', cipher: 'X' }, host: 'h' },
  } as unknown as AuditEvent['call'],
  eventSource: 'secretsmanager.amazonaws.com',
  eventName: 'GetSecretValue',
  readOnly: true,
  requestParameters: { secretId: 'prod/db' },
  responseElements: null,
  ...more,
})

/** By its texts, as the index reads it. */
function fast(line: string) {
  const { record, eventId } = parseLine(line)
  const texts = textsOf(record, eventId)
  if (texts === undefined) return attributesOf(record)
  const on = onIn(texts.on)
  if (on === undefined) return attributesOf(record)
  const { errorCode, readOnly } = texts
  return {
    ...askedIn(texts.asked),
    readOnly,
    ...whoIn(texts.who),
    ...(errorCode !== undefined && { errorCode }),
    ...on,
  }
}

test('who is called what: the user, the session of a role, root; nobody for a service (surroundings.md 1.5)', () => {
  const names = [user, role, root, service].map(
    (caller) => attributesOf(parseLine(lineOf(event(caller, {}), 'id-1')).record).username,
  )
  assert.deepEqual(names, ['alice', 'session-1', 'root', undefined])
})

test('a read of a secret says which, and which version; a key and a parameter are resources too', () => {
  const additionalEventData = { SecretId: ARN, SecretVersionId: 'v-1' }
  const { resources, versionId } = attributesOf(parseLine(lineOf(event(user, { additionalEventData }), 'id-1')).record)
  assert.deepEqual([resources, versionId], [[{ type: 'AWS::SecretsManager::Secret', name: ARN }], 'v-1'])
  const key = { accountId: '1', type: 'AWS::KMS::Key', ARN: 'arn:key' }
  const parameter = { accountId: '1', ARN: 'arn:parameter' }
  const both = attributesOf(parseLine(lineOf(event(user, { resources: [key, parameter] }), 'id-1')).record)
  assert.deepEqual(both.resources, [
    { type: 'AWS::KMS::Key', name: 'arn:key' },
    { type: '', name: 'arn:parameter' },
  ])
})

test('what is read from the text of a record is what parsing says, whatever somebody sends', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '","eventSource":"x',
      '\\","errorCode":"x',
      '],"eventType":"',
      ',"eventID":"id-1","readOnly":true',
      '},"eventTime":"',
      '\\',
    ),
  )
  const value: fc.Arbitrary<unknown> = fc.oneof(nasty, fc.boolean(), fc.constant(null))
  const members = fc.dictionary(
    fc.oneof(
      nasty,
      fc.constantFrom(
        'eventID',
        'readOnly',
        'resources',
        'additionalEventData',
        'errorCode',
        'requestID',
        'requestParameters',
      ),
    ),
    fc.oneof(
      value,
      fc.array(fc.record({ ARN: nasty })),
      fc.record({ SecretId: nasty }),
      fc.record({ additionalEventData: fc.record({ SecretId: nasty }) }),
    ),
  )
  const some = fc.record(
    {
      requestParameters: fc.option(members),
      responseElements: fc.option(members),
      additionalEventData: fc.oneof(fc.constant({ SecretId: ARN, SecretVersionId: 'v-1' }), members),
      resources: fc.array(fc.record({ accountId: nasty, type: nasty, ARN: nasty })),
      errorCode: fc.constantFrom('AccessDeniedException', 'ResourceNotFoundException'),
      errorMessage: nasty,
      readOnly: fc.boolean(),
    },
    { requiredKeys: ['requestParameters', 'responseElements', 'readOnly'] },
  )
  const event1 = fc.tuple(fc.constantFrom(user, role, root, service), some, nasty)
  fc.assert(
    fc.property(event1, ([caller, more, agent]) => {
      const made = event(caller, more as Partial<AuditEvent>, agent)
      const { record } = parseLine(lineOf(made, 'id-1'))
      assert.deepEqual(fast(lineOf(made, 'id-1')), attributesOf(record))
      const ids = { caller: 'id-1', owners: ['id-2'], shared: 'id-3' }
      for (const line of sharedLinesOf(made, [{ owner: '999999999999' }], ids))
        assert.deepEqual(fast(line), attributesOf(parseLine(line).record))
    }),
    { numRuns: 500 },
  )
})
