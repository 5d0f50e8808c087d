import type {
  ApiDestination as ShownDestination,
  ConnectionState,
  Connection as ShownConnection,
  UpdateConnectionRequest,
  UpdateConnectionResponse,
} from '@aws-sdk/client-eventbridge'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { ApiError } from '#kernel/error'
import { arn, parseArn } from '#kernel/values/arn'
import { invalid, notFound } from '../model/refusals.ts'
import type { Env } from '../operation.ts'
import type { Sending } from '../delivery/sending.ts'
import {
  type ApiDestination,
  type Connection,
  connectionArn,
  type Destinations,
  destinationArn,
  namedIn,
} from './store.ts'

/** What operations on connections and API destinations have in common. */

/** Of the account in a region. Source: EventBridge quotas. */
export const MOST = 3000
/** Calls in a second, by default and at the most. Source: EventBridge quotas. */
const MOST_RATE = 300

/** What is sent, where a server serves. */
export function sendingOf({ sending }: Env): Sending {
  if (sending === undefined) throw new Error('nothing is sent beside a server')
  return sending
}

export const destinationsOf = (env: Env): Destinations => sendingOf(env).destinations(env.unit)

/** Resources are named without their ids in policies. Source: service authorization reference of EventBridge. */
const named = ({ account, region }: Call, resource: string): Target => {
  const shown = arn('events', region, account, resource)
  return { resource: shown, shown }
}

export const connectionTarget = (name: string, call: Call): Target => named(call, `connection/${name}`)
export const destinationTarget = (name: string, call: Call): Target => named(call, `api-destination/${name}`)
/**
 * An API destination with the connection that it is to use: who may not use that one does not send what its secret holds where he likes.
 * A connection of another account is refused by `usable`.
 */
export function destinationWith(name: string, connection: string | undefined, call: Call): readonly Target[] {
  const used = connection === undefined ? undefined : namedIn(connection, 'connection')
  return [destinationTarget(name, call), ...(used === undefined ? [] : [connectionTarget(used.name, call)])]
}

/** Lists are of no one thing. */
export const listTarget = (kind: string, call: Call): Target => named(call, `${kind}/*`)

/** What records say of a connection that is made or changed: nothing of its authorization. */
export const connectionAudit = {
  request: ({ Name, Description, AuthorizationType, KmsKeyIdentifier }: UpdateConnectionRequest) => ({
    name: Name,
    description: Description,
    authorizationType: AuthorizationType,
    kmsKeyIdentifier: KmsKeyIdentifier,
  }),
  response: ({
    ConnectionArn,
    ConnectionState,
  }: Pick<UpdateConnectionResponse, 'ConnectionArn' | 'ConnectionState'>) => ({
    connectionArn: ConnectionArn,
    connectionState: ConnectionState,
  }),
}

/** The connection that must be there. Assumed: the texts. */
export async function existingConnection(env: Env, call: Call, name: string, lock?: 'lock'): Promise<Connection> {
  const found = await destinationsOf(env).connection(call, name, lock)
  if (found === undefined) throw notFound(`Failed to describe the connection(s). Connection '${name}' does not exist.`)
  return found
}

export async function existingDestination(env: Env, call: Call, name: string, lock?: 'lock'): Promise<ApiDestination> {
  const found = await destinationsOf(env).destination(call, name, lock)
  if (found === undefined)
    throw notFound(`Failed to describe the api-destination(s). An api-destination '${name}' does not exist.`)
  return found
}

export const there = (kind: string, name: string) =>
  new ApiError('ResourceAlreadyExistsException', `${kind} ${name} already exists.`)

/** A connection of the account that an ARN names. */
export async function usable(env: Env, call: Call, connection: string): Promise<Connection> {
  const parsed = parseArn(connection)
  const own = parsed?.account === call.account && parsed.region === call.region
  const found = own ? await destinationsOf(env).connectionByArn(connection) : undefined
  if (found === undefined) throw notFound(`Connection '${connection}' does not exist.`)
  return found
}

/** Calls in a second that an API destination may have. */
export function rateOf(asked: number | undefined): number {
  if (asked !== undefined && asked > MOST_RATE)
    throw invalid(`InvocationRateLimitPerSecond must not be greater than ${MOST_RATE}.`)
  return asked ?? MOST_RATE
}

/** Private resources behind VPC Lattice are nowhere here. */
export function refuseLattice(asked: unknown): void {
  if (asked !== undefined) throw invalid('ConnectivityParameters are not supported: there is no VPC Lattice here.')
}

const moment = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms))

/** What answers of all operations on a connection say. `state`: on its way to another. */
export function shownConnection(connection: Connection, state: ConnectionState = connection.state) {
  return {
    ConnectionArn: connectionArn(connection),
    ConnectionState: state,
    CreationTime: new Date(connection.createdAt),
    LastModifiedTime: new Date(connection.modifiedAt),
    ...(connection.authorizedAt !== undefined && { LastAuthorizedTime: moment(connection.authorizedAt) }),
  } satisfies Partial<ShownConnection>
}

export function listedConnection(connection: Connection): ShownConnection {
  return {
    ...shownConnection(connection),
    Name: connection.name,
    AuthorizationType: connection.type,
    ...(connection.stateReason !== undefined && { StateReason: connection.stateReason }),
  }
}

/** `active`: whether its connection is there and authorized. */
export function shownDestination(destination: ApiDestination, active: boolean) {
  return {
    ApiDestinationArn: destinationArn(destination),
    ApiDestinationState: active ? 'ACTIVE' : 'INACTIVE',
    CreationTime: new Date(destination.createdAt),
    LastModifiedTime: new Date(destination.modifiedAt),
  } satisfies Partial<ShownDestination>
}

export function listedDestination(destination: ApiDestination, active: boolean): ShownDestination {
  return {
    ...shownDestination(destination, active),
    Name: destination.name,
    ConnectionArn: destination.connection,
    InvocationEndpoint: destination.endpoint,
    HttpMethod: destination.method,
    InvocationRateLimitPerSecond: destination.rate,
  }
}

/** Whether calls to it are made: Assumed to be the case unless its connection is gone or deauthorized. */
export async function isActive(all: Destinations, { connection }: ApiDestination): Promise<boolean> {
  const found = await all.connectionByArn(connection)
  return found !== undefined && found.state !== 'DEAUTHORIZED'
}
