import type { RemoveTargetsRequest, RemoveTargetsResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { operation } from '../operation.ts'
import { existingRule, placeIn, ruleTarget } from '../target.ts'

/** Takes targets from a rule; those that are not there are told among the failed. Source: API_RemoveTargets. */
export const RemoveTargets = operation<RemoveTargetsRequest, RemoveTargetsResponse>()({
  name: 'RemoveTargets',
  effect: 'write',
  input: {
    Rule: required(m.RuleName),
    EventBusName: m.EventBusNameOrArn,
    Ids: required(m.TargetIdList),
    Force: m.Flag,
  },
  errors: ['ConcurrentModificationException', 'InternalException', 'ManagedRuleException', 'ResourceNotFoundException'],
  target: ({ Rule, EventBusName }, env, call) => ruleTarget(env, placeIn(EventBusName, call), Rule),
  async run({ Rule, EventBusName, Ids }, env, call) {
    const rule = await existingRule(env, placeIn(EventBusName, call), Rule, 'lock')
    const failed = []
    for (const id of new Set(Ids)) {
      if (await env.rules.removeTarget(rule, id)) continue
      // Assumed: the text.
      const ErrorMessage = `Rule ${rule.name} does not have a target with the Id ${id}.`
      failed.push({ TargetId: id, ErrorCode: 'ResourceNotFoundException', ErrorMessage })
    }
    return { FailedEntryCount: failed.length, FailedEntries: failed }
  },
})
