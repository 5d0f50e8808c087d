import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Started, start } from '../../start.ts'
import { available, run } from '../tool.ts'

const script = join(import.meta.dirname, 'cloudwatch_walk.py')

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

test('boto3’s CloudWatch client: values, statistics, formulas, alarms, tags, its exceptions, and AWS/Usage', async (t) => {
  if (!(await available(t, 'python3', ['-c', 'import boto3']))) return
  await using server = await start()
  const ended = await run('python3', ['-B', script], environmentOf(server))
  assert.equal(ended.code, 0, ended.stderr)
})

test('aws cloudwatch: put-metric-data, get-metric-statistics, put-metric-alarm, describe-alarms', async (t: TestContext) => {
  if (!(await available(t, 'aws', ['--version']))) return
  await using server = await start()
  const aws = async (...words: string[]): Promise<Readonly<Record<string, unknown>>> => {
    const ended = await run('aws', ['cloudwatch', ...words], environmentOf(server))
    assert.equal(ended.code, 0, `aws cloudwatch ${words.join(' ')}:\n${ended.stderr}`)
    return JSON.parse(ended.stdout || '{}') as Readonly<Record<string, unknown>>
  }
  const from = new Date(Math.floor(server.clock.now() / 60_000) * 60_000)
  const to = new Date(from.getTime() + 120_000)
  const metric = ['--namespace', 'Shop', '--metric-name', 'Orders']
  await aws('put-metric-data', ...metric, '--value', '3', '--unit', 'Count', '--timestamp', from.toISOString())
  const { Datapoints } = await aws(
    ...['get-metric-statistics', ...metric, '--statistics', 'Sum', '--period', '60'],
    ...['--start-time', from.toISOString(), '--end-time', to.toISOString()],
  )
  assert.deepEqual(
    (Datapoints as { Sum: number; Unit: string }[]).map(({ Sum, Unit }) => [Sum, Unit]),
    [[3, 'Count']],
  )
  await aws(
    ...['put-metric-alarm', '--alarm-name', 'few', ...metric, '--statistic', 'Sum', '--period', '60'],
    ...['--evaluation-periods', '1', '--threshold', '1', '--comparison-operator', 'LessThanThreshold'],
  )
  const { MetricAlarms } = await aws('describe-alarms', '--alarm-names', 'few')
  assert.deepEqual(
    (MetricAlarms as { AlarmName: string; StateValue: string }[]).map(({ AlarmName, StateValue }) => [
      AlarmName,
      StateValue,
    ]),
    [['few', 'INSUFFICIENT_DATA']],
  )
})
