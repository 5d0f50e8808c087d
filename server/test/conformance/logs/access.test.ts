import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { IAM } from '@aws-sdk/client-iam'
import { start } from '../../start.ts'

/** Who may do what with log groups. Sources: Service Authorization Reference, CloudWatch Logs; refusals as clients report them. */

test('a policy for log-group:<name>:* lets in to the group and its streams, one for a stream only there', async () => {
  await using server = await start()
  const { url: endpoint, credentials, account } = server
  const how = { endpoint, region: 'us-east-1', maxAttempts: 1 }
  const root = new CloudWatchLogs({ ...how, credentials })
  const iam = new IAM({ ...how, credentials })
  const arn = `arn:aws:logs:us-east-1:${account}:log-group:/app/a`
  for (const logGroupName of ['/app/a', '/app/b']) {
    await root.createLogGroup({ logGroupName, tags: { team: logGroupName.slice(-1) } })
    for (const logStreamName of ['one', 'two']) await root.createLogStream({ logGroupName, logStreamName })
  }
  const user = async (UserName: string, statement: object) => {
    await iam.createUser({ UserName })
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] })
    await iam.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument })
    const { AccessKey } = await iam.createAccessKey({ UserName })
    const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
    return new CloudWatchLogs({ ...how, credentials: { accessKeyId, secretAccessKey } })
  }
  const whole = await user('whole', { Action: 'logs:*', Resource: `${arn}:*` })
  await whole.filterLogEvents({ logGroupName: '/app/a' })
  await whole.getLogEvents({ logGroupName: '/app/a', logStreamName: 'one' })
  await assert.rejects(whole.filterLogEvents({ logGroupName: '/app/b' }), {
    name: 'AccessDeniedException',
    message: `User: arn:aws:iam::${account}:user/whole is not authorized to perform: logs:FilterLogEvents on resource: arn:aws:logs:us-east-1:${account}:log-group:/app/b:log-stream: because no identity-based policy allows the logs:FilterLogEvents action`,
  })
  await assert.rejects(whole.describeLogGroups({}), { name: 'AccessDeniedException' })
  const stream = await user('stream', { Action: 'logs:GetLogEvents', Resource: `${arn}:log-stream:one` })
  await stream.getLogEvents({ logGroupIdentifier: arn, logStreamName: 'one' })
  for (const logStreamName of ['two', 'none'])
    await assert.rejects(stream.getLogEvents({ logGroupName: '/app/a', logStreamName }), {
      name: 'AccessDeniedException',
    })
  const tagged = await user('tagged', {
    ...{ Action: 'logs:*', Resource: '*' },
    Condition: { StringEquals: { 'aws:ResourceTag/team': 'b' } },
  })
  await tagged.describeLogStreams({ logGroupName: '/app/b' })
  await assert.rejects(tagged.describeLogStreams({ logGroupName: '/app/a' }), { name: 'AccessDeniedException' })
})
