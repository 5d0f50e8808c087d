import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { zip } from '../../../runtime/test/zip.ts'
import { type Started, start } from '../../start.ts'

/** Logs of functions, users' and built-in ones, and functions that are sent logs. */

const clientsOf = ({ url: endpoint, credentials }: Started) => {
  const how = { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }
  return { logs: new CloudWatchLogs(how), lambda: new Lambda(how), secrets: new SecretsManager(how), iam: new IAM(how) }
}

/** The messages of a group, when there is one that holds a text. */
async function messages(logs: CloudWatchLogs, logGroupName: string, text: string): Promise<string[]> {
  for (;;) {
    // The group is made with its first line, a moment after that was printed.
    const answer = await logs.filterLogEvents({ logGroupName }).catch((error: Error) => {
      assert.equal(error.name, 'ResourceNotFoundException')
      return undefined
    })
    const found = (answer?.events ?? []).map(({ message = '' }) => message)
    if (found.some((message) => message.includes(text))) return found
    await delay(50)
  }
}

const SINK = `const { gunzipSync } = require('node:zlib')
exports.handler = async ({ awslogs }) => {
  const { owner, logGroup, logStream, subscriptionFilters, logEvents } = JSON.parse(gunzipSync(Buffer.from(awslogs.data, 'base64')))
  console.log('GOT ' + JSON.stringify([owner, logGroup, logStream, subscriptionFilters, logEvents.map((each) => each.message)]))
}`

test('a subscription sends events to a function, whose log is a log group with the lines of Lambda', async () => {
  await using server = await start({ execution: { interpreters: { node: [process.execPath], python: [] } } })
  const { logs, lambda, iam } = clientsOf(server)
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }
  const { Role } = await iam.createRole({
    RoleName: 'sink',
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  })
  const { FunctionArn: destinationArn } = await lambda.createFunction({
    ...{ FunctionName: 'sink', Runtime: 'nodejs24.x', Handler: 'index.handler', Role: Role?.Arn },
    Code: { ZipFile: zip({ 'index.js': SINK }) },
  })
  const logGroupName = '/app/source'
  await logs.createLogGroup({ logGroupName })
  await logs.createLogStream({ logGroupName, logStreamName: 's' })
  const filter = { logGroupName, filterName: 'to-sink', filterPattern: 'ERROR', destinationArn }
  await assert.rejects(logs.putSubscriptionFilter(filter), {
    message:
      'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
  })
  await lambda.addPermission({
    ...{ FunctionName: 'sink', StatementId: 'logs', Action: 'lambda:InvokeFunction' },
    Principal: 'logs.us-east-1.amazonaws.com',
    SourceArn: `arn:aws:logs:us-east-1:${server.account}:log-group:${logGroupName}:*`,
  })
  await logs.putSubscriptionFilter(filter)
  const now = server.clock.now()
  const logEvents = ['INFO one', 'ERROR two', 'ERROR three'].map((message) => ({ timestamp: now, message }))
  await logs.putLogEvents({ logGroupName, logStreamName: 's', logEvents })
  const said = await messages(logs, '/aws/lambda/sink', 'REPORT')
  const got = said.find((line) => line.includes('GOT ')) ?? ''
  assert.deepEqual(JSON.parse(got.slice(got.indexOf('GOT ') + 4)), [
    ...[server.account, logGroupName, 's', ['to-sink'], ['ERROR two', 'ERROR three']],
  ])
  assert.deepEqual(
    ['INIT_START ', 'START RequestId: ', 'END RequestId: ', 'REPORT RequestId: '].map((head) =>
      said.some((line) => line.startsWith(head) && line.endsWith('\n')),
    ),
    [true, true, true, true],
  )
  const { logGroups } = await logs.describeLogGroups({ logGroupNamePrefix: '/aws/lambda/' })
  assert.equal(logGroups?.[0]?.retentionInDays, 30)
})

test('a built-in rotation function logs each step into its group, without the values', async () => {
  await using server = await start()
  const { logs, secrets } = clientsOf(server)
  await secrets.createSecret({ Name: 'random', SecretString: 'the very first value' })
  await secrets.rotateSecret({
    SecretId: 'random',
    RotationLambdaARN: `arn:aws:lambda:us-east-1:${server.account}:function:StrongroomRandomRotation`,
    RotationRules: { AutomaticallyAfterDays: 30 },
  })
  for (;;) {
    const { SecretString = '', VersionStages } = await secrets.getSecretValue({ SecretId: 'random' })
    if (SecretString !== 'the very first value' && VersionStages?.includes('AWSCURRENT')) {
      const group = '/aws/lambda/StrongroomRandomRotation'
      let said: string[] = []
      while (said.filter((line) => line.startsWith('REPORT ')).length < 4) said = await messages(logs, group, 'REPORT ')
      assert.equal(said.filter((line) => line.startsWith('START RequestId: ')).length, 4)
      assert.ok(!said.join('').includes(SecretString))
      return
    }
    await delay(50)
  }
})
