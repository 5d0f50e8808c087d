import type { DisableRuleRequest } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import type { Rule } from '../model/rule.ts'
import { operation } from '../operation.ts'
import { existingRule, placeIn, ruleTarget } from '../target.ts'

/** Keeps a rule from firing. Source: API_DisableRule. */
export const DisableRule = operation<DisableRuleRequest, void>()({
  name: 'DisableRule',
  effect: 'write',
  input: { Name: required(m.RuleName), EventBusName: m.EventBusNameOrArn },
  errors: ['ConcurrentModificationException', 'InternalException', 'ManagedRuleException', 'ResourceNotFoundException'],
  target: ({ Name, EventBusName }, env, call) => ruleTarget(env, placeIn(EventBusName, call), Name),
  async run({ Name, EventBusName }, env, call) {
    const before = await existingRule(env, placeIn(EventBusName, call), Name, 'lock')
    const rule: Rule = { ...before, state: 'DISABLED' }
    await env.rules.save(rule)
    if (rule.schedule !== undefined) await env.engine.scheduled(env.unit, rule, call.now)
  },
})
