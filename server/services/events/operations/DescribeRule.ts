import type { DescribeRuleRequest, DescribeRuleResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { operation } from '../operation.ts'
import { shownRule } from '../shown.ts'
import { existingRule, placeIn, ruleTarget } from '../target.ts'

/** Tells of a rule. Source: API_DescribeRule; recorded. */
export const DescribeRule = operation<DescribeRuleRequest, DescribeRuleResponse>()({
  name: 'DescribeRule',
  effect: 'read',
  input: { Name: required(m.RuleName), EventBusName: m.EventBusNameOrArn },
  errors: ['InternalException', 'ResourceNotFoundException'],
  target: ({ Name, EventBusName }, env, call) => ruleTarget(env, placeIn(EventBusName, call), Name),
  async run({ Name, EventBusName }, env, call) {
    const rule = await existingRule(env, placeIn(EventBusName, call), Name)
    return { ...shownRule(rule), CreatedBy: rule.createdBy }
  },
})
