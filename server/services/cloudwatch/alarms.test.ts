import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowForged } from '#kernel/sealing/row-mac'
import { statement } from '#kernel/storage/storage'
import { ALARM, START, trial } from './test/trial.ts'

const ACTION = 'arn:aws:lambda:us-east-1:111122223333:function:tell'
const OK_ACTION = 'arn:aws:lambda:us-east-1:111122223333:function:calm'

test('an alarm goes over its states by its metric, with reasons in CloudWatch’s words, and each change acts once', async () => {
  await using shop = await trial()
  await shop.call('PutMetricAlarm', {
    ...ALARM,
    AlarmActions: [ACTION],
    OKActions: [OK_ACTION],
    AlarmDescription: 'too many',
  })
  assert.equal(await shop.state('errors'), 'INSUFFICIENT_DATA')
  const reason = async () => (await shop.call('DescribeAlarms', {})).MetricAlarms[0].StateReason
  assert.equal(await reason(), 'Unchecked: Initial alarm creation')
  await shop.put(9)
  await shop.travel(70)
  assert.equal(await shop.state('errors'), 'ALARM')
  assert.equal(
    await reason(),
    'Threshold Crossed: 1 out of the last 1 datapoint [9.0 (15/03/26 10:30:00)] was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).',
  )
  await shop.put(1)
  await shop.travel(60)
  assert.equal(await shop.state('errors'), 'OK')
  assert.equal(
    await reason(),
    'Threshold Crossed: 1 datapoint [1.0 (15/03/26 10:31:00)] was not greater than the threshold (5.0).',
  )
  await shop.travel(600)
  assert.equal(await shop.state('errors'), 'INSUFFICIENT_DATA')
  assert.deepEqual(
    shop.actions.map(({ action }) => action),
    [ACTION, OK_ACTION],
  )
  const [first] = shop.actions
  assert.equal(first?.payload.source, 'aws.cloudwatch')
  assert.equal(first?.payload.alarmArn, 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors')
  assert.match(JSON.stringify(first?.payload.alarmData), /^\{"alarmName":"errors","state":\{"value":"ALARM"/)
  assert.deepEqual(shop.failures, [])
})

test('each change announces CloudWatch Alarm State Change, and stands in the history with the action', async () => {
  await using shop = await trial()
  await shop.call('PutMetricAlarm', { ...ALARM, AlarmActions: [ACTION] })
  await shop.put(9)
  await shop.travel(70)
  const events = await shop.events()
  assert.deepEqual(
    events.map(({ envelope }) => [envelope.source, envelope['detail-type'], envelope.resources]),
    [['aws.cloudwatch', 'CloudWatch Alarm State Change', ['arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors']]],
  )
  const detail = events[0]?.envelope.detail as Record<string, Record<string, unknown>>
  assert.deepEqual(
    [detail.alarmName, detail.state?.value, detail.previousState?.value],
    ['errors', 'ALARM', 'INSUFFICIENT_DATA'],
  )
  const { AlarmHistoryItems } = await shop.call('DescribeAlarmHistory', { AlarmName: 'errors' })
  assert.deepEqual(
    AlarmHistoryItems.map((item: { HistoryItemType: string; HistorySummary: string }) => [
      item.HistoryItemType,
      item.HistorySummary,
    ]),
    [
      ['Action', `Successfully executed action ${ACTION}`],
      ['StateUpdate', 'Alarm updated from INSUFFICIENT_DATA to ALARM'],
      ['ConfigurationUpdate', 'Alarm "errors" created'],
    ],
  )
  const only = await shop.call('DescribeAlarmHistory', { HistoryItemType: 'StateUpdate', MaxRecords: 1 })
  assert.equal(only.AlarmHistoryItems.length, 1)
  assert.equal(only.NextToken, undefined)
})

test('two nodes that run jobs evaluate an alarm once: one action for one change', async () => {
  await using shop = await trial()
  await shop.call('PutMetricAlarm', { ...ALARM, AlarmActions: [ACTION] })
  await shop.put(9)
  shop.clock.set(START + 70_000)
  await Promise.all([shop.runner.runDue(shop.clock.now()), shop.runner.runDue(shop.clock.now())])
  assert.equal(shop.actions.length, 1)
  shop.clock.set(START + 3_600_000)
  await shop.runner.runDue(shop.clock.now())
  // what was missed is past: one evaluation, not sixty
  assert.equal(await shop.state('errors'), 'INSUFFICIENT_DATA')
})

test('an action that nobody does, or that is refused, stands in the history; the state changes all the same', async () => {
  await using shop = await trial({ told: 'refused' })
  await shop.call('PutMetricAlarm', { ...ALARM, AlarmActions: [ACTION] })
  await shop.call('SetAlarmState', { AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'a test' })
  assert.equal(await shop.state('errors'), 'ALARM')
  const { AlarmHistoryItems } = await shop.call('DescribeAlarmHistory', { HistoryItemType: 'Action' })
  assert.equal(AlarmHistoryItems[0].HistorySummary, `Failed to execute action ${ACTION}`)
  assert.match(AlarmHistoryItems[0].HistoryData, /does not let CloudWatch in/)
})

test('actions that are disabled are not taken; setting the same state again acts no second time', async () => {
  await using shop = await trial()
  await shop.call('PutMetricAlarm', { ...ALARM, AlarmActions: [ACTION] })
  const set = (StateReason: string) =>
    shop.call('SetAlarmState', { AlarmName: 'errors', StateValue: 'ALARM', StateReason })
  await shop.call('DisableAlarmActions', { AlarmNames: ['errors', 'absent'] })
  await set('one')
  assert.equal(shop.actions.length, 0)
  await shop.call('EnableAlarmActions', { AlarmNames: ['errors'] })
  await set('two')
  assert.equal(shop.actions.length, 0)
  await shop.call('SetAlarmState', { AlarmName: 'errors', StateValue: 'OK', StateReason: 'x' })
  await set('three')
  assert.equal(shop.actions.length, 1)
  await assert.rejects(
    shop.call('SetAlarmState', { AlarmName: 'errors', StateValue: 'OK', StateReason: 'x', StateReasonData: '{' }),
    { code: 'InvalidFormatFault' },
  )
})

test('an alarm on a formula, and one on a percentile', async () => {
  await using shop = await trial()
  const metric = (Id: string, MetricName: string) => ({
    Id,
    MetricStat: { Metric: { Namespace: 'Shop', MetricName }, Period: 60, Stat: 'Sum' },
    ReturnData: false,
  })
  const rest = { EvaluationPeriods: 1, Threshold: 10, ComparisonOperator: 'GreaterThanThreshold' }
  await shop.call('PutMetricAlarm', {
    ...{ AlarmName: 'rate', ...rest },
    Metrics: [metric('errors', 'Errors'), metric('calls', 'Calls'), { Id: 'rate', Expression: '100 * errors / calls' }],
  })
  await shop.call('PutMetricAlarm', {
    ...{ AlarmName: 'slow', ...rest, Namespace: 'Shop', MetricName: 'Calls', ExtendedStatistic: 'p90', Period: 60 },
  })
  await shop.call('PutMetricData', {
    Namespace: 'Shop',
    MetricData: [
      { MetricName: 'Errors', Value: 3 },
      { MetricName: 'Calls', Values: [1, 2, 17], Counts: [1, 1, 1] },
    ],
  })
  await shop.travel(70)
  assert.deepEqual([await shop.state('rate'), await shop.state('slow')], ['ALARM', 'ALARM'])
})

test('a composite alarm follows its rule, at once and by what it names; rules that lead back are refused', async () => {
  await using shop = await trial()
  for (const AlarmName of ['a', 'b']) await shop.call('PutMetricAlarm', { ...ALARM, AlarmName })
  await shop.call('PutCompositeAlarm', {
    AlarmName: 'both',
    AlarmRule: 'ALARM(a) AND (ALARM("b") OR NOT OK(b))',
    AlarmActions: [ACTION],
  })
  assert.equal(await shop.state('both'), 'OK')
  const set = (AlarmName: string, StateValue: string) =>
    shop.call('SetAlarmState', { AlarmName, StateValue, StateReason: 'x' })
  await set('b', 'OK')
  await set('a', 'ALARM')
  assert.equal(await shop.state('both'), 'OK')
  await set('b', 'ALARM')
  assert.equal(await shop.state('both'), 'ALARM')
  assert.equal(shop.actions.length, 1)
  const { CompositeAlarms, MetricAlarms } = await shop.call('DescribeAlarms', { AlarmTypes: ['CompositeAlarm'] })
  assert.deepEqual([CompositeAlarms.length, MetricAlarms.length], [1, 0])
  assert.match(CompositeAlarms[0].StateReason, /alarm:b transitioned to ALARM at Sunday 15 March, 2026 10:30:00 UTC$/)
  await shop.call('PutCompositeAlarm', { AlarmName: 'over', AlarmRule: 'ALARM(both)' })
  await assert.rejects(shop.call('PutCompositeAlarm', { AlarmName: 'both', AlarmRule: 'OK(over)' }), {
    code: 'ValidationError',
  })
  for (const AlarmRule of ['ALARM(absent)', 'ALARM(a', 'a', 'ALARM(a) ALARM(b)', '('.repeat(5000)])
    await assert.rejects(shop.call('PutCompositeAlarm', { AlarmName: 'x', AlarmRule }), { code: 'ValidationError' })
})

test('what an alarm must say is checked: periods, spans, datapoints, treatment, actions, formulas (API_PutMetricAlarm)', async () => {
  await using shop = await trial()
  const wrong: [Record<string, unknown>, string][] = [
    [{ Period: 61 }, 'ValidationError'],
    [{ Period: 60, EvaluationPeriods: 1441 }, 'ValidationError'],
    [{ Period: 86_400, EvaluationPeriods: 8 }, 'ValidationError'],
    [{ DatapointsToAlarm: 2 }, 'ValidationError'],
    [{ TreatMissingData: 'whatever' }, 'ValidationError'],
    [{ AlarmActions: ['nobody'] }, 'ValidationError'],
    [{ ExtendedStatistic: 'p90' }, 'InvalidParameterCombinationException'],
    [{ Statistic: undefined }, 'MissingRequiredParameterException'],
    [{ Statistic: undefined, ExtendedStatistic: 'p101' }, 'ValidationError'],
    [{ Threshold: undefined }, 'MissingRequiredParameterException'],
    [{ ThresholdMetricId: 'm1' }, 'ValidationError'],
    [{ Metrics: [{ Id: 'm1', Expression: '1' }] }, 'ValidationError'],
  ]
  for (const [more, code] of wrong)
    await assert.rejects(shop.call('PutMetricAlarm', { ...ALARM, ...more }), { code }, JSON.stringify(more))
  await shop.call('PutMetricAlarm', { ...ALARM, Period: 86_400, EvaluationPeriods: 7 })
})

test('alarms are listed page by page, by prefix, state and action; of another account none is seen', async () => {
  await using shop = await trial()
  for (const AlarmName of ['a/1', 'a/2', 'a/3', 'b/1'])
    await shop.call('PutMetricAlarm', { ...ALARM, AlarmName, AlarmActions: AlarmName === 'a/2' ? [ACTION] : [] })
  const names = (out: { MetricAlarms: { AlarmName: string }[] }) => out.MetricAlarms.map(({ AlarmName }) => AlarmName)
  const first = await shop.call('DescribeAlarms', { AlarmNamePrefix: 'a/', MaxRecords: 2 })
  assert.deepEqual(names(first), ['a/1', 'a/2'])
  const second = await shop.call('DescribeAlarms', { AlarmNamePrefix: 'a/', MaxRecords: 2, NextToken: first.NextToken })
  assert.deepEqual([names(second), second.NextToken], [['a/3'], undefined])
  await assert.rejects(shop.call('DescribeAlarms', { NextToken: first.NextToken }), { code: 'InvalidNextToken' })
  assert.deepEqual(names(await shop.call('DescribeAlarms', { ActionPrefix: 'arn:aws:lambda' })), ['a/2'])
  assert.deepEqual(names(await shop.call('DescribeAlarms', { StateValue: 'OK' })), [])
  assert.deepEqual(names(await shop.call('DescribeAlarms', {}, '444455556666')), [])
  assert.deepEqual(
    names(await shop.call('DescribeAlarmsForMetric', { Namespace: 'Shop', MetricName: 'Errors' })).length,
    4,
  )
  await assert.rejects(shop.call('DeleteAlarms', { AlarmNames: ['a/1', 'absent'] }), {
    code: 'ResourceNotFound',
    status: 404,
  })
  assert.deepEqual(names(await shop.call('DescribeAlarms', {})).length, 4)
  await shop.call('DeleteAlarms', { AlarmNames: ['a/1', 'b/1'] })
  assert.deepEqual(names(await shop.call('DescribeAlarms', {})), ['a/2', 'a/3'])
})

test('an alarm whose row was changed from outside is not believed: its actions decide where data goes', async () => {
  await using shop = await trial()
  await shop.call('PutMetricAlarm', { ...ALARM, AlarmActions: [ACTION] })
  const forge = statement(
    'test/forge',
    "update alarm set settings = replace(settings, 'function:tell', 'function:evil')",
  )
  await shop.storage.unit('write', (unit) => unit.run(forge, {}))
  await assert.rejects(shop.call('DescribeAlarms', {}), RowForged)
  await shop.put(9)
  await shop.travel(70)
  assert.equal(shop.actions.length, 0)
  assert.ok(shop.failures[0] instanceof RowForged)
})
