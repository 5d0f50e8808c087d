import type { DeleteConnectionRequest, DeleteConnectionResponse } from '@aws-sdk/client-eventbridge'
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

/** Takes a connection away, and its secret; API destinations that have it are not called any more. Source: API_DeleteConnection. */
export const DeleteConnection = operation<DeleteConnectionRequest, DeleteConnectionResponse>()({
  name: 'DeleteConnection',
  effect: 'write',
  input: { Name: required(m.ConnectionName) },
  errors: ['ConcurrentModificationException', 'InternalException', 'ResourceNotFoundException'],
  target: ({ Name }, _, call) => connectionTarget(Name, call),
  async run({ Name }, env, call) {
    const connection = await existingConnection(env, call, Name, 'lock')
    await sendingOf(env).secrets.remove(env.unit, call, connection)
    await destinationsOf(env).removeConnection(connection)
    return shownConnection(connection, 'DELETING')
  },
})
