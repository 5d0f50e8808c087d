import type { KeyObject } from 'node:crypto'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import type { Unit } from '#kernel/storage/storage'
import { type Cell, type Database, hostsOf, type Key, type Kind } from './model/database.ts'
import type { DatabasesRead } from './port.ts'
import * as sql from './databases.sql.ts'

const TABLE = 'registered_database'

const keyOf = ({ account, region, kind, id }: Key) => ({ account, region, kind, id })
const cellOf = ({ account, region }: Cell) => ({ account, region })

/**
 * Registered databases in one unit of work. Their rows are authenticated: they say to which host a superuser's password goes,
 * and whose certificates are believed there.
 */
export class Databases implements DatabasesRead {
  readonly #unit: Unit
  readonly #key: KeyObject

  /** @param key of the vault: authenticates rows */
  constructor(unit: Unit, key: KeyObject) {
    this.#unit = unit
    this.#key = key
  }

  async find(key: Key): Promise<Database | undefined> {
    const statement = this.#unit.effect === 'write' ? sql.lock : sql.find
    return this.#one(await this.#unit.get<sql.DatabaseRow>(statement, keyOf(key)))
  }

  async page(cell: Cell, kind: Kind, after: string, limit: number): Promise<Database[]> {
    return this.#all(await this.#unit.all<sql.DatabaseRow>(sql.page, { ...cellOf(cell), kind, after, limit }))
  }

  /** Those of all accounts and regions. */
  async everywhere(): Promise<Database[]> {
    return this.#all(await this.#unit.all<sql.DatabaseRow>(sql.everywhere, {}))
  }

  async byHost(cell: Cell, host: string): Promise<Database[]> {
    const name = host.toLowerCase()
    const rows = await this.#unit.all<sql.DatabaseRow>(sql.byHost, { ...cellOf(cell), host: name })
    // the table of hosts is no more than an index: what counts stands in the row
    return this.#all(rows).filter((database) => hostsOf(database).has(name))
  }

  async bySecret(cell: Cell, secretArn: string): Promise<Database | undefined> {
    return this.#one(await this.#unit.get<sql.DatabaseRow>(sql.bySecret, { ...cellOf(cell), secret_arn: secretArn }))
  }

  async members({ id, ...cell }: Key): Promise<Database[]> {
    return this.#all(await this.#unit.all<sql.DatabaseRow>(sql.members, { ...cellOf(cell), cluster: id }))
  }

  async replicas({ id, ...cell }: Key): Promise<Database[]> {
    return this.#all(await this.#unit.all<sql.DatabaseRow>(sql.replicas, { ...cellOf(cell), replica_of: id }))
  }

  /** Puts a database down, or writes all of one that is there anew. */
  async save(database: Database): Promise<void> {
    const row = rowOf(database)
    await this.#unit.run(sql.put, { ...row, mac: rowMac(this.#key, TABLE, fieldsOf(row)) })
    await this.#unit.run(sql.removeHosts, keyOf(database))
    for (const host of hostsOf(database)) await this.#unit.run(sql.putHost, { ...keyOf(database), host })
  }

  async remove(key: Key): Promise<void> {
    await this.#unit.run(sql.removeHosts, keyOf(key))
    await this.#unit.run(sql.remove, keyOf(key))
  }

  #one(row: sql.DatabaseRow | undefined): Database | undefined {
    return row === undefined ? undefined : this.#all([row])[0]
  }

  #all(rows: readonly sql.DatabaseRow[]): Database[] {
    return rows.map((row) => {
      checkRow(this.#key, TABLE, fieldsOf(row), row.mac, `${row.kind} ${row.id} of ${row.account} ${row.region}`)
      return databaseOf(row)
    })
  }
}

type Columns = Omit<sql.DatabaseRow, 'mac'>

const text = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString('base64')

function fieldsOf(row: Columns): Field[] {
  const { account, region, kind, id, resource_id, engine, engine_version, instance_class, host, port } = row
  const { reader_host, aliases, dbname, username, ca, replica_of, cluster, writer, tags } = row
  const { secret_arn, kms_key_id, password, next_password, created_at } = row
  return [
    ...[account, region, kind, id, resource_id, engine, engine_version, instance_class, host, Number(port)],
    ...[reader_host, aliases, dbname, username, ca, replica_of, cluster, Number(writer), tags],
    ...[secret_arn, kms_key_id, text(password), text(next_password), Number(created_at)],
  ]
}

function rowOf(database: Database): Columns {
  return {
    ...keyOf(database),
    resource_id: database.resourceId,
    engine: database.engine,
    engine_version: database.engineVersion ?? null,
    instance_class: database.instanceClass ?? null,
    host: database.host,
    port: database.port,
    reader_host: database.readerHost ?? null,
    aliases: JSON.stringify(database.aliases),
    dbname: database.dbname ?? null,
    username: database.username,
    ca: database.ca ?? null,
    replica_of: database.replicaOf ?? null,
    cluster: database.cluster ?? null,
    writer: database.writer ? 1 : 0,
    tags: JSON.stringify([...database.tags]),
    secret_arn: database.secretArn ?? null,
    kms_key_id: database.kmsKeyId ?? null,
    password: database.password ?? null,
    next_password: database.nextPassword ?? null,
    created_at: database.createdAt,
  }
}

function databaseOf(row: Columns): Database {
  return {
    account: row.account,
    region: row.region,
    kind: row.kind as Kind,
    id: row.id,
    resourceId: row.resource_id,
    engine: row.engine,
    engineVersion: row.engine_version ?? undefined,
    instanceClass: row.instance_class ?? undefined,
    host: row.host,
    port: Number(row.port),
    readerHost: row.reader_host ?? undefined,
    aliases: JSON.parse(row.aliases) as string[],
    dbname: row.dbname ?? undefined,
    username: row.username,
    ca: row.ca ?? undefined,
    replicaOf: row.replica_of ?? undefined,
    cluster: row.cluster ?? undefined,
    writer: Number(row.writer) === 1,
    tags: new Map(JSON.parse(row.tags) as [string, string][]),
    secretArn: row.secret_arn ?? undefined,
    kmsKeyId: row.kms_key_id ?? undefined,
    password: row.password ?? undefined,
    nextPassword: row.next_password ?? undefined,
    createdAt: Number(row.created_at),
  }
}
