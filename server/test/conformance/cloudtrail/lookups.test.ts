import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CloudTrail, type Event, type LookupEventsRequest } from '@aws-sdk/client-cloudtrail'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { type Started, start } from '../../start.ts'
import { clientsOf, region } from '../session.ts'

const FAST = { lookupsPerSecond: 1e6, trails: 1e6 }

function trailOf(server: Started, more: { region?: string; maxAttempts?: number } = {}) {
  return new CloudTrail({ endpoint: server.url, region, credentials: server.credentials, ...more })
}

/** All events, page by page, as the SDK gives them. */
async function all(trail: CloudTrail, asked: LookupEventsRequest): Promise<Event[]> {
  const found: Event[] = []
  for (let NextToken: string | undefined; ; ) {
    const page = await trail.lookupEvents({ ...asked, ...(NextToken !== undefined && { NextToken }) })
    found.push(...(page.Events ?? []))
    NextToken = page.NextToken
    if (NextToken === undefined) return found
  }
}

const by = (
  AttributeKey: 'ResourceName' | 'Username' | 'EventName' | 'EventId' | 'ReadOnly',
  AttributeValue: string,
) => ({
  LookupAttributes: [{ AttributeKey, AttributeValue }],
})

test('who read secret X, from where, and which version: LookupEvents by the ARN of the secret says so', async () => {
  await using server = await start({ trailLimits: FAST })
  const { secrets, iam, destroy } = clientsOf(server)
  const trail = trailOf(server)
  await iam.createUser({ UserName: 'ann' })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'ann' })
  await iam.putUserPolicy({
    UserName: 'ann',
    PolicyName: 'read',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' },
    }),
  })
  const ann = clientsOf(server, {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  })
  const { ARN = '', VersionId: first } = await secrets.createSecret({ Name: 'app/db', SecretString: 'one' })
  const { VersionId: second } = await secrets.putSecretValue({ SecretId: 'app/db', SecretString: 'two' })
  await ann.secrets.getSecretValue({ SecretId: 'app/db' })
  await ann.secrets.getSecretValue({ SecretId: ARN, VersionStage: 'AWSPREVIOUS' })
  await ann.secrets.batchGetSecretValue({ SecretIdList: ['app/db'] })
  const events = await all(trail, by('ResourceName', ARN))
  const reads = events.filter(({ EventName }) => EventName === 'GetSecretValue').toReversed()
  const told = reads.map(({ Username, CloudTrailEvent = '' }) => {
    const { sourceIPAddress, additionalEventData } = JSON.parse(CloudTrailEvent)
    return [Username, sourceIPAddress, additionalEventData.SecretVersionId]
  })
  assert.deepEqual(told, [
    ['ann', '127.0.0.1', second],
    ['ann', '127.0.0.1', first],
    ['ann', '127.0.0.1', second],
  ])
  assert.deepEqual(reads[0]?.Resources, [{ ResourceType: 'AWS::SecretsManager::Secret', ResourceName: ARN }])
  // Trap 4: texts, and a time that SDKs read as one.
  assert.equal(reads[0]?.ReadOnly, 'true')
  assert.equal(typeof reads[0]?.CloudTrailEvent, 'string')
  assert.ok(reads[0]?.EventTime instanceof Date)
  // The answer is exact up to this moment, pages are as whole as one answer, and both bounds are inside.
  const paged = await all(trail, { ...by('ResourceName', ARN), MaxResults: 2 })
  assert.deepEqual(
    paged.map(({ EventId }) => EventId),
    events.map(({ EventId }) => EventId),
  )
  const at = reads[0]?.EventTime as Date
  const [id = ''] = [reads[0]?.EventId]
  const [only, none] = await all(trail, { ...by('EventId', id), StartTime: at, EndTime: at })
  assert.deepEqual([only?.EventId, none], [id, undefined])
  assert.ok((await all(trail, by('Username', 'ann'))).length >= 4)
  ann.destroy()
  destroy()
  trail.destroy()
})

test('LookupEvents is of a Region; what IAM did is told in us-east-1 alone; another account sees nothing of it', async () => {
  await using server = await start({ trailLimits: FAST, regions: ['us-east-1', 'eu-west-1'] })
  const [here, there] = [trailOf(server), trailOf(server, { region: 'eu-west-1' })]
  const { iam, destroy } = clientsOf(server)
  const eu = new IAM({ endpoint: server.url, region: 'eu-west-1', credentials: server.credentials })
  await iam.createUser({ UserName: 'one' })
  await eu.createUser({ UserName: 'two' })
  const made = async (trail: CloudTrail) => (await all(trail, by('EventName', 'CreateUser'))).length
  assert.deepEqual([await made(here), await made(there)], [2, 0])
  await there.describeTrails({})
  assert.equal((await all(there, by('EventName', 'DescribeTrails'))).length, 1)
  assert.equal((await all(here, by('EventName', 'DescribeTrails'))).length, 0)
  for (const client of [here, there, eu]) client.destroy()
  destroy()
})

test('a third lookup in a second is refused with ThrottlingException: Rate exceeded', async () => {
  await using server = await start({ standing: true })
  const trail = trailOf(server, { maxAttempts: 1 })
  trail.config.systemClockOffset = server.clock.now() - Date.now()
  await trail.lookupEvents({})
  await trail.lookupEvents({})
  await assert.rejects(trail.lookupEvents({}), { name: 'ThrottlingException', message: 'Rate exceeded' })
  await server.clock.advance({ seconds: 1 })
  trail.config.systemClockOffset = server.clock.now() - Date.now()
  assert.ok(
    (await trail.lookupEvents({})).Events?.some(({ CloudTrailEvent }) => CloudTrailEvent?.includes('Rate exceeded')),
  )
  trail.destroy()
})

test('invocations are data events: the event history has none of them', async () => {
  await using server = await start({ trailLimits: FAST })
  const lambda = new Lambda({ endpoint: server.url, region, credentials: server.credentials })
  const trail = trailOf(server)
  await assert.rejects(lambda.invoke({ FunctionName: 'gone' }))
  assert.deepEqual(await all(trail, by('EventName', 'Invoke')), [])
  lambda.destroy()
  trail.destroy()
})

test('errors of trails reach SDKs as their classes', async () => {
  await using server = await start()
  const trail = trailOf(server)
  await assert.rejects(trail.getTrail({ Name: 'none' }), {
    name: 'TrailNotFoundException',
    message: `Unknown trail: arn:aws:cloudtrail:us-east-1:${server.account}:trail/none for the user: ${server.account}`,
  })
  await assert.rejects(trail.getInsightSelectors({ TrailName: 'none' }), { name: 'InsightNotEnabledException' })
  const two = { AttributeKey: 'EventName', AttributeValue: 'x' } as const
  await assert.rejects(trail.lookupEvents({ LookupAttributes: [two, two] }), {
    name: 'InvalidLookupAttributesException',
  })
  trail.destroy()
})
