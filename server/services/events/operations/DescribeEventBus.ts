import type { DescribeEventBusRequest, DescribeEventBusResponse } from '@aws-sdk/client-eventbridge'
import * as m from '../model/members.ts'
import { operation } from '../operation.ts'
import { shownPolicy } from '../policies.ts'
import { shownBus, shownSettings } from '../shown.ts'
import { busTarget, existingBus, placeIn } from '../target.ts'

/** Tells of a bus, and who may put events on it. Source: API_DescribeEventBus. */
export const DescribeEventBus = operation<DescribeEventBusRequest, DescribeEventBusResponse>()({
  name: 'DescribeEventBus',
  effect: 'read',
  input: { Name: m.EventBusNameOrArn },
  errors: ['InternalException', 'ResourceNotFoundException'],
  target: ({ Name }, env, call) => busTarget(env, placeIn(Name, call)),
  async run({ Name }, env, call) {
    const bus = await existingBus(env, placeIn(Name, call))
    return { ...shownBus(bus, await shownPolicy(env, bus)), ...shownSettings(bus) }
  },
})
