import type { Names } from './inputs.ts'
import type { Expected, World } from './world.ts'

/** Log groups: what the operations on them need, and say of those that are not there. */

const accountOf = ({ functionArn }: Names) => functionArn.split(':')[4] ?? ''
const groupArn = (names: Names) => `arn:aws:logs:us-east-1:${accountOf(names)}:log-group:${names.userName}`

const METRIC = { metricName: 'm', metricNamespace: 'n', metricValue: '1' }
const KEY_POLICY = (account: string) => ({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:*', Resource: '*' },
    { Effect: 'Allow', Principal: { Service: 'logs.us-east-1.amazonaws.com' }, Action: 'kms:*', Resource: '*' },
  ],
})

/** A group with a stream, a tag and a metric filter; with a function that may be subscribed, and a key, where they are needed. */
export async function prepareLogs(
  world: World,
  name: string,
  names: Names,
  makeFunction: (name: string) => Promise<unknown>,
): Promise<Names> {
  const { userName: logGroupName } = names
  await world.done('logs:CreateLogGroup', { logGroupName, tags: { team: 'blue' } })
  if (name !== 'CreateLogStream') await world.done('logs:CreateLogStream', { logGroupName, logStreamName: 's' })
  const filter = { logGroupName, filterName: 'f', filterPattern: '', metricTransformations: [METRIC] }
  if (name === 'DeleteMetricFilter') await world.done('logs:PutMetricFilter', filter)
  if (name === 'AssociateKmsKey') {
    const Policy = JSON.stringify(KEY_POLICY(accountOf(names)))
    const made = JSON.parse(await world.done('kms:CreateKey', { Policy })) as { KeyMetadata: { KeyId: string } }
    return { ...names, keyId: made.KeyMetadata.KeyId }
  }
  if (!name.endsWith('SubscriptionFilter')) return names
  await makeFunction(logGroupName)
  const lets = { StatementId: 'l', Action: 'lambda:InvokeFunction', Principal: 'logs.amazonaws.com' }
  await world.done('lambda:AddPermission', { FunctionName: logGroupName, ...lets })
  const destinationArn = names.functionArn.replace('gone', 'here')
  if (name === 'DeleteSubscriptionFilter')
    await world.done('logs:PutSubscriptionFilter', { logGroupName, filterName: 'f', filterPattern: '', destinationArn })
  return { ...names, functionArn: destinationArn }
}

export const logsMembers: Readonly<Record<string, (names: Names) => unknown>> = {
  'logs:logGroupName': ({ userName }) => userName,
  'logs:logGroupIdentifier': ({ userName }) => userName,
  'logs:logStreamName': () => 's',
  'logs:resourceArn': groupArn,
  'logs:filterName': () => 'f',
  'logs:filterPattern': () => 'ERROR',
}

export const logsInputs: Readonly<Record<string, (names: Names) => Readonly<Record<string, unknown>>>> = {
  'logs:CreateLogGroup': ({ userName }) => ({ logGroupName: `${userName}-new` }),
  ...Object.fromEntries(
    ['GetLogEvents', 'FilterLogEvents', 'DescribeLogStreams', 'DescribeMetricFilters', 'DisassociateKmsKey'].map(
      (name) => [`logs:${name}`, ({ userName }: Names) => ({ logGroupName: userName })],
    ),
  ),
  'logs:AssociateKmsKey': (names) => ({
    logGroupName: names.userName,
    kmsKeyId: `arn:aws:kms:us-east-1:${accountOf(names)}:key/${names.keyId}`,
  }),
  'logs:StartLiveTail': (names) => ({ logGroupIdentifiers: [groupArn(names)] }),
  // too old, which is no refusal
  'logs:PutLogEvents': () => ({ logEvents: [{ timestamp: 1_700_000_000_000, message: 'x' }] }),
  'logs:PutRetentionPolicy': () => ({ retentionInDays: 7 }),
  'logs:PutMetricFilter': () => ({ metricTransformations: [METRIC] }),
  'logs:PutSubscriptionFilter': ({ functionArn }) => ({ destinationArn: functionArn }),
  'logs:TagResource': () => ({ tags: { stage: 'test' } }),
  'logs:TagLogGroup': () => ({ tags: { stage: 'test' } }),
  'logs:UntagResource': () => ({ tagKeys: ['team'] }),
  'logs:UntagLogGroup': () => ({ tags: ['team'] }),
}

/** What a caller who may know is told of a group that is not there. Source: surroundings.md 3, recorded. */
export const LOGS_MISSING: Expected = {
  code: 'ResourceNotFoundException',
  status: 400,
  text: 'The specified log group does not exist.',
}
