import type { ListApiDestinationsRequest, ListApiDestinationsResponse } from '@aws-sdk/client-eventbridge'
import * as m from '../destinations/members.ts'
import { destinationsOf, isActive, listedDestination, listTarget } from '../destinations/shown.ts'
import { operation } from '../operation.ts'
import { pageOf } from '../paging.ts'

/** API destinations in the order of their names. Source: API_ListApiDestinations. */
export const ListApiDestinations = operation<ListApiDestinationsRequest, ListApiDestinationsResponse>()({
  name: 'ListApiDestinations',
  effect: 'read',
  input: {
    NamePrefix: m.ApiDestinationName,
    ConnectionArn: m.ConnectionArn,
    NextToken: m.NextToken,
    Limit: m.LimitMax100,
  },
  errors: ['InternalException'],
  target: (_, __, call) => listTarget('api-destination', call),
  async run(input, env, call) {
    const { NamePrefix: prefix = '', ConnectionArn: connection = '' } = input
    const all = destinationsOf(env)
    const { items, next } = await pageOf(
      input,
      ['api-destinations', call.account, call.region, prefix, connection],
      env.paging,
      (after, most) => all.destinations(call, { prefix, connection }, after, most),
      ({ name }) => name,
    )
    const ApiDestinations = []
    for (const one of items) ApiDestinations.push(listedDestination(one, await isActive(all, one)))
    return { ApiDestinations, ...next }
  },
})
