import type { DeauthorizeConnectionRequest, DeauthorizeConnectionResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import * as m from '../destinations/members.ts'
import {
  connectionTarget,
  destinationsOf,
  existingConnection,
  sendingOf,
  shownConnection,
} from '../destinations/shown.ts'
import { operation } from '../operation.ts'

/** Forgets the authorization of a connection, which stays and can get another by UpdateConnection. Source: API_DeauthorizeConnection. */
export const DeauthorizeConnection = operation<DeauthorizeConnectionRequest, DeauthorizeConnectionResponse>()({
  name: 'DeauthorizeConnection',
  effect: 'write',
  input: { Name: required(m.ConnectionName) },
  errors: ['ConcurrentModificationException', 'InternalException', 'ResourceNotFoundException'],
  target: ({ Name }, _, call) => connectionTarget(Name, call),
  async run({ Name }, env, call) {
    const connection = await existingConnection(env, call, Name, 'lock')
    await sendingOf(env).secrets.put(env.unit, call, connection, {})
    const changed = { ...connection, state: 'DEAUTHORIZED', stateReason: undefined, modifiedAt: call.now } as const
    await destinationsOf(env).saveConnection(changed)
    return shownConnection(changed, 'DEAUTHORIZING')
  },
})
