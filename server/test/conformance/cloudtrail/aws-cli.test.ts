import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Started, start } from '../../start.ts'
import { available, run } from '../tool.ts'

const FAST = { lookupsPerSecond: 1e6, trails: 5 }

function environmentOf(server: Started): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...environment } = process.env
  return {
    ...environment,
    AWS_ENDPOINT_URL: server.url,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_PAGER: '',
    NO_PROXY: '127.0.0.1',
  }
}

test('the AWS CLI looks events up and walks through a trail', async (t) => {
  if (!(await available(t, 'aws', ['--version']))) return
  await using server = await start({ trailLimits: FAST })
  const aws = async (...words: string[]) => {
    const ended = await run('aws', words, environmentOf(server))
    assert.equal(ended.code, 0, `${words.join(' ')}\n${ended.stderr}`)
    return ended.stdout.trim() === '' ? undefined : JSON.parse(ended.stdout)
  }
  const { ARN } = await aws('secretsmanager', 'create-secret', '--name', 'x', '--secret-string', 'canary')
  await aws('secretsmanager', 'get-secret-value', '--secret-id', 'x')
  const attribute = `AttributeKey=ResourceName,AttributeValue=${ARN}`
  const { Events } = await aws('cloudtrail', 'lookup-events', '--lookup-attributes', attribute)
  assert.deepEqual(
    Events.map(({ EventName }: { EventName: string }) => EventName),
    ['GetSecretValue', 'CreateSecret'],
  )
  assert.ok(!JSON.stringify(Events).includes('canary'))
  const limited = await aws('cloudtrail', 'lookup-events', '--max-items', '3', '--page-size', '2')
  assert.equal(limited.Events.length, 3)
  const trail = (...words: string[]) => aws('cloudtrail', ...words)
  await trail('create-trail', '--name', 'main', '--s3-bucket-name', 'audit-bucket', '--is-multi-region-trail')
  await trail('start-logging', '--name', 'main')
  const { IsLogging } = await trail('get-trail-status', '--name', 'main')
  assert.equal(IsLogging, true)
  const { trailList } = await trail('describe-trails')
  assert.deepEqual([trailList.length, trailList[0].HomeRegion], [1, 'us-east-1'])
  const { EventSelectors } = await trail('get-event-selectors', '--trail-name', 'main')
  assert.equal(EventSelectors[0].ReadWriteType, 'All')
  await trail('stop-logging', '--name', 'main')
  await trail('delete-trail', '--name', 'main')
  assert.deepEqual(await trail('list-trails'), { Trails: [] })
})

const WALK = `
import boto3, botocore, datetime, json
trail, secrets = boto3.client('cloudtrail'), boto3.client('secretsmanager')
arn = secrets.create_secret(Name='y', SecretString='canary')['ARN']
secrets.get_secret_value(SecretId='y')
found = [e for page in trail.get_paginator('lookup_events').paginate(
    LookupAttributes=[{'AttributeKey': 'ResourceName', 'AttributeValue': arn}], PaginationConfig={'PageSize': 1})
    for e in page['Events']]
assert [e['EventName'] for e in found] == ['GetSecretValue', 'CreateSecret'], found
assert found[0]['ReadOnly'] == 'true' and isinstance(found[0]['EventTime'], datetime.datetime)
assert json.loads(found[0]['CloudTrailEvent'])['requestParameters'] == {'secretId': 'y'}
made = trail.create_trail(Name='walk', S3BucketName='walk-bucket', TagsList=[{'Key': 'team', 'Value': 'blue'}])
tags = trail.list_tags(ResourceIdList=[made['TrailARN']])['ResourceTagList'][0]['TagsList']
assert tags == [{'Key': 'team', 'Value': 'blue'}], tags
trail.put_event_selectors(TrailName='walk', AdvancedEventSelectors=[{'Name': 'writes', 'FieldSelectors': [
    {'Field': 'eventCategory', 'Equals': ['Management']}, {'Field': 'readOnly', 'Equals': ['false']}]}])
assert trail.get_trail(Name='walk')['Trail']['HasCustomEventSelectors'] is True
try:
    trail.get_trail_status(Name='none')
    assert False
except trail.exceptions.TrailNotFoundException:
    pass
assert isinstance(trail.list_public_keys()['PublicKeyList'], list)
`

test('boto3 looks events up page by page, and makes a trail', async (t) => {
  if (!(await available(t, 'python3', ['-c', 'import boto3']))) return
  await using server = await start({ trailLimits: FAST })
  const ended = await run('python3', ['-c', WALK], environmentOf(server))
  assert.equal(ended.code, 0, ended.stderr)
})
