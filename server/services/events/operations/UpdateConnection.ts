import type { UpdateConnectionRequest, UpdateConnectionResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import { authorizationOf, shownAuthorization } from '../destinations/authorization.ts'
import * as m from '../destinations/members.ts'
import {
  connectionAudit,
  connectionTarget,
  destinationsOf,
  existingConnection,
  refuseLattice,
  sendingOf,
  shownConnection,
} from '../destinations/shown.ts'
import type { Connection } from '../destinations/store.ts'
import { invalid } from '../model/refusals.ts'
import { operation } from '../operation.ts'

/** Changes a connection; what is not said stays, of its authorization too. Source: API_UpdateConnection. */
export const UpdateConnection = operation<UpdateConnectionRequest, UpdateConnectionResponse>()({
  name: 'UpdateConnection',
  effect: 'write',
  input: {
    Name: required(m.ConnectionName),
    Description: m.Description,
    AuthorizationType: m.AuthorizationType,
    AuthParameters: m.UpdateAuthParameters,
    InvocationConnectivityParameters: m.ConnectivityResourceParameters,
    KmsKeyIdentifier: m.KmsKeyIdentifier,
  },
  errors: [
    'AccessDeniedException',
    'ConcurrentModificationException',
    'InternalException',
    'LimitExceededException',
    'ResourceNotFoundException',
    'ThrottlingException',
  ],
  audit: connectionAudit,
  target: ({ Name }, _, call) => connectionTarget(Name, call),
  async run(input, env, call) {
    refuseLattice(input.InvocationConnectivityParameters ?? input.AuthParameters?.ConnectivityParameters)
    const connection = await existingConnection(env, call, input.Name, 'lock')
    const { KmsKeyIdentifier: key = connection.kmsKey } = input
    // Assumed: its secret stays under its key; UpdateSecret moves it.
    if ((key === '' ? undefined : key) !== connection.kmsKey)
      throw invalid('KmsKeyIdentifier of a connection can not be changed here: update the key of its secret.')
    const type = input.AuthorizationType ?? connection.type
    const changes = input.AuthorizationType !== undefined || input.AuthParameters !== undefined
    const described = { ...connection, description: input.Description ?? connection.description, modifiedAt: call.now }
    if (!changes) {
      await destinationsOf(env).saveConnection(described)
      return shownConnection(described)
    }
    const { secrets, authorizing } = sendingOf(env)
    const known = await secrets.read(env.unit, connection, call.requestId, call.now)
    const authorization = authorizationOf(type, input.AuthParameters, type === connection.type ? known : {})
    await secrets.put(env.unit, call, connection, authorization)
    const isClient = type === 'OAUTH_CLIENT_CREDENTIALS'
    const changed: Connection = {
      ...described,
      type,
      shown: shownAuthorization(authorization),
      state: isClient ? 'AUTHORIZING' : 'AUTHORIZED',
      stateReason: undefined,
      authorizedAt: isClient ? connection.authorizedAt : call.now,
    }
    await destinationsOf(env).saveConnection(changed)
    if (isClient) await authorizing.later(env.unit, changed, call.now)
    return shownConnection(changed)
  },
})
