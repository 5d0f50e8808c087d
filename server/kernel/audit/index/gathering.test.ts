import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { attributesOf } from '#kernel/audit/attributes'
import type { AuditEvent } from '#kernel/audit/event'
import { eventIds } from '#kernel/audit/event-id'
import { Gathering } from '#kernel/audit/index/gathering'
import { segmentView } from '#kernel/audit/index/view'
import { type Listed, termsOfAsked, termsOfOn, termsOfWho } from '#kernel/audit/index/terms'
import { lineOf, parseLine, sharedLinesOf } from '#kernel/audit/record'
import { Tally } from '#kernel/audit/usage/tally'
import type { Caller } from '#kernel/call'
import { systemRandom } from '#kernel/random'

const ACCOUNT = '111122223333'
const WRITER = 'aaaaaaaa-0000-4000-8000-000000000001'
const REQUEST = '3c63c6a1-45fa-48ea-befd-677c770e35d7'
const arn = (n: number) => `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:prod/s${n}-AbCdEf`
const key = (n: number) => ({
  accountId: ACCOUNT,
  type: 'AWS::KMS::Key',
  ARN: `arn:aws:kms:us-east-1:${ACCOUNT}:key/${n}`,
})

const callers: readonly Caller[] = [
  {
    ...{ kind: 'user', account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:user/alice`, userId: 'AIDAEXAMPLE' },
    ...{ accessKeyId: 'AKIAEXAMPLE', userName: 'alice' },
  },
  {
    ...{
      kind: 'role',
      account: ACCOUNT,
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/app/one`,
      userId: 'AROAEXAMPLE:one',
    },
    ...{ accessKeyId: 'ASIAEXAMPLE', session: { issuer: { type: 'Role', userName: 'app', arn: 'role' }, issuedAt: 0 } },
  },
  { kind: 'root', account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root`, userId: ACCOUNT, accessKeyId: 'AKIAROOT' },
  { kind: 'service', account: ACCOUNT, arn: 'secretsmanager.amazonaws.com' },
] as unknown as readonly Caller[]

/** Texts that look like the parts that records are known by. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    ...['","eventSource":"x', '\\","errorCode":"x', ',"responseElements":null', '","eventID":"', ',"requestID":"'],
    ...['},"eventTime":"', ',"requestParameters":', ',"additionalEventData":{"SecretId":"x"}', '\\', '"'],
  ),
)
const members = fc.dictionary(
  fc.oneof(
    nasty,
    fc.constantFrom(
      'eventID',
      'requestID',
      'readOnly',
      'resources',
      'additionalEventData',
      'responseElements',
      'SecretId',
    ),
  ),
  fc.oneof(
    nasty,
    fc.constant(null),
    fc.record({ SecretId: nasty }),
    fc.record({ additionalEventData: fc.constant({ SecretId: 'x' }) }),
  ),
)
const usual = fc.nat(3).map((n) => ({ secretId: `prod/s${n}` }))
const some = fc.record(
  {
    requestParameters: fc.oneof(usual, usual, fc.option(members)),
    responseElements: fc.oneof(fc.constant(null), fc.constant(null), members),
    additionalEventData: fc.oneof(
      fc.nat(3).map((n) => ({ SecretId: arn(n), SecretVersionId: 'v-1' })),
      fc.nat(3).map((n) => ({ SecretId: arn(n), BatchGetSecretValue: true })),
      fc.nat(3).map((ParametersReturned) => ({ ParametersReturned })),
      members,
    ),
    resources: fc.oneof(
      fc.nat(2).map((n) => [key(n)]),
      fc.constant([key(1), key(2)]),
      fc.constant([]),
    ),
    errorCode: fc.constantFrom('AccessDeniedException', 'ThrottlingException'),
    errorMessage: nasty,
    eventName: fc.constantFrom('GetSecretValue', 'GetParameters', 'PutSecretValue', 'Decrypt'),
    readOnly: fc.boolean(),
  },
  { requiredKeys: ['requestParameters', 'responseElements', 'eventName', 'readOnly'] },
)
const made = fc.array(
  fc.record({
    caller: fc.constantFrom(...callers),
    more: some,
    agent: fc.oneof(fc.constant('aws-cli/2'), fc.constant('aws-cli/2'), nasty),
    region: fc.constantFrom('us-east-1', 'eu-west-1'),
    request: fc.oneof(fc.constant(REQUEST), fc.constant(REQUEST), fc.constant('r-1'), nasty),
    via: fc.constantFrom(undefined, undefined, 'secretsmanager.amazonaws.com'),
    shared: fc.boolean(),
    later: fc.nat(40_000),
  }),
  { minLength: 1, maxLength: 40 },
)

/** The lines of a journal with these events in it. */
function linesOf(events: typeof made extends fc.Arbitrary<infer T> ? T : never): string[] {
  const nextId = eventIds(systemRandom)
  return events.flatMap(({ caller, more, agent, region, request, via, shared, later }) => {
    const now = 1_700_000_000_000 + later
    const event = {
      call: {
        ...{
          caller,
          account: ACCOUNT,
          region,
          now,
          requestId: request,
          via,
          sourceIp: '198.51.100.7',
          userAgent: agent,
        },
        ...{ tls: { version: 'TLSv1.3', cipher: 'X' }, host: 'h' },
      },
      ...{ eventSource: 'secretsmanager.amazonaws.com', ...more },
    } as unknown as AuditEvent
    if (!shared) return [lineOf(event, nextId(now))]
    return [
      ...sharedLinesOf(event, [{ owner: '999999999999' }], {
        caller: nextId(now),
        owners: [nextId(now)],
        shared: nextId(now),
      }),
    ]
  })
}

const countsOf = (tally: Tally) =>
  [...tally.counters]
    .map(({ key: name, minutes, last }) => [name, last, [...minutes].map(([at, count]) => [at, { ...count }])])
    .sort()

/** What is gathered of a journal of these events has the lists and the counts that parsing gives. */
async function isRight(events: Parameters<typeof linesOf>[0]): Promise<void> {
  const lines = linesOf(events)
  const gathering = new Gathering()
  const tally = new Tally()
  const parsed = new Tally()
  const block = lines.map((line, i) => `${i + 1} ${'0'.repeat(64)} ${line}`).join('\n')
  assert.equal(gathering.take(Buffer.from(block), WRITER, 1, 0, Number.MAX_SAFE_INTEGER, tally), lines.length)
  const expected = new Map<string, Set<number>>()
  const put = (scope: string, name: Listed, value: string, sequence: number) => {
    const term = JSON.stringify([...scope.split(' '), name, value])
    expected.set(term, (expected.get(term) ?? new Set()).add(sequence))
  }
  lines.forEach((line, i) => {
    const { account, region, record, ...rest } = parseLine(line)
    const found = attributesOf(record)
    const scope = `${account} ${region}`
    put(scope, 'All', '', i + 1)
    for (const [name, value] of [...termsOfWho(found), ...termsOfAsked(found), ...termsOfOn(found)])
      put(scope, name, value, i + 1)
    put(scope, 'ReadOnly', String(found.readOnly), i + 1)
    if (found.errorCode !== undefined) put(scope, 'ErrorCode', found.errorCode, i + 1)
    parsed.add({ ...rest, account, region, record, writer: WRITER, sequence: i + 1, hash: '', mac: null })
  })
  const { about, pieces } = gathering.pack(1, 'build')
  const packed = segmentView(about, async (piece) => pieces.get(piece) as Buffer)
  for (const [term, sequences] of expected) {
    const [account, region, name, value] = JSON.parse(term) as [string, string, Listed, string]
    const places = [...gathering.list(account, region, name, value)]
    assert.deepEqual([...(await packed.list(account, region, name, value))], places, term)
    assert.deepEqual(
      places.map((place) => gathering.row(place).sequence).sort((a, b) => a - b),
      [...sequences],
      term,
    )
    assert.deepEqual(
      places,
      [...new Set(places)].sort((a, b) => a - b),
    )
  }
  const order = lines.map((_, place) => gathering.row(place).sequence)
  const byTime = lines
    .map((line, i) => ({ ...parseLine(line), sequence: i + 1 }))
    .sort((a, b) => a.eventTime - b.eventTime || (a.eventId < b.eventId ? -1 : 1))
  assert.deepEqual(
    order,
    byTime.map(({ sequence }) => sequence),
  )
  assert.deepEqual(countsOf(tally), countsOf(parsed))
  assert.deepEqual([...tally.position], [...parsed.position])
}

test('records that are known by their parts have the lists and the counts that parsing gives, whatever somebody sends', () => {
  return fc.assert(fc.asyncProperty(made, isRight), { numRuns: 400 })
})

test('so have records of which each is about another secret, those that come again, and what else stands with a secret', () => {
  const events = Array.from({ length: 400 }, (_, n) => ({
    caller: callers[n % 2] as Caller,
    more: {
      requestParameters: { secretId: 'x' },
      responseElements: null,
      additionalEventData: {
        SecretId: arn(n % 3 === 0 ? n % 7 : n),
        ...(n % 5 !== 4 && { SecretVersionId: n % 11 === 10 ? 7 : `v-${n % 4}` }),
        ...(n % 13 === 12 && { BatchGetSecretValue: true }),
      },
      eventName: n % 2 === 0 ? 'GetSecretValue' : 'PutSecretValue',
      readOnly: n % 2 === 0,
    },
    ...{ agent: 'aws-cli/2', region: 'us-east-1', request: REQUEST, via: undefined, shared: false, later: n * 200 },
  }))
  return isRight(events as Parameters<typeof linesOf>[0])
})

test('a block whose numbers can not be read is passed over record by record, and what is no record has no place', () => {
  const [line] = linesOf([
    {
      caller: callers[0] as Caller,
      more: { requestParameters: null, responseElements: null, eventName: 'Decrypt', readOnly: true },
      ...{ agent: '', region: 'us-east-1', request: REQUEST, via: undefined, shared: false, later: 0 },
    },
  ]) as [string]
  const gathering = new Gathering()
  const block = [`x h ${line}`, `2 h ${line}`, '3 h what is this', '', `5 h ${line}`].join('\n')
  assert.equal(gathering.take(Buffer.from(block), WRITER, 1, 0, 4), 4)
  assert.equal(gathering.size, 1)
  assert.equal(gathering.row(0).sequence, 2)
})
