import type { DescribeApiDestinationRequest, DescribeApiDestinationResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import * as m from '../destinations/members.ts'
import {
  destinationsOf,
  destinationTarget,
  existingDestination,
  isActive,
  listedDestination,
} from '../destinations/shown.ts'
import { operation } from '../operation.ts'

/** Tells of an API destination. Source: API_DescribeApiDestination. */
export const DescribeApiDestination = operation<DescribeApiDestinationRequest, DescribeApiDestinationResponse>()({
  name: 'DescribeApiDestination',
  effect: 'read',
  input: { Name: required(m.ApiDestinationName) },
  errors: ['InternalException', 'ResourceNotFoundException'],
  target: ({ Name }, _, call) => destinationTarget(Name, call),
  async run({ Name }, env, call) {
    const destination = await existingDestination(env, call, Name)
    const active = await isActive(destinationsOf(env), destination)
    const { description } = destination
    return { ...listedDestination(destination, active), ...(description !== undefined && { Description: description }) }
  },
})
