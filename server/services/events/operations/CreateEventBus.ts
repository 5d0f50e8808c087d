import type { CreateEventBusRequest, CreateEventBusResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import { tagsIn } from '#kernel/values/tags'
import { checkSettings } from '../bus-settings.ts'
import * as m from '../model/members.ts'
import { busArn } from '../model/names.ts'
import { busThere, slashInBus, tooMany, unsupported } from '../model/refusals.ts'
import type { Bus } from '../model/rule.ts'
import { checkedTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { shownSettings } from '../shown.ts'
import { busTarget, placeIn } from '../target.ts'

/** Makes a bus for one's own events. Source: API_CreateEventBus; recorded. */
export const CreateEventBus = operation<CreateEventBusRequest, CreateEventBusResponse>()({
  name: 'CreateEventBus',
  effect: 'write',
  input: {
    Name: required(m.EventBusName),
    EventSourceName: m.EventSourceName,
    Description: m.EventBusDescription,
    KmsKeyIdentifier: m.KmsKeyIdentifier,
    DeadLetterConfig: m.DeadLetterConfig,
    LogConfig: m.LogConfig,
    Tags: m.TagList,
  },
  errors: [
    'ConcurrentModificationException',
    'InternalException',
    'InvalidStateException',
    'LimitExceededException',
    'OperationDisabledException',
    'ResourceAlreadyExistsException',
    'ResourceNotFoundException',
  ],
  audit: { response: ({ EventBusArn }) => ({ eventBusArn: EventBusArn }) },
  async target({ Name, Tags }, env, call) {
    const requestTags = tagsIn(Tags)
    return { ...(await busTarget(env, { ...placeIn(undefined, call), name: Name })), requestTags }
  },
  async run(input, env, call) {
    const place = { ...placeIn(undefined, call), name: input.Name }
    if (input.EventSourceName !== undefined) throw unsupported('An event bus of a partner')
    if (place.name.includes('/')) throw slashInBus()
    checkSettings(input)
    if ((await env.buses.lock(place)) !== undefined) throw busThere(place.name)
    if ((await env.buses.count(place)) >= env.limits.buses) throw tooMany()
    const bus: Bus = {
      ...place,
      description: input.Description,
      kmsKey: undefined,
      deadLetterArn: input.DeadLetterConfig?.Arn,
      log: input.LogConfig,
      policy: undefined,
      tags: checkedTags(input.Tags),
      createdAt: call.now,
      changedAt: call.now,
    }
    await env.buses.save(bus)
    return { EventBusArn: busArn(place), ...shownSettings(bus) }
  },
})
