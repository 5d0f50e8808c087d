import type { Unit } from '#kernel/storage/storage'
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
