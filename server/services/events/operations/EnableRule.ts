import type { EnableRuleRequest } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import type { Rule } from '../model/rule.ts'
import { operation } from '../operation.ts'
import { existingRule, placeIn, ruleTarget } from '../target.ts'

/** Lets a rule fire again. Source: API_EnableRule. */
export const EnableRule = operation<EnableRuleRequest, void>()({
  name: 'EnableRule',
  effect: 'write',
  input: { Name: required(m.RuleName), EventBusName: m.EventBusNameOrArn },
  errors: ['ConcurrentModificationException', 'InternalException', 'ManagedRuleException', 'ResourceNotFoundException'],
  target: ({ Name, EventBusName }, env, call) => ruleTarget(env, placeIn(EventBusName, call), Name),
  async run({ Name, EventBusName }, env, call) {
    const before = await existingRule(env, placeIn(EventBusName, call), Name, 'lock')
    if (before.state !== 'DISABLED') return
    const rule: Rule = { ...before, state: 'ENABLED' }
    await env.rules.save(rule)
    if (rule.schedule !== undefined) await env.engine.scheduled(env.unit, rule, call.now)
  },
})
