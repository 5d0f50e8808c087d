import type { PutTargetsRequest, PutTargetsResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import { passRole } from '../../sts/port.ts'
import * as m from '../model/members.ts'
import { EVENTS, ruleArn } from '../model/names.ts'
import { tooMany } from '../model/refusals.ts'
import type { Target } from '../model/rule.ts'
import { TargetList } from '../model/target-members.ts'
import { checkTarget } from '../model/targets.ts'
import { operation } from '../operation.ts'
import { checkRole, existingRule, placeIn, ruleTarget, writtenGroup } from '../target.ts'

/** Adds targets to a rule; one of the same id takes the place of the other. Source: API_PutTargets; surroundings.md 4.2. */
export const PutTargets = operation<PutTargetsRequest, PutTargetsResponse>()({
  name: 'PutTargets',
  effect: 'write',
  input: { Rule: required(m.RuleName), EventBusName: m.EventBusNameOrArn, Targets: required(TargetList) },
  errors: [
    'ConcurrentModificationException',
    'InternalException',
    'LimitExceededException',
    'ManagedRuleException',
    'ResourceNotFoundException',
  ],
  // What targets are handed may hold anything: it is not told.
  audit: {
    request: ({ Rule, EventBusName, Targets }) => ({
      rule: Rule,
      ...(EventBusName === undefined ? {} : { eventBusName: EventBusName }),
      targets: Targets.map(({ Id, Arn, RoleArn }) => ({
        id: Id,
        arn: Arn,
        ...(RoleArn === undefined ? {} : { roleArn: RoleArn }),
      })),
    }),
  },
  async target({ Rule, EventBusName, Targets }, env, call) {
    const target = await ruleTarget(env, placeIn(EventBusName, call), Rule)
    const arns = Targets.map(({ Arn }) => Arn as string)
    const roles = new Set(Targets.flatMap(({ RoleArn }) => (RoleArn === undefined ? [] : [RoleArn])))
    return [
      { ...target, context: { ...target.context, 'events:TargetArn': arns } },
      ...[...roles].map((role) => passRole(role, EVENTS, target.resource)),
      ...arns.flatMap((arn) => writtenGroup(arn, call)),
    ]
  },
  async run({ Rule, EventBusName, Targets }, env, call) {
    const rule = await existingRule(env, placeIn(EventBusName, call), Rule, 'lock')
    const targets = Targets as readonly Target[]
    for (const target of targets) {
      checkTarget(target)
      await checkRole(env, target.RoleArn, ruleArn(rule), call)
    }
    const ids = new Set((await env.rules.targets(rule)).map(({ Id }) => Id))
    for (const { Id } of targets) ids.add(Id)
    if (ids.size > env.limits.targets) throw tooMany()
    for (const target of targets) await env.rules.saveTarget(rule, target)
    return { FailedEntryCount: 0, FailedEntries: [] }
  },
})
