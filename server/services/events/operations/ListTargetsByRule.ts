import type { ListTargetsByRuleRequest, ListTargetsByRuleResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { operation } from '../operation.ts'
import { pageOf } from '../paging.ts'
import { existingRule, placeIn, ruleTarget } from '../target.ts'

/** The targets of a rule, by id, as they were put. Source: API_ListTargetsByRule. */
export const ListTargetsByRule = operation<ListTargetsByRuleRequest, ListTargetsByRuleResponse>()({
  name: 'ListTargetsByRule',
  effect: 'read',
  input: {
    Rule: required(m.RuleName),
    EventBusName: m.EventBusNameOrArn,
    NextToken: m.NextToken,
    Limit: m.LimitMax100,
  },
  errors: ['InternalException', 'ResourceNotFoundException'],
  target: ({ Rule, EventBusName }, env, call) => ruleTarget(env, placeIn(EventBusName, call), Rule),
  async run(input, env, call) {
    const rule = await existingRule(env, placeIn(input.EventBusName, call), input.Rule)
    const bound = ['ListTargetsByRule', rule.id]
    const load = (after: string, most: number) => env.rules.targets(rule, after, most)
    const { items, next } = await pageOf(input, bound, env.paging, load, ({ Id }) => Id)
    return { Targets: items, ...next }
  },
})
