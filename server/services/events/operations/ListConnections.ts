import type { ListConnectionsRequest, ListConnectionsResponse } from '@aws-sdk/client-eventbridge'
import * as m from '../destinations/members.ts'
import { destinationsOf, listedConnection, listTarget } from '../destinations/shown.ts'
import { operation } from '../operation.ts'
import { pageOf } from '../paging.ts'

/** Connections in the order of their names. Source: API_ListConnections. */
export const ListConnections = operation<ListConnectionsRequest, ListConnectionsResponse>()({
  name: 'ListConnections',
  effect: 'read',
  input: {
    NamePrefix: m.ConnectionName,
    ConnectionState: m.ConnectionState,
    NextToken: m.NextToken,
    Limit: m.LimitMax100,
  },
  errors: ['InternalException'],
  target: (_, __, call) => listTarget('connection', call),
  async run(input, env, call) {
    const { NamePrefix: prefix = '', ConnectionState: state = '' } = input
    const bound = ['connections', call.account, call.region, prefix, state]
    const { items, next } = await pageOf(
      input,
      bound,
      env.paging,
      (after, most) => destinationsOf(env).connections(call, { prefix, state }, after, most),
      ({ name }) => name,
    )
    return { Connections: items.map(listedConnection), ...next }
  },
})
