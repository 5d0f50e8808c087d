import type { PutRuleRequest, PutRuleResponse } from '@aws-sdk/client-eventbridge'
import type { ContextValue } from '#kernel/authorization/policy'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { tagsIn } from '#kernel/values/tags'
import { passRole } from '../../sts/port.ts'
import * as m from '../model/members.ts'
import { DEFAULT, EVENTS, ruleArn } from '../model/names.ts'
import { patternOf } from '../model/pattern/pattern.ts'
import { badSchedule, noPatternNorSchedule, scheduleElsewhere, tooMany } from '../model/refusals.ts'
import type { RuleState } from '../model/rule.ts'
import { scheduleOf } from '../model/schedule/schedule.ts'
import { checkedTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { checkRole, existingBus, placeIn, ruleTarget } from '../target.ts'

/**
 * Makes a rule, or puts another in its place: what is left out is gone, but targets and tags stay.
 * Source: API_PutRule; surroundings.md 4.2.
 */
export const PutRule = operation<PutRuleRequest, Answer<PutRuleResponse, 'RuleArn'>>()({
  name: 'PutRule',
  effect: 'write',
  input: {
    Name: required(m.RuleName),
    ScheduleExpression: m.ScheduleExpression,
    EventPattern: m.EventPattern,
    State: m.RuleState,
    Description: m.RuleDescription,
    RoleArn: m.RoleArn,
    Tags: m.TagList,
    EventBusName: m.EventBusNameOrArn,
  },
  errors: [
    'ConcurrentModificationException',
    'InternalException',
    'InvalidEventPatternException',
    'LimitExceededException',
    'ManagedRuleException',
    'ResourceNotFoundException',
  ],
  audit: { response: ({ RuleArn }) => ({ ruleArn: RuleArn }) },
  async target(input, env, call) {
    const target = await ruleTarget(env, placeIn(input.EventBusName, call), input.Name)
    const rule = {
      ...target,
      context: { ...target.context, ...named(input.EventPattern) },
      requestTags: tagsIn(input.Tags),
    }
    return input.RoleArn === undefined ? rule : [rule, passRole(input.RoleArn, EVENTS, target.resource)]
  },
  async run(input, env, call) {
    const { Name: name, RoleArn: roleArn, Description: description } = input
    // An empty one is none.
    const pattern = input.EventPattern || undefined
    const schedule = input.ScheduleExpression || undefined
    const place = placeIn(input.EventBusName, call)
    if (pattern === undefined && schedule === undefined) throw noPatternNorSchedule()
    if (schedule !== undefined && place.name !== DEFAULT) throw scheduleElsewhere()
    if (schedule !== undefined && scheduleOf(schedule) === undefined) throw badSchedule()
    if (pattern !== undefined) patternOf(pattern)
    await existingBus(env, place, 'lock')
    const before = await env.rules.lock(place, name)
    const tags = before?.tags ?? checkedTags(input.Tags)
    if (before === undefined && (await env.rules.count(place)) >= env.limits.rules) throw tooMany()
    const arn = ruleArn({ ...place, bus: place.name, name })
    await checkRole(env, roleArn, arn, call)
    const rule = {
      account: place.account,
      region: place.region,
      bus: place.name,
      name,
      id: before?.id ?? env.random.uuid(),
      pattern,
      schedule,
      state: (input.State ?? 'ENABLED') as RuleState,
      description,
      roleArn,
      tags,
      createdBy: before?.createdBy ?? call.account,
      createdAt: before?.createdAt ?? call.now,
      scheduledAt: before !== undefined && before.schedule === schedule ? before.scheduledAt : call.now,
    }
    await env.rules.save(rule)
    if (schedule !== undefined || before?.schedule !== undefined) await env.engine.scheduled(env.unit, rule, call.now)
    return { RuleArn: arn }
  },
})

/** What conditions see of a pattern. Source: the user guide, "Using IAM policy conditions in EventBridge". */
function named(pattern: string | undefined): Readonly<Record<string, ContextValue | undefined>> {
  if (!pattern) return {}
  try {
    const { texts } = patternOf(pattern)
    return {
      'events:source': texts('source'),
      'events:detail-type': texts('detail-type'),
      'events:detail.service': texts('detail.service'),
      'events:detail.eventTypeCode': texts('detail.eventTypeCode'),
      'events:detail.userIdentity.principalId': texts('detail.userIdentity.principalId'),
    }
  } catch (error) {
    // said by `run`, to who may put rules
    if (error instanceof ApiError) return {}
    throw error
  }
}
