import type { ListEventBusesRequest, ListEventBusesResponse } from '@aws-sdk/client-eventbridge'
import { DEFAULT } from '../model/names.ts'
import * as m from '../model/members.ts'
import type { Bus } from '../model/rule.ts'
import { operation } from '../operation.ts'
import { pageOf } from '../paging.ts'
import { shownPolicy } from '../policies.ts'
import { shownBus } from '../shown.ts'

/** The buses of the account, by name; the default one is always among them. Source: API_ListEventBuses. */
export const ListEventBuses = operation<ListEventBusesRequest, ListEventBusesResponse>()({
  name: 'ListEventBuses',
  effect: 'read',
  input: { NamePrefix: m.EventBusName, NextToken: m.NextToken, Limit: m.LimitMax100 },
  errors: ['InternalException'],
  target: async () => ({ resource: '*' }),
  async run(input, env, call) {
    const { NamePrefix: prefix = '' } = input
    const bound = ['ListEventBuses', call.account, call.region, prefix]
    const load = async (after: string, most: number) => {
      const kept = await env.buses.list(call, prefix, after, most)
      if (!DEFAULT.startsWith(prefix) || after >= DEFAULT || kept.some(({ name }) => name === DEFAULT)) return kept
      const standard = (await env.buses.find({ ...call, name: DEFAULT })) as Bus
      return [...kept, standard].toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice(0, most)
    }
    const { items, next } = await pageOf(input, bound, env.paging, load, ({ name }) => name)
    const shown = []
    for (const bus of items) shown.push(shownBus(bus, await shownPolicy(env, bus)))
    return { EventBuses: shown, ...next }
  },
})
