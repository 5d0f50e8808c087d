import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { parseArn } from '#kernel/values/arn'
import { tagsIn } from '#kernel/values/tags'
import type { Alarms } from './alarms.ts'
import { alarmArn } from './model/alarm.ts'
import type { Cell } from './model/metric.ts'
import { invalid, unknownResource } from './model/refusals.ts'

/** An alarm of the caller's, there or not. */
export async function alarmTarget(
  name: string,
  { alarms }: { readonly alarms: Alarms },
  call: Call,
  said: Pick<Target, 'requestTags' | 'tagKeys'> = {},
): Promise<Target> {
  const resource = alarmArn(call, name)
  const tags = (await alarms.find(call, name))?.tags
  return { resource, shown: resource, ...(tags === undefined ? {} : { tags }), ...said }
}

/**
 * An alarm that is put, and the API destinations of the account that its actions call, with the credentials that their connections
 * hold: who may not call one himself has no alarm do so. Assumed: AWS's alarms have no such actions.
 */
export async function putAlarmTargets(
  { AlarmName, Tags, ...actions }: Put,
  env: { readonly alarms: Alarms },
  call: Call,
): Promise<readonly Target[]> {
  const { OKActions = [], AlarmActions = [], InsufficientDataActions = [] } = actions
  const called = [...new Set([...OKActions, ...AlarmActions, ...InsufficientDataActions])].filter((action) => {
    const { service, account, resource } = parseArn(action) ?? {}
    return service === 'events' && account === call.account && resource?.startsWith('api-destination/') === true
  })
  return [
    await alarmTarget(AlarmName, env, call, { requestTags: tagsIn(Tags) }),
    ...called.map((arn) => ({ action: 'events:InvokeApiDestination', resource: arn, shown: arn, owner: call.account })),
  ]
}

interface Put {
  readonly AlarmName: string
  readonly Tags?: Parameters<typeof tagsIn>[0]
  readonly OKActions?: readonly string[] | undefined
  readonly AlarmActions?: readonly string[] | undefined
  readonly InsufficientDataActions?: readonly string[] | undefined
}

/** Each of them must be allowed; without a name all are meant. */
export async function alarmTargets(
  names: readonly string[],
  env: { readonly alarms: Alarms },
  call: Call,
): Promise<readonly Target[]> {
  const all = alarmArn(call, '*')
  if (names.length === 0) return [{ resource: all, shown: all }]
  const targets: Target[] = []
  for (const name of new Set(names)) targets.push(await alarmTarget(name, env, call))
  return targets
}

/** The alarm that an ARN names, of whichever account and region. */
function named(resourceArn: string): (Cell & { readonly name: string }) | undefined {
  const parsed = parseArn(resourceArn)
  if (parsed?.service !== 'cloudwatch' || !parsed.resource.startsWith('alarm:')) return undefined
  return { account: parsed.account, region: parsed.region, name: parsed.resource.slice('alarm:'.length) }
}

/** What a call about tags is about. */
export async function taggedTarget(
  resourceArn: string,
  env: { readonly alarms: Alarms },
  call: Call,
  said: Pick<Target, 'requestTags' | 'tagKeys'> = {},
): Promise<Target> {
  const found = named(resourceArn)
  if (found?.account === call.account && found.region === call.region) return alarmTarget(found.name, env, call, said)
  return {
    resource: resourceArn,
    shown: resourceArn,
    ...(found === undefined ? {} : { owner: found.account }),
    ...said,
  }
}

/** The alarm whose tags are meant. Throws InvalidParameterValue for what is no ARN of one, ResourceNotFoundException for one that is not there. */
export async function tagged(resourceArn: string, { alarms }: { readonly alarms: Alarms }, call: Call) {
  const found = named(resourceArn)
  if (found === undefined) throw invalid(`The value ${resourceArn.slice(0, 200)} for parameter ResourceARN is invalid.`)
  const own = found.account === call.account && found.region === call.region
  const alarm = own ? await alarms.find(call, found.name) : undefined
  if (alarm === undefined) throw unknownResource(resourceArn)
  return alarm
}
