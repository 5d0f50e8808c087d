import type { UpdateApiDestinationRequest, UpdateApiDestinationResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import { checkEndpoint } from '../destinations/authorization.ts'
import * as m from '../destinations/members.ts'
import {
  destinationsOf,
  destinationWith,
  existingDestination,
  isActive,
  rateOf,
  shownDestination,
  usable,
} from '../destinations/shown.ts'
import type { ApiDestination } from '../destinations/store.ts'
import { operation } from '../operation.ts'

/** Changes an API destination; what is not said stays. Source: API_UpdateApiDestination. */
export const UpdateApiDestination = operation<UpdateApiDestinationRequest, UpdateApiDestinationResponse>()({
  name: 'UpdateApiDestination',
  effect: 'write',
  input: {
    Name: required(m.ApiDestinationName),
    Description: m.Description,
    ConnectionArn: m.ConnectionArn,
    InvocationEndpoint: m.HttpsEndpoint,
    HttpMethod: m.HttpMethod,
    InvocationRateLimitPerSecond: m.RateLimit,
  },
  errors: [
    'ConcurrentModificationException',
    'InternalException',
    'LimitExceededException',
    'ResourceNotFoundException',
  ],
  audit: { response: ({ ApiDestinationArn }) => ({ apiDestinationArn: ApiDestinationArn }) },
  // Assumed: as CreateApiDestination does.
  target: ({ Name, ConnectionArn }, _, call) => destinationWith(Name, ConnectionArn, call),
  async run(input, env, call) {
    const all = destinationsOf(env)
    const destination = await existingDestination(env, call, input.Name, 'lock')
    if (input.InvocationEndpoint !== undefined) checkEndpoint(input.InvocationEndpoint, 'InvocationEndpoint')
    if (input.ConnectionArn !== undefined) await usable(env, call, input.ConnectionArn)
    const changed: ApiDestination = {
      ...destination,
      description: input.Description ?? destination.description,
      connection: input.ConnectionArn ?? destination.connection,
      endpoint: input.InvocationEndpoint ?? destination.endpoint,
      method: input.HttpMethod ?? destination.method,
      rate: rateOf(input.InvocationRateLimitPerSecond ?? destination.rate),
      modifiedAt: call.now,
    }
    await all.saveDestination(changed)
    return shownDestination(changed, await isActive(all, changed))
  },
})
