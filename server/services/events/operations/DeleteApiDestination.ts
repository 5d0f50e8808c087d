import type { DeleteApiDestinationRequest, DeleteApiDestinationResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import * as m from '../destinations/members.ts'
import { destinationsOf, destinationTarget, existingDestination } from '../destinations/shown.ts'
import { operation } from '../operation.ts'

/** Takes an API destination away; what is on its way there is given up. Source: API_DeleteApiDestination. */
export const DeleteApiDestination = operation<DeleteApiDestinationRequest, DeleteApiDestinationResponse>()({
  name: 'DeleteApiDestination',
  effect: 'write',
  input: { Name: required(m.ApiDestinationName) },
  errors: ['ConcurrentModificationException', 'InternalException', 'ResourceNotFoundException'],
  target: ({ Name }, _, call) => destinationTarget(Name, call),
  async run({ Name }, env, call) {
    await destinationsOf(env).removeDestination(await existingDestination(env, call, Name, 'lock'))
    return {}
  },
})
