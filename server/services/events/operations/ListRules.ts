import type { ListRulesRequest, ListRulesResponse } from '@aws-sdk/client-eventbridge'
import * as m from '../model/members.ts'
import { operation } from '../operation.ts'
import { pageOf } from '../paging.ts'
import { shownRule } from '../shown.ts'
import { existingBus, placeIn, ruleTarget } from '../target.ts'

/** The rules of a bus, by name. Source: API_ListRules. */
export const ListRules = operation<ListRulesRequest, ListRulesResponse>()({
  name: 'ListRules',
  effect: 'read',
  input: {
    NamePrefix: m.RuleName,
    EventBusName: m.EventBusNameOrArn,
    NextToken: m.NextToken,
    Limit: m.LimitMax100,
  },
  errors: ['InternalException', 'ResourceNotFoundException'],
  target: ({ EventBusName }, env, call) => ruleTarget(env, placeIn(EventBusName, call), '*'),
  async run(input, env, call) {
    const place = placeIn(input.EventBusName, call)
    await existingBus(env, place)
    const { NamePrefix: prefix = '' } = input
    const bound = ['ListRules', place.account, place.region, place.name, prefix]
    const load = (after: string, most: number) => env.rules.list(place, prefix, after, most)
    const { items, next } = await pageOf(input, bound, env.paging, load, ({ name }) => name)
    return { Rules: items.map(shownRule), ...next }
  },
})
