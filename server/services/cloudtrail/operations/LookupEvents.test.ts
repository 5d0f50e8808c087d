import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredRecord } from '#kernel/audit/reader'
import { ACCOUNT, START, trial } from '../test/trial.ts'

const DAY = 86_400_000

/** A record as the journal has it. */
function stored(eventId: string, more: object = {}): StoredRecord {
  const record = JSON.stringify({
    userIdentity: { type: 'IAMUser', userName: 'ann', accessKeyId: 'AKIAEXAMPLE' },
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'GetSecretValue',
    sourceIPAddress: '127.0.0.1',
    readOnly: true,
    eventCategory: 'Management',
    ...more,
  })
  const rest = { writer: 'w', sequence: 1, hash: '', mac: null }
  return { eventId, eventTime: START + 750, account: ACCOUNT, region: 'us-east-1', record, ...rest }
}

test('LookupEvents: ReadOnly and the record are texts, the time is in whole seconds (trap 4)', async () => {
  await using t = await trial()
  const SecretId = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:x-AbCdEf'
  const one = stored('e1', { additionalEventData: { SecretId } })
  t.pages.push({ records: [one] })
  assert.deepEqual(await t.call('LookupEvents', {}), {
    Events: [
      {
        EventId: 'e1',
        EventName: 'GetSecretValue',
        ReadOnly: 'true',
        AccessKeyId: 'AKIAEXAMPLE',
        EventTime: new Date(START),
        EventSource: 'secretsmanager.amazonaws.com',
        Username: 'ann',
        Resources: [{ ResourceType: 'AWS::SecretsManager::Secret', ResourceName: SecretId }],
        CloudTrailEvent: one.record,
      },
    ],
  })
})

test('Resources is empty for parameters although the record has them (recorded)', async () => {
  await using t = await trial()
  const resources = [{ accountId: ACCOUNT, ARN: `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/x` }]
  t.pages.push({ records: [stored('e1', { eventSource: 'ssm.amazonaws.com', eventName: 'GetParameter', resources })] })
  assert.deepEqual((await t.call('LookupEvents', {})).Events[0].Resources, [])
})

test('LookupEvents asks of this account and Region, 90 days back, both bounds inside to the second', async () => {
  await using t = await trial()
  await t.call('LookupEvents', {})
  const { account, region, from, limit } = t.asked[0] ?? {}
  assert.deepEqual([account, region, from, limit], [ACCOUNT, 'us-east-1', START - 90 * DAY, 50])
  const at = new Date(START - 5000)
  await t.call('LookupEvents', { StartTime: at, EndTime: at, MaxResults: 1 })
  assert.deepEqual([t.asked[1]?.from, t.asked[1]?.to, t.asked[1]?.limit], [START - 5000, START - 5000 + 999, 1])
  // All of it is longer ago than records are kept for this: nobody is asked.
  assert.deepEqual(await t.call('LookupEvents', { EndTime: new Date(START - 91 * DAY) }), { Events: [] })
  assert.deepEqual(await t.call('LookupEvents', { EventCategory: 'insight' }), { Events: [] })
  assert.equal(t.asked.length, 2)
})

test('LookupEvents refuses two attributes (trap 5), a page of 51, a reversed span, another category, a long value', async () => {
  await using t = await trial()
  const attribute = (AttributeValue: string) => ({ AttributeKey: 'EventName', AttributeValue })
  const refused = (input: object, code: string) => t.refused('LookupEvents', { ...input }, code, /./)
  await refused({ LookupAttributes: [attribute('a'), attribute('b')] }, 'InvalidLookupAttributesException')
  await refused({ LookupAttributes: [attribute('x'.repeat(2001))] }, 'InvalidLookupAttributesException')
  await refused({ LookupAttributes: [attribute('')] }, 'InvalidLookupAttributesException')
  for (const MaxResults of [0, 51, -1]) await refused({ MaxResults }, 'InvalidMaxResultsException')
  await refused({ StartTime: new Date(START), EndTime: new Date(START - 1) }, 'InvalidTimeRangeException')
  await refused({ EventCategory: 'data' }, 'InvalidEventCategoryException')
  await refused({ NextToken: 'nonsense' }, 'InvalidNextTokenException')
})

test('a token belongs to all parameters of its question, its account and its Region', async () => {
  await using t = await trial()
  const question = { LookupAttributes: [{ AttributeKey: 'Username', AttributeValue: 'ann' }], MaxResults: 1 }
  t.pages.push({ records: [stored('e1')], next: { at: 7 } })
  const { NextToken } = await t.call('LookupEvents', question)
  assert.equal(typeof NextToken, 'string')
  await t.call('LookupEvents', { ...question, NextToken })
  assert.deepEqual(t.asked[1]?.after, { at: 7 })
  const refused = (input: object, more?: object) =>
    t.refused('LookupEvents', { ...question, ...input, NextToken }, 'InvalidNextTokenException', /token/, more)
  await refused({ MaxResults: 2 })
  await refused({ LookupAttributes: [] })
  await refused({ EndTime: new Date(START) })
  await refused({}, { region: 'eu-west-1' })
  await refused({}, { account: '999999999999' })
})

test('data events are in no event history: pages are filled with what comes behind them', async () => {
  await using t = await trial()
  const data = stored('d', { eventName: 'Invoke', eventCategory: 'Data' })
  t.pages.push({ records: [data, stored('e1')], next: 1 }, { records: [data], next: 2 }, { records: [stored('e2')] })
  const { Events, NextToken } = await t.call('LookupEvents', { MaxResults: 2 })
  assert.deepEqual(
    Events.map(({ EventId }: { EventId: string }) => EventId),
    ['e1', 'e2'],
  )
  assert.equal(NextToken, undefined)
  assert.deepEqual(
    t.asked.map(({ limit }) => limit),
    [2, 1, 1],
  )
})

test('two lookups a second for an account and Region, by the clock: a third is throttled', async () => {
  await using t = await trial()
  const refusal = (more: object = {}) => t.service.throttled?.(t.request(more), 'LookupEvents')
  const throttled = async (more: object = {}) => {
    const found = await refusal(more)
    return found && [found.code, found.message]
  }
  assert.equal(await throttled(), undefined)
  assert.equal(await throttled(), undefined)
  assert.deepEqual(await throttled(), ['ThrottlingException', 'Rate exceeded'])
  assert.equal(await throttled({ region: 'eu-west-1' }), undefined)
  assert.equal(await throttled({ now: START + 500 }), undefined)
  assert.deepEqual(await throttled({ now: START + 500 }), ['ThrottlingException', 'Rate exceeded'])
  assert.equal(await t.service.throttled?.(t.request(), 'DescribeTrails'), undefined)
})

test('nobody hides a call by a member of his own that looks like the category of data events', async () => {
  await using t = await trial()
  const hidden = stored('h', {
    eventName: 'Decrypt',
    requestParameters: { encryptionContext: { eventCategory: 'Data' } },
    eventCategory: 'Management',
  })
  const members = JSON.parse(hidden.record) as Record<string, unknown>
  const { eventCategory, ...rest } = members
  t.pages.push({ records: [{ ...hidden, record: JSON.stringify({ ...rest, eventCategory }) }] })
  const { Events } = await t.call('LookupEvents', {})
  assert.deepEqual(
    Events.map(({ EventId }: { EventId: string }) => EventId),
    ['h'],
  )
})

test('a history full of data events is not looked through in one call: its token goes on', async () => {
  await using t = await trial()
  const data = stored('d', { eventName: 'Invoke', eventCategory: 'Data' })
  for (let page = 0; page < 30; page++) t.pages.push({ records: [data], next: { place: page } as never })
  const { Events, NextToken } = await t.call('LookupEvents', {})
  assert.deepEqual([Events, typeof NextToken, t.asked.length], [[], 'string', 20])
})
