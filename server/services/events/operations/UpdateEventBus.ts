import type { UpdateEventBusRequest, UpdateEventBusResponse } from '@aws-sdk/client-eventbridge'
import { checkSettings } from '../bus-settings.ts'
import * as m from '../model/members.ts'
import { busArn } from '../model/names.ts'
import type { Bus } from '../model/rule.ts'
import { operation } from '../operation.ts'
import { shownSettings } from '../shown.ts'
import { busTarget, existingBus, placeIn } from '../target.ts'

/** Changes what was set on a bus; what is left out stays. Source: API_UpdateEventBus. */
export const UpdateEventBus = operation<UpdateEventBusRequest, UpdateEventBusResponse>()({
  name: 'UpdateEventBus',
  effect: 'write',
  input: {
    Name: m.EventBusName,
    KmsKeyIdentifier: m.KmsKeyIdentifier,
    Description: m.EventBusDescription,
    DeadLetterConfig: m.DeadLetterConfig,
    LogConfig: m.LogConfig,
  },
  errors: [
    'ConcurrentModificationException',
    'InternalException',
    'OperationDisabledException',
    'ResourceNotFoundException',
  ],
  target: ({ Name }, env, call) => busTarget(env, placeIn(Name, call)),
  async run(input, env, call) {
    const before = await existingBus(env, placeIn(input.Name, call), 'lock')
    checkSettings(input)
    const bus: Bus = {
      ...before,
      description: input.Description ?? before.description,
      deadLetterArn: input.DeadLetterConfig === undefined ? before.deadLetterArn : input.DeadLetterConfig.Arn,
      log: input.LogConfig ?? before.log,
      changedAt: call.now,
    }
    await env.buses.save(bus)
    return { Arn: busArn(bus), Name: bus.name, ...shownSettings(bus) }
  },
})
