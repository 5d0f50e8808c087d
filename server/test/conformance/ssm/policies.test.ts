import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { SSM } from '@aws-sdk/client-ssm'
import { openFileReader } from '#kernel/audit/sqlite-reader'
import { eventsAfter, START } from '#kernel/events/outbox'
import { start } from '../../start.ts'
import { refused, region } from '../session.ts'

/** Parameter policies through the official client, on a clock that is moved. Source: parameterstore.md 9, 10. */

const HOUR = 3_600_000

test('a parameter tells that it is about to expire, expires, and leaves events and a record', async () => {
  await using server = await start({ engine: 'file', standing: true })
  const ssm = new SSM({
    ...{ endpoint: server.url, region, credentials: server.credentials, maxAttempts: 1 },
    // the clock of the server stands still and is moved: what signs follows it
    systemClockOffset: server.clock.now() - Date.now(),
  })
  const began = server.clock.now()
  const Timestamp = new Date(began + 48 * HOUR).toISOString()
  const policies = [
    { Type: 'Expiration', Version: '1.0', Attributes: { Timestamp } },
    { Type: 'ExpirationNotification', Version: '1.0', Attributes: { Before: '20', Unit: 'Hours' } },
    { Type: 'NoChangeNotification', Version: '1.0', Attributes: { After: '12', Unit: 'Hours' } },
  ]
  const Name = '/project/access'
  const put = { Name, Type: 'SecureString' as const, Policies: JSON.stringify(policies, undefined, 2) }
  await ssm.putParameter({ ...put, Value: 'geheim', Tier: 'Intelligent-Tiering' })
  const described = async () => (await ssm.describeParameters({})).Parameters?.[0]
  const first = await described()
  assert.equal(first?.Tier, 'Advanced')
  assert.deepEqual(
    first?.Policies?.map(({ PolicyText, PolicyType, PolicyStatus }) => [PolicyText, PolicyType, PolicyStatus]),
    policies.map((policy) => [JSON.stringify(policy), policy.Type, 'Pending']),
  )
  const history = await ssm.getParameterHistory({ Name })
  assert.deepEqual(
    history.Parameters?.[0]?.Policies,
    policies.map((policy) => ({ PolicyText: JSON.stringify(policy), PolicyType: policy.Type })),
  )

  await server.clock.advance({ hours: 29 })
  ssm.config.systemClockOffset = server.clock.now() - Date.now()
  assert.deepEqual(
    (await described())?.Policies?.map(({ PolicyStatus }) => PolicyStatus),
    ['Pending', 'Finished', 'Finished'],
  )
  assert.equal((await ssm.getParameter({ Name, WithDecryption: true })).Parameter?.Value, 'geheim')

  await server.clock.advance({ hours: 19 })
  ssm.config.systemClockOffset = server.clock.now() - Date.now()
  await refused(ssm.getParameter({ Name }), 'ParameterNotFound')
  assert.deepEqual((await ssm.describeParameters({})).Parameters, [])

  const events = await server.inside.storage.unit('read', (unit) => eventsAfter(unit, {}, START, 50))
  assert.deepEqual(
    events.map(({ time, envelope: { detail } }) => [(time - began) / HOUR, detail.operation ?? detail['policy-type']]),
    // those of the first day are gone
    [
      [28, 'ExpirationNotification'],
      [48, 'Expiration'],
      [48, 'Delete'],
    ],
  )
  assert.ok(!JSON.stringify(events).includes('geheim'))
  const trail = openFileReader(join(server.directory as string, 'audit.db'))
  try {
    const own = async () =>
      (await trail.last(100)).records
        .map(({ record }) => JSON.parse(record))
        .filter(({ eventType, eventSource }) => eventType === 'AwsServiceEvent' && eventSource === 'ssm.amazonaws.com')
    // what a job did joins the journal a moment after
    let records = await own()
    while (records.length === 0) {
      await new Promise((resolve) => setImmediate(resolve))
      records = await own()
    }
    const [{ eventID, requestID, eventTime, ...record }, ...more] = records
    assert.deepEqual(more, [])
    assert.match(`${eventID} ${requestID}`, /^[0-9a-f-]{36} [0-9a-f-]{36}$/)
    assert.equal(Date.parse(eventTime), Math.floor((began + 48 * HOUR) / 1000) * 1000)
    const service = 'ssm.amazonaws.com'
    assert.deepEqual(record, {
      eventVersion: '1.11',
      userIdentity: { accountId: server.account, invokedBy: service },
      eventSource: service,
      eventName: 'DeleteParameter',
      awsRegion: region,
      sourceIPAddress: service,
      userAgent: service,
      requestParameters: { name: Name },
      responseElements: null,
      additionalEventData: { policyType: 'Expiration' },
      readOnly: false,
      resources: [{ accountId: server.account, ARN: `arn:aws:ssm:${region}:${server.account}:parameter${Name}` }],
      eventType: 'AwsServiceEvent',
      managementEvent: true,
      recipientAccountId: server.account,
      eventCategory: 'Management',
    })
  } finally {
    await trail.close()
  }
  ssm.destroy()
})

test('a policy that is wrong is refused with the code of its fault, and nothing is written', async () => {
  await using server = await start()
  const ssm = new SSM({ endpoint: server.url, region, credentials: server.credentials, maxAttempts: 1 })
  const put = (Policies: string, Tier: 'Advanced' | 'Standard' = 'Advanced') =>
    ssm.putParameter({ Name: 'x', Value: 'v', Type: 'String', Tier, Policies })
  const one = (Type: string, Attributes: object) => JSON.stringify([{ Type, Version: '1.0', Attributes }])
  await refused(put('{}'), 'ValidationException', /^Invalid policies input/)
  await refused(put(one('Expires', {})), 'InvalidPolicyTypeException', 'Policy type Expires is not supported.')
  await refused(
    put(one('Expiration', { Timestamp: 'soon' })),
    'InvalidPolicyAttributeException',
    /^Invalid timestamp format/,
  )
  await refused(put(one('ExpirationNotification', { Before: 1, Unit: 'days' })), 'IncompatiblePolicyException')
  const many = JSON.parse(one('NoChangeNotification', { After: 1, Unit: 'Days' }))[0]
  await refused(put(JSON.stringify(Array.from({ length: 11 }, () => many))), 'PoliciesLimitExceededException')
  await refused(
    put(one('NoChangeNotification', { After: 1, Unit: 'Days' }), 'Standard'),
    'ValidationException',
    /^You can't assign parameter policies to a standard-parameter tier/,
  )
  await refused(ssm.getParameter({ Name: 'x' }), 'ParameterNotFound')
  ssm.destroy()
})
