import type { ListRuleNamesByTargetRequest, ListRuleNamesByTargetResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { operation } from '../operation.ts'
import { pageOf } from '../paging.ts'
import { existingBus, placeIn, ruleTarget } from '../target.ts'

/** The names of a bus's rules that send to a target. Source: API_ListRuleNamesByTarget. */
export const ListRuleNamesByTarget = operation<ListRuleNamesByTargetRequest, ListRuleNamesByTargetResponse>()({
  name: 'ListRuleNamesByTarget',
  effect: 'read',
  input: {
    TargetArn: required(m.TargetArn),
    EventBusName: m.EventBusNameOrArn,
    NextToken: m.NextToken,
    Limit: m.LimitMax100,
  },
  errors: ['InternalException', 'ResourceNotFoundException'],
  target: ({ EventBusName }, env, call) => ruleTarget(env, placeIn(EventBusName, call), '*'),
  async run(input, env, call) {
    const place = placeIn(input.EventBusName, call)
    await existingBus(env, place)
    const bound = ['ListRuleNamesByTarget', place.account, place.region, place.name, input.TargetArn]
    const load = (after: string, most: number) => env.rules.namesByTarget(place, input.TargetArn, after, most)
    const { items, next } = await pageOf(input, bound, env.paging, load, (name) => name)
    return { RuleNames: items, ...next }
  },
})
