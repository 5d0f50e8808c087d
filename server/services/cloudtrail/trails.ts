import type { KeyObject } from 'node:crypto'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import type { Unit } from '#kernel/storage/storage'
import type { Selection } from './model/selectors.ts'
import { type Cell, type Status, type Trail, trailArn } from './model/trail.ts'
import * as sql from './trails.sql.ts'

const TABLE = 'trail'

/** Which trail. */
export interface Key extends Cell {
  readonly name: string
}

const keyOf = ({ account, region, name }: Key) => ({ account, region, name })

const NOTHING: Status = {
  deliveryAt: undefined,
  deliveryAttemptAt: undefined,
  deliveryError: undefined,
  digestAt: undefined,
  digestError: undefined,
  logsAt: undefined,
  logsError: undefined,
}

/** Trails in one unit of work. Their rows are authenticated. A change touches the scope `trails`. */
export class Trails {
  readonly #unit: Unit
  readonly #key: KeyObject

  /** @param key of the vault, `cloudtrail/rows` */
  constructor(unit: Unit, key: KeyObject) {
    this.#unit = unit
    this.#key = key
  }

  async find(key: Key): Promise<Trail | undefined> {
    const statement = this.#unit.effect === 'write' ? sql.lock : sql.find
    const row = await this.#unit.get<sql.TrailRow>(statement, keyOf(key))
    return row && this.#trail(row)
  }

  /** All of an account, whatever their home, by name. */
  async of(account: string): Promise<Trail[]> {
    return (await this.#unit.all<sql.TrailRow>(sql.ofAccount, { account })).map((row) => this.#trail(row))
  }

  /** Those of all accounts that log now. */
  async logging(): Promise<Trail[]> {
    return (await this.#unit.all<sql.TrailRow>(sql.logging, {})).map((row) => this.#trail(row))
  }

  /** Puts a trail down, or writes all of one that is there anew. */
  async save(trail: Trail): Promise<void> {
    const row = rowOf(trail)
    await this.#unit.run(sql.put, { ...row, mac: rowMac(this.#key, TABLE, fieldsOf(row)) })
    this.#unit.touch('trails')
  }

  async remove(key: Key): Promise<void> {
    await this.#unit.run(sql.removeStatus, keyOf(key))
    await this.#unit.run(sql.remove, keyOf(key))
    this.#unit.touch('trails')
  }

  /** How deliveries went so far. */
  async status(key: Key): Promise<Status> {
    const row = await this.#unit.get<sql.StatusRow>(sql.findStatus, keyOf(key))
    if (row === undefined) return NOTHING
    return {
      deliveryAt: row.delivery_at ?? undefined,
      deliveryAttemptAt: row.delivery_attempt_at ?? undefined,
      deliveryError: row.delivery_error ?? undefined,
      digestAt: row.digest_at ?? undefined,
      digestError: row.digest_error ?? undefined,
      logsAt: row.logs_at ?? undefined,
      logsError: row.logs_error ?? undefined,
    }
  }

  /** How many trails, of all accounts, have files that could not be delivered the last time. */
  async failing(): Promise<number> {
    return (await this.#unit.get<{ trails: number }>(sql.failing, {}))?.trails ?? 0
  }

  /** Notes what is told now; the rest stays. */
  async saveStatus(key: Key, told: Partial<Status>): Promise<void> {
    const status = { ...(await this.status(key)), ...told }
    await this.#unit.run(sql.putStatus, {
      ...keyOf(key),
      delivery_at: status.deliveryAt ?? null,
      delivery_attempt_at: status.deliveryAttemptAt ?? null,
      delivery_error: status.deliveryError ?? null,
      digest_at: status.digestAt ?? null,
      digest_error: status.digestError ?? null,
      logs_at: status.logsAt ?? null,
      logs_error: status.logsError ?? null,
    })
  }

  #trail(row: sql.TrailRow): Trail {
    const arn = trailArn(row, row.name)
    checkRow(this.#key, TABLE, fieldsOf(row), row.mac, arn)
    return {
      account: row.account,
      region: row.region,
      name: row.name,
      arn,
      bucket: row.bucket,
      prefix: row.prefix ?? undefined,
      globalEvents: row.global_events === 1,
      multiRegion: row.multi_region === 1,
      validation: row.validation === 1,
      recursive: row.recursive_logging === 1,
      logGroup: row.log_group ?? undefined,
      logRole: row.log_role ?? undefined,
      kmsKey: row.kms_key ?? undefined,
      selection: selectionOf(row.selection),
      tags: new Map(JSON.parse(row.tags) as [string, string][]),
      logging: row.logging === 1,
      createdAt: row.created_at,
      startedAt: row.started_at ?? undefined,
      stoppedAt: row.stopped_at ?? undefined,
    }
  }
}

type Columns = Omit<sql.TrailRow, 'mac'>

function rowOf(trail: Trail): Columns {
  return {
    ...keyOf(trail),
    bucket: trail.bucket,
    prefix: trail.prefix ?? null,
    global_events: trail.globalEvents ? 1 : 0,
    multi_region: trail.multiRegion ? 1 : 0,
    validation: trail.validation ? 1 : 0,
    recursive_logging: trail.recursive ? 1 : 0,
    log_group: trail.logGroup ?? null,
    log_role: trail.logRole ?? null,
    kms_key: trail.kmsKey ?? null,
    selection: JSON.stringify(trail.selection),
    tags: JSON.stringify([...trail.tags]),
    logging: trail.logging ? 1 : 0,
    created_at: trail.createdAt,
    started_at: trail.startedAt ?? null,
    stopped_at: trail.stoppedAt ?? null,
  }
}

function fieldsOf(row: Columns): Field[] {
  return [
    ...[row.account, row.region, row.name, row.bucket, row.prefix, row.global_events, row.multi_region],
    ...[
      row.validation,
      row.recursive_logging,
      row.log_group,
      row.log_role,
      row.kms_key,
      row.selection,
      row.tags,
      row.logging,
    ],
    ...[row.created_at, row.started_at, row.stopped_at],
  ]
}

function selectionOf(text: string): Selection {
  const { advanced, ...rest } = JSON.parse(text) as Selection
  return { ...rest, advanced }
}
