import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CloudWatch, type PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch'
import { world } from '../events/bus.ts'
import { hook } from '../events/hook.ts'

const ALARM: PutMetricAlarmInput = {
  ...{ AlarmName: 'errors', Namespace: 'Shop', MetricName: 'Errors', Statistic: 'Sum', Period: 60 },
  ...{
    EvaluationPeriods: 1,
    Threshold: 5,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
  },
}
const ARN = 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors'

test('an alarm tells a function, a webhook and a rule, once, when its metric says so (surroundings.md 2)', async () => {
  await using there = await hook()
  await using w = await world({ functions: there.functions, standing: true })
  const config = { endpoint: w.server.url, region: 'us-east-1', credentials: w.server.credentials }
  const cloudwatch = new CloudWatch(config)
  const tell = await w.made('tell')
  await w.lambda.addPermission({
    FunctionName: 'tell',
    StatementId: 'alarm',
    Action: 'lambda:InvokeFunction',
    Principal: 'lambda.alarms.cloudwatch.amazonaws.com',
    SourceArn: ARN,
    SourceAccount: '111122223333',
  })
  const closed = await w.made('closed')
  const { ConnectionArn } = await w.events.createConnection({
    Name: 'hooks',
    AuthorizationType: 'API_KEY',
    AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'x-api-key', ApiKeyValue: 'k' } },
  })
  const { ApiDestinationArn: webhook = '' } = await w.events.createApiDestination({
    ...{ Name: 'hook', ConnectionArn, InvocationEndpoint: there.url, HttpMethod: 'POST' },
  })
  await w.wired('changes', { source: ['aws.cloudwatch'], detail: { state: { value: ['ALARM'] } } }, 'matched')
  const topic = 'arn:aws:sns:us-east-1:111122223333:topic'
  await cloudwatch.putMetricAlarm({ ...ALARM, AlarmActions: [tell, closed, webhook, topic] })
  await cloudwatch.putMetricData({
    Namespace: 'Shop',
    MetricData: [{ MetricName: 'Errors', Value: 9, Timestamp: new Date(w.server.clock.now()) }],
  })
  await w.server.clock.advance({ minutes: 3 })
  await w.settle()
  await w.server.clock.advance({ seconds: 5 })
  const [told] = w.played.of('tell')
  assert.equal(w.played.of('tell').length, 1)
  assert.deepEqual([told.source, told.alarmArn, told.alarmData.state.value], ['aws.cloudwatch', ARN, 'ALARM'])
  assert.deepEqual(w.played.of('closed'), [])
  const [matched] = w.played.of('matched')
  assert.equal(w.played.of('matched').length, 1)
  assert.deepEqual([matched['detail-type'], matched.resources], ['CloudWatch Alarm State Change', [ARN]])
  assert.deepEqual(
    there.asked.map(({ body }) => JSON.parse(body).alarmData.state.value),
    ['ALARM'],
  )
  const { AlarmHistoryItems = [] } = await cloudwatch.describeAlarmHistory({ HistoryItemType: 'Action' })
  assert.deepEqual(
    new Set(AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary)),
    new Set([
      `Successfully executed action ${tell}`,
      `Failed to execute action ${closed}`,
      `Successfully executed action ${webhook}`,
      `Failed to execute action ${topic}`,
    ]),
  )
  cloudwatch.destroy()
})
