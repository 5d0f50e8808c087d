import type { KeyObject } from 'node:crypto'
import type {
  ApiDestinationHttpMethod,
  ConnectionAuthorizationType,
  ConnectionAuthResponseParameters,
} from '@aws-sdk/client-eventbridge'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import type { Unit } from '#kernel/storage/storage'
import { arn, parseArn } from '#kernel/values/arn'
import type { Cell } from '../model/names.ts'
import * as sql from './store.sql.ts'

/** What authorization a connection has. Those between two states are passed through within a call here. */
export type State = 'AUTHORIZING' | 'AUTHORIZED' | 'DEAUTHORIZED'

/** How calls prove who makes them. What is secret of it stands in its secret. */
export interface Connection extends Cell {
  readonly name: string
  readonly id: string
  readonly description: string | undefined
  readonly type: ConnectionAuthorizationType
  readonly shown: ConnectionAuthResponseParameters
  readonly secretArn: string
  readonly kmsKey: string | undefined
  readonly state: State
  readonly stateReason: string | undefined
  readonly createdAt: number
  readonly modifiedAt: number
  readonly authorizedAt: number | undefined
}

/** Where calls go. */
export interface ApiDestination extends Cell {
  readonly name: string
  readonly id: string
  readonly description: string | undefined
  /** ARN. */
  readonly connection: string
  readonly endpoint: string
  readonly method: ApiDestinationHttpMethod
  /** Calls in a second. */
  readonly rate: number
  readonly createdAt: number
  readonly modifiedAt: number
}

type Named = Cell & { readonly name: string; readonly id: string }

export const connectionArn = ({ account, region, name, id }: Named): string =>
  arn('events', region, account, `connection/${name}/${id}`)
export const destinationArn = ({ account, region, name, id }: Named): string =>
  arn('events', region, account, `api-destination/${name}/${id}`)

/** What an ARN of either kind names; undefined for any other. */
export function namedIn(text: string, kind: 'connection' | 'api-destination'): Named | undefined {
  const parsed = parseArn(text)
  const [type, name, id, ...more] = parsed?.resource.split('/') ?? []
  if (parsed?.service !== 'events' || type !== kind || !name || !id || more.length > 0) return undefined
  return { account: parsed.account, region: parsed.region, name, id }
}

/** Connections and API destinations, in one unit of work. Throws RowForged for a row that this server did not write. */
export class Destinations {
  readonly #unit: Unit
  readonly #key: KeyObject

  constructor(unit: Unit, key: KeyObject) {
    this.#unit = unit
    this.#key = key
  }

  async connection({ account, region }: Cell, name: string, lock?: 'lock'): Promise<Connection | undefined> {
    const found = lock ? sql.lockConnection : sql.findConnection
    const row = await this.#unit.get<sql.ConnectionRow>(found, { account, region, name })
    return row && this.#connectionOf(row)
  }

  /** The one of exactly this ARN. */
  async connectionByArn(text: string): Promise<Connection | undefined> {
    const named = namedIn(text, 'connection')
    const found = named && (await this.connection(named, named.name))
    return found?.id === named?.id ? found : undefined
  }

  async connections(
    { account, region }: Cell,
    asked: { readonly prefix: string; readonly state: string },
    after: string,
    most: number,
  ): Promise<Connection[]> {
    const rows = await this.#unit.all<sql.ConnectionRow>(sql.listConnections, {
      account,
      region,
      ...asked,
      after,
      most,
    })
    return rows.map((row) => this.#connectionOf(row))
  }

  async countConnections({ account, region }: Cell): Promise<number> {
    return Number((await this.#unit.get<{ n: number }>(sql.countConnections, { account, region }))?.n ?? 0)
  }

  async saveConnection(connection: Connection): Promise<void> {
    const { account, region, name, id } = connection
    const row = {
      ...{ account, region, name, id },
      description: connection.description ?? null,
      authorization_type: connection.type,
      shown: JSON.stringify(connection.shown),
      secret: connection.secretArn,
      kms_key: connection.kmsKey ?? null,
      state: connection.state,
      state_reason: connection.stateReason ?? null,
      created_at: connection.createdAt,
      modified_at: connection.modifiedAt,
      authorized_at: connection.authorizedAt ?? null,
    }
    const mac = rowMac(this.#key, 'event_connection', connectionFields(row))
    await this.#unit.run(sql.saveConnection, { ...row, mac })
  }

  async removeConnection({ account, region, name }: Connection): Promise<void> {
    await this.#unit.run(sql.deleteConnection, { account, region, name })
  }

  async destination({ account, region }: Cell, name: string, lock?: 'lock'): Promise<ApiDestination | undefined> {
    const found = lock ? sql.lockDestination : sql.findDestination
    const row = await this.#unit.get<sql.DestinationRow>(found, { account, region, name })
    return row && this.#destinationOf(row)
  }

  async destinationByArn(text: string): Promise<ApiDestination | undefined> {
    const named = namedIn(text, 'api-destination')
    const found = named && (await this.destination(named, named.name))
    return found?.id === named?.id ? found : undefined
  }

  async destinations(
    { account, region }: Cell,
    asked: { readonly prefix: string; readonly connection: string },
    after: string,
    most: number,
  ): Promise<ApiDestination[]> {
    const rows = await this.#unit.all<sql.DestinationRow>(sql.listDestinations, {
      account,
      region,
      ...asked,
      after,
      most,
    })
    return rows.map((row) => this.#destinationOf(row))
  }

  async countDestinations({ account, region }: Cell): Promise<number> {
    return Number((await this.#unit.get<{ n: number }>(sql.countDestinations, { account, region }))?.n ?? 0)
  }

  async saveDestination(destination: ApiDestination): Promise<void> {
    const { account, region, name, id, connection, endpoint, method, rate } = destination
    const row = {
      ...{ account, region, name, id, connection, endpoint, method, rate },
      description: destination.description ?? null,
      created_at: destination.createdAt,
      modified_at: destination.modifiedAt,
    }
    const mac = rowMac(this.#key, 'event_destination', destinationFields(row))
    await this.#unit.run(sql.saveDestination, { ...row, mac })
  }

  async removeDestination({ account, region, name, id }: ApiDestination): Promise<void> {
    await this.#unit.run(sql.deleteDestination, { account, region, name })
    await this.#unit.run(sql.deletePace, { account, region, id })
  }

  #connectionOf(row: sql.ConnectionRow): Connection {
    const { account, region, name, id } = row
    checkRow(this.#key, 'event_connection', connectionFields(row), row.mac, connectionArn(row))
    return {
      ...{ account, region, name, id },
      description: row.description ?? undefined,
      type: row.authorization_type as ConnectionAuthorizationType,
      shown: JSON.parse(row.shown) as ConnectionAuthResponseParameters,
      secretArn: row.secret,
      kmsKey: row.kms_key ?? undefined,
      state: row.state as State,
      stateReason: row.state_reason ?? undefined,
      createdAt: Number(row.created_at),
      modifiedAt: Number(row.modified_at),
      authorizedAt: row.authorized_at === null ? undefined : Number(row.authorized_at),
    }
  }

  #destinationOf(row: sql.DestinationRow): ApiDestination {
    const { account, region, name, id, connection, endpoint } = row
    checkRow(this.#key, 'event_destination', destinationFields(row), row.mac, destinationArn(row))
    return {
      ...{ account, region, name, id, connection, endpoint },
      description: row.description ?? undefined,
      method: row.method as ApiDestinationHttpMethod,
      rate: Number(row.rate),
      createdAt: Number(row.created_at),
      modifiedAt: Number(row.modified_at),
    }
  }
}

const number = (value: number | null): Field => (value === null ? null : Number(value))

const connectionFields = (row: Omit<sql.ConnectionRow, 'mac'>): Field[] => [
  ...[row.account, row.region, row.name, row.id, row.description, row.authorization_type, row.shown, row.secret],
  ...[row.kms_key, row.state, row.state_reason],
  ...[number(row.created_at), number(row.modified_at), number(row.authorized_at)],
]

const destinationFields = (row: Omit<sql.DestinationRow, 'mac'>): Field[] => [
  ...[row.account, row.region, row.name, row.id, row.description, row.connection, row.endpoint, row.method],
  ...[number(row.rate), number(row.created_at), number(row.modified_at)],
]
