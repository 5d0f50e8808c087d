import type { PutCompositeAlarmInput } from '@aws-sdk/client-cloudwatch'
import { required } from '#kernel/shape'
import { tagsIn } from '#kernel/values/tags'
import * as members from '../model/members.ts'
import { validation } from '../model/refusals.ts'
import { alarmsIn, parseRule, RuleBroken } from '../model/rule.ts'
import { actionsIn } from '../model/settings.ts'
import { operation } from '../operation.ts'
import { putAlarm } from '../putting.ts'
import { putAlarmTargets } from '../target.ts'
import { leadsBack } from '../transitions.ts'

/** Makes or replaces an alarm on other alarms; it is evaluated at once, and whenever one of these changes. Source: API_PutCompositeAlarm. */
export const PutCompositeAlarm = operation<PutCompositeAlarmInput, undefined>()({
  name: 'PutCompositeAlarm',
  effect: 'write',
  input: {
    AlarmName: required(members.AlarmName),
    AlarmRule: required(members.AlarmRule),
    ActionsEnabled: members.Flag,
    AlarmActions: members.Actions,
    AlarmDescription: members.AlarmDescription,
    InsufficientDataActions: members.Actions,
    OKActions: members.Actions,
    Tags: members.Tags,
    ActionsSuppressor: members.AlarmArn,
    ActionsSuppressorWaitPeriod: members.SuppressorPeriod,
    ActionsSuppressorExtensionPeriod: members.SuppressorPeriod,
    ActionConfiguration: members.ActionConfiguration,
  },
  errors: ['LimitExceededFault'],
  target: (input, env, call) => putAlarmTargets(input, env, call),
  async run(input, env, call) {
    const { AlarmName, AlarmRule, AlarmDescription, ActionsEnabled: enabled = true, Tags } = input
    if (input.ActionsSuppressor !== undefined) throw validation('Suppression of actions is not offered by this server.')
    const named = namedIn(AlarmRule)
    for (const name of named)
      if (name !== AlarmName && (await env.alarms.find(call, name)) === undefined)
        throw validation(`AlarmRule must only reference existing alarms: ${name} does not exist.`)
    if (named.has(AlarmName) || (await leadsBack(env.alarms, call, AlarmName, AlarmRule)))
      throw validation(`AlarmRule leads back to the alarm ${AlarmName} itself.`)
    const settings = {
      kind: 'composite',
      description: AlarmDescription,
      actions: actionsIn(input),
      rule: AlarmRule,
    } as const
    const alarm = await putAlarm(env, call, AlarmName, settings, { enabled, tags: tagsIn(Tags) })
    await env.transitions.weigh(alarm, call.now)
    return undefined
  },
})

/** Assumed text. */
function namedIn(rule: string): Set<string> {
  try {
    return alarmsIn(parseRule(rule))
  } catch (error) {
    if (error instanceof RuleBroken) throw validation(`Error in AlarmRule: ${error.message.slice(0, 300)}`)
    throw error
  }
}
