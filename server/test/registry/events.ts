import type { Names } from './inputs.ts'
import type { Expected, World } from './world.ts'

/** Rules and buses of EventBridge: what the operations on them need, and say of those that are not there. */

const accountOf = ({ functionArn }: Names) => functionArn.split(':')[4] ?? ''
const arnOf = (names: Names, resource: string) => `arn:aws:events:us-east-1:${accountOf(names)}:${resource}`

const EventPattern = JSON.stringify({ source: ['my.app'] })
const PERMISSION = { Action: 'events:PutEvents', Principal: '*', StatementId: 's' }

/** Operations on a bus; the others are on a rule, by its name. */
const ON_BUS = /^(DescribeEventBus|UpdateEventBus|DeleteEventBus|PutPermission|RemovePermission)$/

/** Operations on a connection or an API destination, by its name. */
const ON_CONNECTION = /Connections?$/
const ON_DESTINATION = /ApiDestinations?$/
const AuthParameters = { ApiKeyAuthParameters: { ApiKeyName: 'x-api-key', ApiKeyValue: 'of-the-registry' } }
const ENDPOINT = { InvocationEndpoint: 'https://example.com/in', HttpMethod: 'POST' }

/** A bus with a permission, or a rule with a tag and, where it may have one, a target. */
export async function prepareEvents(world: World, name: string, names: Names): Promise<Names> {
  const { userName: it, functionArn } = names
  if (ON_BUS.test(name)) {
    await world.done('events:CreateEventBus', { Name: it })
    await world.done('events:PutPermission', { EventBusName: it, ...PERMISSION })
    return names
  }
  if (ON_CONNECTION.test(name) || ON_DESTINATION.test(name)) {
    const connection = { Name: it, AuthorizationType: 'API_KEY', AuthParameters }
    const { ConnectionArn: connectionArn } = JSON.parse(await world.done('events:CreateConnection', connection))
    if (ON_DESTINATION.test(name))
      await world.done('events:CreateApiDestination', { Name: it, ConnectionArn: connectionArn, ...ENDPOINT })
    return { ...names, connectionArn }
  }
  if (name === 'PutEvents') {
    // One rule for all sets: an event costs as many statements as there are rules that take it.
    await world.done('events:PutRule', { Name: 'takes', EventPattern })
    await world.done('events:PutTargets', { Rule: 'takes', Targets: [{ Id: 't', Arn: functionArn }] })
    return names
  }
  const own = JSON.stringify({ source: [it] })
  await world.done('events:PutRule', { Name: it, EventPattern: own, Tags: [{ Key: 'team', Value: 'blue' }] })
  if (name !== 'DeleteRule')
    await world.done('events:PutTargets', { Rule: it, Targets: [{ Id: 't', Arn: functionArn }] })
  return names
}

export const eventsMembers: Readonly<Record<string, (names: Names) => unknown>> = {
  'events:Name': ({ userName }) => userName,
  'events:Rule': ({ userName }) => userName,
  'events:ResourceARN': (names) => arnOf(names, `rule/${names.userName}`),
}

export const eventsInputs: Readonly<Record<string, (names: Names) => Readonly<Record<string, unknown>>>> = {
  'events:PutRule': ({ userName }) => ({ Name: `${userName}-new`, EventPattern }),
  'events:CreateEventBus': ({ userName }) => ({ Name: `${userName}-new` }),
  'events:CreateConnection': ({ userName }) => ({
    ...{ Name: `${userName}-new`, AuthorizationType: 'API_KEY', AuthParameters },
  }),
  'events:UpdateConnection': () => ({ Description: 'changed' }),
  'events:CreateApiDestination': ({ userName, connectionArn = '' }) => ({
    ...{ Name: `${userName}-new`, ConnectionArn: connectionArn, ...ENDPOINT },
  }),
  'events:UpdateApiDestination': () => ({ Description: 'changed' }),
  'events:PutTargets': ({ functionArn }) => ({ Targets: [{ Id: 'u', Arn: functionArn }] }),
  'events:RemoveTargets': () => ({ Ids: ['t'] }),
  'events:ListRuleNamesByTarget': () => ({ TargetArn: 'arn:aws:lambda:us-east-1:999988887777:function:f' }),
  'events:PutEvents': () => ({ Entries: [{ Source: 'my.app', DetailType: 'Done', Detail: '{}' }] }),
  'events:TestEventPattern': () => ({
    EventPattern,
    Event: JSON.stringify({
      id: '1',
      account: '999988887777',
      source: 'my.app',
      time: '2026-11-22T10:00:00Z',
      region: 'us-east-1',
      resources: [],
      'detail-type': 'Done',
    }),
  }),
  'events:DescribeEventBus': ({ userName }) => ({ Name: userName }),
  'events:UpdateEventBus': ({ userName }) => ({ Name: userName, Description: 'changed' }),
  'events:PutPermission': ({ userName }) => ({ EventBusName: userName, ...PERMISSION, StatementId: 'new' }),
  'events:RemovePermission': ({ userName }) => ({ EventBusName: userName, StatementId: 's' }),
  'events:TagResource': () => ({ Tags: [{ Key: 'stage', Value: 'test' }] }),
  'events:UntagResource': () => ({ TagKeys: ['team'] }),
}

/** Taking away what is not there is no error. Source: surroundings.md 4.2; recorded. */
export const EVENTS_GONE_ALREADY: readonly string[] = ['events:DeleteRule', 'events:DeleteEventBus']

/** What a caller who may know is told of a rule or bus that is not there. Source: surroundings.md 4.2; recorded. */
export function eventsMissing(name: string, { userName }: Names): Expected {
  const one = ON_CONNECTION.test(name) ? 'connection(s). Connection' : 'api-destination(s). An api-destination'
  if (ON_CONNECTION.test(name) || ON_DESTINATION.test(name)) {
    const text = `Failed to describe the ${one} '${userName}' does not exist.`
    return { code: 'ResourceNotFoundException', status: 400, text }
  }
  return {
    code: 'ResourceNotFoundException',
    status: 400,
    text: ON_BUS.test(name)
      ? `Event bus ${userName} does not exist.`
      : `Rule ${userName} does not exist on EventBus default.`,
  }
}
