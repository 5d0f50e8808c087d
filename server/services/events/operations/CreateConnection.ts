import type { CreateConnectionRequest, CreateConnectionResponse } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import { authorizationOf, shownAuthorization } from '../destinations/authorization.ts'
import * as m from '../destinations/members.ts'
import {
  connectionAudit,
  connectionTarget,
  destinationsOf,
  MOST,
  refuseLattice,
  sendingOf,
  shownConnection,
  there,
} from '../destinations/shown.ts'
import type { Connection } from '../destinations/store.ts'
import { tooMany } from '../model/refusals.ts'
import { operation } from '../operation.ts'

/**
 * Keeps how calls to API destinations prove who makes them, in a secret of its own. An OAuth client is tried at once, after the answer.
 * Source: API_CreateConnection; EventBridge user guide, connections.
 */
export const CreateConnection = operation<CreateConnectionRequest, CreateConnectionResponse>()({
  name: 'CreateConnection',
  effect: 'write',
  input: {
    Name: required(m.ConnectionName),
    Description: m.Description,
    AuthorizationType: required(m.AuthorizationType),
    AuthParameters: required(m.CreateAuthParameters),
    InvocationConnectivityParameters: m.ConnectivityResourceParameters,
    KmsKeyIdentifier: m.KmsKeyIdentifier,
  },
  errors: [
    'AccessDeniedException',
    'InternalException',
    'LimitExceededException',
    'ResourceAlreadyExistsException',
    'ResourceNotFoundException',
    'ThrottlingException',
  ],
  audit: connectionAudit,
  target: ({ Name }, _, call) => connectionTarget(Name, call),
  async run(input, env, call) {
    const { Name, AuthorizationType, AuthParameters } = input
    refuseLattice(input.InvocationConnectivityParameters ?? AuthParameters.ConnectivityParameters)
    const all = destinationsOf(env)
    if ((await all.connection(call, Name, 'lock')) !== undefined) throw there('Connection', Name)
    if ((await all.countConnections(call)) >= MOST) throw tooMany()
    const authorization = authorizationOf(AuthorizationType, AuthParameters)
    const kmsKey = input.KmsKeyIdentifier === '' ? undefined : input.KmsKeyIdentifier
    const own = { account: call.account, region: call.region, name: Name, id: env.random.uuid(), kmsKey }
    const isClient = AuthorizationType === 'OAUTH_CLIENT_CREDENTIALS'
    const connection: Connection = {
      ...own,
      description: input.Description,
      type: AuthorizationType,
      shown: shownAuthorization(authorization),
      secretArn: await sendingOf(env).secrets.create(env.unit, call, own, authorization),
      state: isClient ? 'AUTHORIZING' : 'AUTHORIZED',
      stateReason: undefined,
      createdAt: call.now,
      modifiedAt: call.now,
      authorizedAt: isClient ? undefined : call.now,
    }
    await all.saveConnection(connection)
    if (isClient) await sendingOf(env).authorizing.later(env.unit, connection, call.now)
    const { LastAuthorizedTime: _, ...out } = shownConnection(connection)
    return out
  },
})
