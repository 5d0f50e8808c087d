import type { DeleteEventBusRequest } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { DEFAULT } from '../model/names.ts'
import { busHasRules, defaultStays } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { busTarget, placeIn } from '../target.ts'

/** Takes a bus away that has no rules any more; one that is not there is gone already. Source: API_DeleteEventBus; recorded. */
export const DeleteEventBus = operation<DeleteEventBusRequest, void>()({
  name: 'DeleteEventBus',
  effect: 'write',
  input: { Name: required(m.EventBusName) },
  errors: ['ConcurrentModificationException', 'InternalException'],
  target: ({ Name }, env, call) => busTarget(env, placeIn(Name, call)),
  async run({ Name }, env, call) {
    if (Name === DEFAULT) throw defaultStays()
    const place = placeIn(Name, call)
    if ((await env.buses.lock(place)) === undefined) return
    if ((await env.rules.count(place)) > 0) throw busHasRules()
    await env.buses.remove(place)
  },
})
