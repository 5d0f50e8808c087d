import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { zip } from '../../runtime/test/zip.ts'
import { type Credentials, refusalOf } from './client.ts'
import { directory, exchange, exchanged, file, log, ONE, Run, rows } from './stopped.ts'

/**
 * As `forged.test.ts` and `swap.test.ts`, of what decides where records, events, log lines and alarms go: rows that were altered, or
 * given the content of others, in the database file while no server ran, decide nothing.
 */

let root: Credentials

const CODE = zip({ 'index.js': 'exports.handler = async () => null' }).toString('base64')
const FUNCTION = `arn:aws:lambda:us-east-1:${ONE}:function:`
const METRIC = { metricName: 'm', metricNamespace: 'n', metricValue: '1' }
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})

/** One of everything of this name. */
async function make(run: Run, name: string): Promise<void> {
  const done = async (action: string, input: Record<string, unknown>) => {
    const answer = await run.call(root, action, input)
    assert.ok(answer.status < 300, `${action}: ${answer.text}`)
    return answer.text
  }
  await done('cloudtrail:CreateTrail', { Name: `trail-${name}`, S3BucketName: `bucket-${name}` })
  await done('cloudtrail:StartLogging', { Name: `trail-${name}` })
  await done('events:CreateEventBus', { Name: name })
  const permission = { Action: 'events:PutEvents', Principal: '*', StatementId: name }
  await done('events:PutPermission', { EventBusName: name, ...permission })
  await done('events:PutRule', { Name: name, EventPattern: JSON.stringify({ source: [name] }) })
  await done('events:PutTargets', { Rule: name, Targets: [{ Id: 't', Arn: `${FUNCTION}${name}`, Input: `"${name}"` }] })
  const { ConnectionArn } = JSON.parse(
    await done('events:CreateConnection', {
      ...{ Name: name, AuthorizationType: 'API_KEY' },
      AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'x-api-key', ApiKeyValue: name } },
    }),
  )
  const to = { InvocationEndpoint: `https://${name}.example.com/in`, HttpMethod: 'POST' }
  await done('events:CreateApiDestination', { Name: name, ConnectionArn, ...to })
  await done('cloudwatch:PutMetricAlarm', {
    ...{ AlarmName: name, MetricName: name, Namespace: 'n', Statistic: 'Sum', Period: 60, EvaluationPeriods: 1 },
    ...{ Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' },
  })
  await done('logs:CreateLogGroup', { logGroupName: name })
  const filter = { logGroupName: 'one', filterName: name, filterPattern: name }
  await done('logs:PutMetricFilter', { ...filter, metricTransformations: [METRIC] })
  const code = { Code: { ZipFile: CODE }, Runtime: 'nodejs24.x', Handler: 'index.handler' }
  const Role = `arn:aws:iam::${ONE}:role/lambda`
  await done('lambda:CreateFunction', { FunctionName: name, Role, ...code })
  const lets = { StatementId: 'l', Action: 'lambda:InvokeFunction', Principal: 'logs.amazonaws.com' }
  await done('lambda:AddPermission', { FunctionName: name, ...lets })
  await done('logs:PutSubscriptionFilter', { ...filter, destinationArn: `${FUNCTION}${name}` })
}

before(async () => {
  await using run = await Run.begin()
  root = await run.account(ONE)
  await run.done(root, 'iam:CreateRole', { RoleName: 'lambda', AssumeRolePolicyDocument: TRUST })
  for (const name of ['one', 'two']) await make(run, name)
})
after(() => rmSync(directory, { recursive: true, force: true }))

/** What lets a row decide or shows it. */
interface Reading {
  readonly table: string
  /** What tells the row of each name. */
  readonly row: (name: string) => Readonly<Record<string, string>>
  /** SQL of what is put in the place of columns. */
  readonly forged: Readonly<Record<string, string>>
  readonly asked: readonly [string, Record<string, unknown>]
}

const named = (name: string) => ({ name })
const readings: readonly Reading[] = [
  {
    table: 'trail',
    row: (name) => ({ name: `trail-${name}` }),
    forged: { bucket: "'mallorys'", logging: '0', prefix: "'elsewhere'", selection: `'{"basic":[]}'`, kms_key: "'k'" },
    asked: ['cloudtrail:GetTrail', { Name: 'trail-one' }],
  },
  {
    table: 'trail_bucket',
    row: (name) => ({ bucket: `bucket-${name}` }),
    forged: { account: "'444455556666'" },
    asked: ['cloudtrail:CreateTrail', { Name: 'another', S3BucketName: 'bucket-one' }],
  },
  {
    table: 'event_bus',
    row: named,
    forged: { policy: `replace(policy, 'one', 'two')`, dead_letter: "'arn:aws:sqs:x'" },
    asked: ['events:DescribeEventBus', { Name: 'one' }],
  },
  {
    table: 'event_rule',
    row: named,
    forged: { pattern: `'{"source":["all"]}'`, state: "'DISABLED'", role: "'arn:aws:iam::1:role/r'" },
    asked: ['events:DescribeRule', { Name: 'one' }],
  },
  {
    table: 'event_target',
    row: (rule) => ({ rule }),
    forged: { arn: `replace(arn, 'function:one', 'function:mallorys')`, sealed: "x'00'" },
    asked: ['events:ListTargetsByRule', { Rule: 'one' }],
  },
  {
    table: 'event_connection',
    row: named,
    forged: { secret: "'arn:aws:secretsmanager:us-east-1:1:secret:s'", state: "'DEAUTHORIZED'" },
    asked: ['events:DescribeConnection', { Name: 'one' }],
  },
  {
    table: 'event_destination',
    row: named,
    forged: { endpoint: "'https://mallorys.example.com'", method: "'GET'", rate: '1' },
    asked: ['events:DescribeApiDestination', { Name: 'one' }],
  },
  {
    table: 'alarm',
    row: named,
    forged: { settings: `replace(settings, 'one', 'two')`, enabled: '0', state: "'OK'" },
    asked: ['cloudwatch:DescribeAlarms', { AlarmNames: ['one'] }],
  },
  {
    table: 'log_group',
    row: named,
    forged: { kms_key: "'k'", guarded: '1', key_number: '7' },
    asked: ['logs:PutRetentionPolicy', { logGroupName: 'one', retentionInDays: 7 }],
  },
  {
    table: 'log_metric_filter',
    row: named,
    forged: { content: `replace(content, 'one', 'two')` },
    asked: ['logs:DescribeMetricFilters', { logGroupName: 'one' }],
  },
  {
    table: 'log_subscription',
    row: named,
    forged: { content: `replace(content, 'function:one', 'function:two')` },
    asked: ['logs:DescribeSubscriptionFilters', { logGroupName: 'one' }],
  },
]

const FAILURES =
  /^(InternalFailure|InternalServiceError|InternalServerError|InternalException|InternalServiceFault|ServiceUnavailableException)$/

async function refused(run: Run, [action, input]: Reading['asked'], said: string): Promise<void> {
  const answer = await run.call(root, action, input)
  assert.ok(answer.status >= 500, `${said}: ${answer.status} ${answer.text}`)
  assert.match(refusalOf(answer).code, FAILURES, said)
  assert.match(log(), /is not as this server wrote it|SealBroken/, said)
}

const where = (row: Readonly<Record<string, string>>) =>
  Object.entries(row)
    .map(([column, value]) => `${column} = '${value}'`)
    .join(' and ')

for (const { table, row, forged, asked } of readings) {
  test(`${table}: a row that was altered decides nothing`, async () => {
    for (const [column, value] of Object.entries(forged)) {
      const [was] = rows(`select ${column} as was from ${table} where ${where(row('one'))}`)
      let given: unknown
      const turn = () => {
        const db = new DatabaseSync(file)
        const at = `where ${where(row('one'))}`
        if (given === undefined) db.exec(`update ${table} set ${column} = ${value} ${at}`)
        else db.prepare(`update ${table} set ${column} = ? ${at}`).run(was?.was ?? null)
        given = value
        db.close()
      }
      await exchanged(turn, (run) => refused(run, asked, `${table}.${column}`))
    }
  })

  test(`${table}: a row with the content of another decides nothing`, async () => {
    const own = Object.keys(row('one'))
    const columns = rows(`select name from pragma_table_info('${table}') where pk = 0`).map(
      ({ name }) => name as string,
    )
    const rest = columns.filter((column) => !own.includes(column))
    await exchanged(
      () => exchange(table, row('one'), row('two'), rest),
      (run) => refused(run, asked, `${table}, moved`),
    )
  })
}

test('put back, all of them decide again', async () => {
  await using run = await Run.begin()
  for (const {
    asked: [action, input],
  } of readings) {
    const answer = await run.call(root, action, input)
    assert.equal(answer.status, 200, `${action}: ${answer.text}`)
  }
})
