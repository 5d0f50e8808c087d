import type { KeyObject } from 'node:crypto'
import { hash } from 'node:crypto'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import type { FilterRow } from './filters.sql.ts'
import type { LogClass, LogGroup } from './model/group.ts'
import { groupArn } from './model/names.ts'
import type { GroupRow } from './store.sql.ts'

type Content = Omit<GroupRow, 'mac'>

/**
 * Rows into what they mean and back. Groups (their tags decide who may read, their keys what they are sealed under), their wrapped
 * data keys, and filters (they say where events go) carry a MAC; streams carry none: they hold names and times. `key`: of the vault.
 */
export class Rows {
  readonly #key: KeyObject

  constructor(key: KeyObject) {
    this.#key = key
  }

  /** Throws RowForged. */
  group(row: GroupRow): LogGroup {
    const { account, region, name } = row
    checkRow(this.#key, 'log_group', fieldsOf(row), row.mac, groupArn({ account, region, name }))
    return {
      ...{ account, region, name },
      id: row.id,
      createdAt: row.created_at,
      retentionDays: row.retention ?? undefined,
      logClass: row.class as LogClass,
      guarded: row.guarded !== 0,
      tags: new Map(JSON.parse(row.tags) as [string, string][]),
      kmsKey: row.kms_key ?? undefined,
      keyNumber: row.key_number,
    }
  }

  ofGroup(group: LogGroup): GroupRow & Record<string, string | number | Uint8Array | null> {
    const row: Content = {
      account: group.account,
      region: group.region,
      name: group.name,
      id: group.id,
      created_at: group.createdAt,
      retention: group.retentionDays ?? null,
      class: group.logClass,
      guarded: group.guarded ? 1 : 0,
      tags: JSON.stringify([...group.tags]),
      kms_key: group.kmsKey ?? null,
      key_number: group.keyNumber,
    }
    return { ...row, mac: rowMac(this.#key, 'log_group', fieldsOf(row)) }
  }

  macOfKey(group: LogGroup, number: number, wrapped: Uint8Array): Buffer {
    return rowMac(this.#key, 'log_group_key', keyFields(group, number, wrapped))
  }

  checkKey(group: LogGroup, number: number, { wrapped, mac }: { wrapped: Uint8Array; mac: Uint8Array }): void {
    checkRow(this.#key, 'log_group_key', keyFields(group, number, wrapped), mac, `${groupArn(group)}, key ${number}`)
  }

  macOfFilter(table: FilterTable, row: Omit<FilterRow, 'mac'>): Buffer {
    return rowMac(this.#key, table, filterFields(row))
  }

  /** Throws RowForged. */
  checkFilter(table: FilterTable, row: FilterRow): void {
    checkRow(this.#key, table, filterFields(row), row.mac, `${row.account}, group ${row.group_id}, ${row.name}`)
  }
}

export type FilterTable = 'log_metric_filter' | 'log_subscription'

function fieldsOf(row: Content): Field[] {
  const { account, region, name, id, created_at, retention, guarded, tags, kms_key, key_number } = row
  return [account, region, name, id, created_at, retention, row.class, guarded, tags, kms_key, key_number]
}

const keyFields = ({ account, region, id }: LogGroup, number: number, wrapped: Uint8Array): Field[] => [
  ...[account, region, id, number],
  hash('sha256', wrapped, 'base64'),
]

const filterFields = ({ account, region, group_id, name, content, created_at }: Omit<FilterRow, 'mac'>): Field[] => [
  ...[account, region, group_id, name, content, created_at],
]
