import type { Unit } from '#kernel/storage/storage'
import type { Secret } from '#kernel/values/bytes'
import type { Cell, Database, Key, Kind } from './model/database.ts'

export { defaultPort, engines, hostsOf, isAurora, secretEngine } from './model/database.ts'
export type { Cell, Database, Key, Kind } from './model/database.ts'
export { arnOf, databaseArn, keyOfArn, namespaceArn, uuidOf, workgroupArn } from './model/identity.ts'

/**
 * Registered databases, in one unit of work: what other services show of them, and what rotations look up. Nobody's permission
 * is asked for here; that is for who asks. Throws RowForged for a row that this server did not write.
 */
export interface DatabasesRead {
  find(key: Key): Promise<Database | undefined>
  /** Up to `limit` of one kind, in the order of their identifiers, after `after` ('' from the start). */
  page(cell: Cell, kind: Kind, after: string, limit: number): Promise<Database[]>
  /** All that are known under this host, in any case. */
  byHost(cell: Cell, host: string): Promise<Database[]>
  /** The one whose master user's password is in this secret. */
  bySecret(cell: Cell, secretArn: string): Promise<Database | undefined>
  /** The instances of a cluster. */
  members(cluster: Key): Promise<Database[]>
  /** The instances that replicate from this one. */
  replicas(source: Key): Promise<Database[]>
}

export type DatabasesFor = (unit: Unit) => DatabasesRead
export { pageOf, tailOf } from './model/page.ts'

/** A database as rotation functions need it. */
export interface Described {
  readonly arn: string
  /** As the JSON of a secret names it: `postgres`, also for Aurora. */
  readonly engine: string
  readonly host: string
  readonly port: number
  readonly dbname: string | undefined
  readonly username: string
  /** In PEM. */
  readonly ca: string | undefined
}

/** The database whose master user's password a managed secret holds. */
export interface Managed {
  readonly database: Described
  /** The next password, if somebody has chosen it: the management ends with it. */
  readonly chosen: Secret | undefined
}

/** Does an operation (`rds.DescribeDBInstances`) in somebody's name. Throws ApiError. */
export type Ask = (operation: string, input: object) => Promise<unknown>

/** Where a login goes; a port that is not said is any. */
export interface Place {
  readonly host: string
  readonly port?: number | undefined
}

/** What a rotation function asks about databases. */
export interface LookupsOf {
  /** By ARN. */
  find(arn: string): Promise<Described | undefined>
  /** Whether who logs in at `place` reaches a replica of the database at `master`, or the database itself by another name. */
  follows(place: Place, master: Place): Promise<boolean>
  /** The certificate authority of the server there, in PEM. */
  authority(host: string, port: number | undefined): Promise<string | undefined>
}

/** Registered databases for whoever runs rotation functions; in units of work of their own. */
export interface RegisteredDatabases {
  managed(cell: Cell, secretArn: string): Promise<Managed | undefined>
  /** The chosen password is the current one now: ends the management. */
  left(cell: Cell, secretArn: string): Promise<void>
  /** Lookups for a function, in whose name `ask` asks. */
  lookups(cell: Cell, ask: Ask): LookupsOf
}
