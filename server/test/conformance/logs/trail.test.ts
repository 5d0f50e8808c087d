import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { CloudTrail } from '@aws-sdk/client-cloudtrail'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { IAM } from '@aws-sdk/client-iam'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { start } from '../../start.ts'

/**
 * From a call to an alarm: its record goes by a trail into a log group, a metric filter counts it, an alarm on the metric goes off.
 * The classic filter is for reads of secrets that are marked for deletion. Sources: surroundings.md 2, 3; Secrets Manager User Guide,
 * "Monitor for secrets that are scheduled for deletion".
 */

const LOG_GROUP = 'CloudTrail/logs'
const PATTERN = '{ $.eventName = "GetSecretValue" && $.errorMessage = "*secret because it was marked for deletion*" }'

test('a read of a secret that is marked for deletion goes through trail, log group and metric filter to an alarm', async () => {
  await using server = await start()
  const { url: endpoint, credentials, account } = server
  const how = { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }
  const [logs, trails, metrics, secrets, iam] = [
    new CloudWatchLogs(how),
    new CloudTrail(how),
    new CloudWatch(how),
    new SecretsManager(how),
    new IAM(how),
  ]
  const group = `arn:aws:logs:us-east-1:${account}:log-group:${LOG_GROUP}:*`
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  }
  const { Role } = await iam.createRole({ RoleName: 'trail', AssumeRolePolicyDocument: JSON.stringify(trust) })
  await logs.createLogGroup({ logGroupName: LOG_GROUP })
  await logs.putMetricFilter({
    logGroupName: LOG_GROUP,
    filterName: 'AttemptsToAccessDeletedSecrets',
    filterPattern: PATTERN,
    metricTransformations: [
      { metricName: 'AttemptsToAccessDeletedSecrets', metricNamespace: 'CloudTrailLogMetrics', metricValue: '1' },
    ],
  })
  await metrics.putMetricAlarm({
    AlarmName: 'deleted-secrets',
    MetricName: 'AttemptsToAccessDeletedSecrets',
    Namespace: 'CloudTrailLogMetrics',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  })
  await trails.createTrail({
    Name: 'all',
    S3BucketName: 'trail-bucket',
    CloudWatchLogsLogGroupArn: group,
    CloudWatchLogsRoleArn: Role?.Arn,
  })
  await trails.startLogging({ Name: 'all' })
  await secrets.createSecret({ Name: 'doomed', SecretString: 'not to be seen' })
  await secrets.deleteSecret({ SecretId: 'doomed', RecoveryWindowInDays: 7 })
  await assert.rejects(secrets.getSecretValue({ SecretId: 'doomed' }), { name: 'InvalidRequestException' })

  const found = async (filterPattern: string) => {
    for (;;) {
      const { events = [] } = await logs.filterLogEvents({ logGroupName: LOG_GROUP, filterPattern })
      if (events.length > 0) return events
      // records follow a moment after the call
      await delay(50)
    }
  }
  const [event, ...more] = await found(PATTERN)
  assert.deepEqual(more, [])
  assert.equal(event?.logStreamName, `${account}_CloudTrail_us-east-1`)
  const record = JSON.parse(event?.message ?? '') as { eventName: string; errorCode: string; eventTime: string }
  assert.deepEqual([record.eventName, record.errorCode], ['GetSecretValue', 'InvalidRequestException'])
  assert.equal(Date.parse(record.eventTime), Math.floor((event?.timestamp ?? 0) / 1000) * 1000)
  const [created] = await found('{ $.eventName = "CreateSecret" }')
  assert.ok(!created?.message?.includes('not to be seen'))

  await server.clock.advance({ minutes: 3 })
  const { AlarmHistoryItems = [] } = await metrics.describeAlarmHistory({
    AlarmName: 'deleted-secrets',
    HistoryItemType: 'StateUpdate',
  })
  assert.ok(
    AlarmHistoryItems.some(({ HistorySummary }) => /to ALARM/.test(HistorySummary ?? '')),
    JSON.stringify(AlarmHistoryItems),
  )
  const status = await trails.getTrailStatus({ Name: 'all' })
  assert.ok(status.LatestCloudWatchLogsDeliveryTime instanceof Date)
  assert.equal(status.LatestCloudWatchLogsDeliveryError, undefined)

  // A group that is gone is not made again; the trail says so.
  await logs.deleteLogGroup({ logGroupName: LOG_GROUP })
  for (;;) {
    await secrets.listSecrets({})
    const { LatestCloudWatchLogsDeliveryError } = await trails.getTrailStatus({ Name: 'all' })
    if (LatestCloudWatchLogsDeliveryError !== undefined) break
    await delay(50)
  }
  assert.deepEqual((await logs.describeLogGroups({})).logGroups, [])
  for (const client of [logs, trails, metrics, secrets, iam]) client.destroy()
})
