import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { IAM } from '@aws-sdk/client-iam'
import { MINUTE, PROTOCOLS, type ProtocolName, session } from './clients.ts'

const { server, client } = await session()
const names = Object.keys(PROTOCOLS) as ProtocolName[]

/** The minute that is over. */
const lastMinute = () => new Date(Math.floor(server.clock.now() / MINUTE) * MINUTE - MINUTE)

async function refusal(answer: Promise<unknown>): Promise<[string, string, number | undefined]> {
  try {
    await answer
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata: { httpStatusCode?: number } }
    return [name, message, $metadata.httpStatusCode]
  }
  throw new assert.AssertionError({ message: 'it was not refused' })
}

for (const name of names) {
  const cloudwatch = client(name)
  const Namespace = `Shop/${name.replaceAll(' ', '')}`
  const Dimensions = [{ Name: 'Host', Value: 'a&b <1>' }]

  test(`${name}: values are put, and statistics of them come back, times and numbers as they were`, async () => {
    const Timestamp = lastMinute()
    await cloudwatch.putMetricData({
      Namespace,
      MetricData: [
        { MetricName: 'Latency', Dimensions, Timestamp, Value: 1.5, Unit: 'Milliseconds' },
        { MetricName: 'Latency', Dimensions, Timestamp, Values: [2, 4], Counts: [1, 2], Unit: 'Milliseconds' },
        {
          MetricName: 'Size',
          Timestamp,
          StatisticValues: { SampleCount: 4, Sum: 20, Minimum: 1, Maximum: 9 },
          Unit: 'Bytes',
        },
      ],
    })
    const between = { StartTime: Timestamp, EndTime: new Date(Timestamp.getTime() + MINUTE), Period: 60 }
    const plain = await cloudwatch.getMetricStatistics({
      ...{ Namespace, MetricName: 'Latency', Dimensions, ...between },
      Statistics: ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'],
    })
    assert.deepEqual(plain.Datapoints, [
      { Timestamp, SampleCount: 4, Average: 2.875, Sum: 11.5, Minimum: 1.5, Maximum: 4, Unit: 'Milliseconds' },
    ])
    assert.equal(plain.Label, 'Latency')
    const extended = await cloudwatch.getMetricStatistics({
      ...{ Namespace, MetricName: 'Latency', Dimensions, ...between },
      ExtendedStatistics: ['p50', 'p99.9'],
    })
    assert.deepEqual(extended.Datapoints?.[0]?.ExtendedStatistics, { p50: 2, 'p99.9': 4 })
    const size = await cloudwatch.getMetricStatistics({
      ...{ Namespace, MetricName: 'Size', ...between, Unit: 'Bytes' },
      Statistics: ['Average'],
    })
    assert.deepEqual(size.Datapoints, [{ Timestamp, Average: 5, Unit: 'Bytes' }])
    const found = await cloudwatch.listMetrics({ Namespace, MetricName: 'Latency' })
    assert.deepEqual(found.Metrics, [{ Namespace, MetricName: 'Latency', Dimensions }])
    const data = await cloudwatch.getMetricData({
      StartTime: Timestamp,
      EndTime: new Date(Timestamp.getTime() + MINUTE),
      MetricDataQueries: [
        {
          Id: 'm1',
          MetricStat: { Metric: { Namespace, MetricName: 'Latency', Dimensions }, Period: 60, Stat: 'Sum' },
        },
        { Id: 'e1', Expression: 'm1 * 2', Label: 'twice' },
      ],
    })
    assert.deepEqual(
      data.MetricDataResults?.map(({ Id, Label, Timestamps, Values, StatusCode }) => [
        Id,
        Label,
        Timestamps,
        Values,
        StatusCode,
      ]),
      [
        ['m1', 'Latency', [Timestamp], [11.5], 'Complete'],
        ['e1', 'twice', [Timestamp], [23], 'Complete'],
      ],
    )
  })

  test(`${name}: refusals carry the codes that users know, of the model and of the front (surroundings.md trap 13)`, async () => {
    assert.deepEqual(
      await refusal(cloudwatch.putMetricData({ Namespace, MetricData: [{ MetricName: 'm', Value: 1, Values: [1] }] })),
      [
        'InvalidParameterCombinationException',
        'The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.',
        400,
      ],
    )
    assert.deepEqual(
      await refusal(
        cloudwatch.putMetricData({ Namespace, MetricData: [{ MetricName: 'm', Values: [1], Counts: [1, 2] }] }),
      ),
      [
        'InvalidParameterValueException',
        'The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size.',
        400,
      ],
    )
    for (const Value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      assert.deepEqual(
        (await refusal(cloudwatch.putMetricData({ Namespace, MetricData: [{ MetricName: 'm', Value }] })))[0],
        'InvalidParameterValueException',
        String(Value),
      )
    assert.deepEqual(
      await refusal(cloudwatch.setAlarmState({ AlarmName: 'absent', StateValue: 'OK', StateReason: 'x' })),
      ['ResourceNotFound', 'Alarm does not exist', 404],
    )
    const [code, text, status] = await refusal(
      cloudwatch.setAlarmState({ AlarmName: 'absent', StateValue: 'BAD' as never, StateReason: 'x' }),
    )
    assert.deepEqual([code, status], ['ValidationException', 400])
    assert.match(text, /^1 validation error detected: Value 'BAD' at 'stateValue' failed to satisfy constraint/)
    const strange = client(name, { accessKeyId: 'AKIDNOBODYKNOWSATALL', secretAccessKey: 'x' })
    assert.deepEqual((await refusal(strange.listMetrics({})))[0], 'InvalidClientTokenId')
    const wrong = client(name, { ...server.credentials, secretAccessKey: 'wrong' })
    assert.deepEqual((await refusal(wrong.listMetrics({})))[0], 'SignatureDoesNotMatch')
  })

  test(`${name}: an alarm is put and described as it was put`, async () => {
    const AlarmName = `slow ${name}`
    const AlarmActions = ['arn:aws:lambda:us-east-1:111122223333:function:nobody']
    await cloudwatch.putMetricAlarm({
      ...{ AlarmName, AlarmActions, MetricName: 'Latency', Namespace, Dimensions, Statistic: 'Average', Period: 60 },
      ...{ EvaluationPeriods: 3, DatapointsToAlarm: 2, Threshold: 5, ComparisonOperator: 'GreaterThanThreshold' },
      ...{ TreatMissingData: 'notBreaching', Tags: [{ Key: 'team', Value: 'blue' }] },
    })
    const { MetricAlarms = [] } = await cloudwatch.describeAlarms({ AlarmNames: [AlarmName] })
    const [alarm] = MetricAlarms
    assert.equal(MetricAlarms.length, 1)
    assert.deepEqual(
      [alarm?.AlarmArn, alarm?.StateValue, alarm?.Threshold, alarm?.Dimensions, alarm?.AlarmActions, alarm?.OKActions],
      [
        `arn:aws:cloudwatch:us-east-1:111122223333:alarm:${AlarmName}`,
        ...['INSUFFICIENT_DATA', 5, Dimensions, AlarmActions, []],
      ],
    )
    assert.ok(alarm?.StateUpdatedTimestamp instanceof Date)
    const { Tags } = await cloudwatch.listTagsForResource({ ResourceARN: alarm?.AlarmArn })
    assert.deepEqual(Tags, [{ Key: 'team', Value: 'blue' }])
    await cloudwatch.deleteAlarms({ AlarmNames: [AlarmName] })
  })
}

test('a body that the SDK compresses is verified as it came, then read (surroundings.md trap 14)', async () => {
  const Timestamp = lastMinute()
  for (const name of names) {
    const Namespace = `Packed/${name.replaceAll(' ', '')}`
    const MetricData = Array.from({ length: 900 }, (_, n) => ({ MetricName: `Metric${n % 9}`, Timestamp, Value: n }))
    let encoding: string | undefined
    const cloudwatch = client(name)
    cloudwatch.middlewareStack.add(
      (next) => (args) => {
        const { headers, body } = args.request as { headers: Record<string, string>; body: Uint8Array }
        encoding = headers['content-encoding']
        // Observed with 3.1164: the SDK's CBOR protocol says how long the body was before it was compressed.
        if (headers['content-length'] !== undefined) headers['content-length'] = String(body.length)
        return next(args)
      },
      { step: 'build', priority: 'low' },
    )
    await cloudwatch.putMetricData({ Namespace, MetricData })
    assert.equal(encoding, 'gzip')
    assert.equal(await sumOf(cloudwatch, Namespace, 'Metric0', Timestamp), 44_550)
  }
})

async function sumOf(cloudwatch: CloudWatch, Namespace: string, MetricName: string, StartTime: Date) {
  const EndTime = new Date(StartTime.getTime() + MINUTE)
  const asked = { Namespace, MetricName, StartTime, EndTime, Period: 60 }
  const { Datapoints } = await cloudwatch.getMetricStatistics({ ...asked, Statistics: ['Sum'] })
  return Datapoints?.[0]?.Sum
}

test('callers put into the namespaces that their policy names (cloudwatch:namespace), and never into AWS’s', async () => {
  const iam = new IAM({ endpoint: server.url, region: 'us-east-1', credentials: server.credentials })
  await iam.createUser({ UserName: 'meter' })
  await iam.putUserPolicy({
    UserName: 'meter',
    PolicyName: 'put',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: 'cloudwatch:PutMetricData',
        Resource: '*',
        Condition: { StringEquals: { 'cloudwatch:namespace': ['Mine', 'AWS/Mine'] } },
      },
    }),
  })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'meter' })
  iam.destroy()
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId as string,
    secretAccessKey: AccessKey?.SecretAccessKey as string,
  }
  for (const name of names) {
    const meter = client(name, credentials)
    await meter.putMetricData({ Namespace: 'Mine', MetricData: [{ MetricName: 'm', Value: 1 }] })
    const [code, text] = await refusal(
      meter.putMetricData({ Namespace: 'Yours', MetricData: [{ MetricName: 'm', Value: 1 }] }),
    )
    assert.equal(code, 'AccessDenied')
    assert.match(text, /is not authorized to perform: cloudwatch:PutMetricData/)
    const own = await refusal(
      meter.putMetricData({ Namespace: 'AWS/Mine', MetricData: [{ MetricName: 'm', Value: 1 }] }),
    )
    assert.deepEqual(own, [
      'InvalidParameterValueException',
      'The value AWS/Mine for parameter Namespace is invalid.',
      400,
    ])
  }
})
