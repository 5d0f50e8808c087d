import type { CreateApiDestinationRequest, CreateApiDestinationResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import { checkEndpoint } from '../destinations/authorization.ts'
import * as m from '../destinations/members.ts'
import {
  destinationsOf,
  destinationWith,
  isActive,
  MOST,
  rateOf,
  shownDestination,
  there,
  usable,
} from '../destinations/shown.ts'
import type { ApiDestination } from '../destinations/store.ts'
import { tooMany } from '../model/refusals.ts'
import { operation } from '../operation.ts'

/** Names an HTTPS endpoint that rules may call, by the authorization of a connection. Source: API_CreateApiDestination. */
export const CreateApiDestination = operation<CreateApiDestinationRequest, CreateApiDestinationResponse>()({
  name: 'CreateApiDestination',
  effect: 'write',
  input: {
    Name: required(m.ApiDestinationName),
    Description: m.Description,
    ConnectionArn: required(m.ConnectionArn),
    InvocationEndpoint: required(m.HttpsEndpoint),
    HttpMethod: required(m.HttpMethod),
    InvocationRateLimitPerSecond: m.RateLimit,
  },
  errors: [
    'InternalException',
    'LimitExceededException',
    'ResourceAlreadyExistsException',
    'ResourceNotFoundException',
  ],
  audit: { response: ({ ApiDestinationArn }) => ({ apiDestinationArn: ApiDestinationArn }) },
  // Assumed: that the connection is asked for, too.
  target: ({ Name, ConnectionArn }, _, call) => destinationWith(Name, ConnectionArn, call),
  async run(input, env, call) {
    const all = destinationsOf(env)
    checkEndpoint(input.InvocationEndpoint, 'InvocationEndpoint')
    if ((await all.destination(call, input.Name, 'lock')) !== undefined) throw there('ApiDestination', input.Name)
    if ((await all.countDestinations(call)) >= MOST) throw tooMany()
    await usable(env, call, input.ConnectionArn)
    const destination: ApiDestination = {
      account: call.account,
      region: call.region,
      name: input.Name,
      id: env.random.uuid(),
      description: input.Description,
      connection: input.ConnectionArn,
      endpoint: input.InvocationEndpoint,
      method: input.HttpMethod,
      rate: rateOf(input.InvocationRateLimitPerSecond),
      createdAt: call.now,
      modifiedAt: call.now,
    }
    await all.saveDestination(destination)
    return shownDestination(destination, await isActive(all, destination))
  },
})
