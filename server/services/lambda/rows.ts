import type { KeyObject } from 'node:crypto'
import { createHash } from 'node:crypto'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import type { AliasRow, FunctionRow, PolicyRow, VersionRow } from './store.sql.ts'

/**
 * The MACs of the rows that decide what runs, as whom, and who may have it run. Who writes a row makes its MAC, and who lets a row
 * decide checks it. Code, environments and events need none: their encryption binds them to their row.
 */

type Unsigned<Row> = Omit<Row, 'mac'>

const digest = (bytes: Uint8Array | null): Field =>
  bytes === null ? null : createHash('sha256').update(bytes).digest('base64')
const number = (value: number | null): Field => (value === null ? null : Number(value))

const functionFields = (row: Unsigned<FunctionRow>): Field[] => [
  row.account,
  row.region,
  row.name,
  row.id,
  number(row.created_at),
  number(row.reserved),
  row.tags,
  number(row.last_version),
]

const versionFields = (row: Unsigned<VersionRow>): Field[] => [
  row.account,
  row.region,
  row.name,
  number(row.number),
  row.function_id,
  row.settings,
  row.environment_id,
  digest(row.environment_key),
  digest(row.environment),
  row.environment_kms,
  row.code_id,
  row.code_sha256,
  number(row.code_bytes),
  row.revision,
  number(row.modified_at),
]

const aliasFields = (row: Unsigned<AliasRow>): Field[] => [
  row.account,
  row.region,
  row.function_name,
  row.name,
  row.function_id,
  row.version,
  row.route,
  row.description,
  row.revision,
]

const policyFields = (row: Unsigned<PolicyRow>): Field[] => [
  row.account,
  row.region,
  row.function_name,
  row.qualifier,
  row.function_id,
  row.document,
  row.principals,
  row.revision,
]

/** Writes and checks the MACs, under a key of the vault. */
export class Rows {
  readonly #key: KeyObject

  constructor(key: KeyObject) {
    this.#key = key
  }

  macOfFunction(row: Unsigned<FunctionRow>): Buffer {
    return rowMac(this.#key, 'lambda_function', functionFields(row))
  }

  macOfVersion(row: Unsigned<VersionRow>): Buffer {
    return rowMac(this.#key, 'lambda_version', versionFields(row))
  }

  macOfAlias(row: Unsigned<AliasRow>): Buffer {
    return rowMac(this.#key, 'lambda_alias', aliasFields(row))
  }

  macOfPolicy(row: Unsigned<PolicyRow>): Buffer {
    return rowMac(this.#key, 'lambda_policy', policyFields(row))
  }

  /** These throw RowForged for a row that this server did not write. */
  checkFunction(row: FunctionRow): void {
    checkRow(this.#key, 'lambda_function', functionFields(row), row.mac, placeOf(row, row.name))
  }

  checkVersion(row: VersionRow): void {
    checkRow(this.#key, 'lambda_version', versionFields(row), row.mac, placeOf(row, `${row.name}:${row.number}`))
  }

  checkAlias(row: AliasRow): void {
    checkRow(this.#key, 'lambda_alias', aliasFields(row), row.mac, placeOf(row, `${row.function_name}:${row.name}`))
  }

  checkPolicy(row: PolicyRow): void {
    checkRow(
      this.#key,
      'lambda_policy',
      policyFields(row),
      row.mac,
      placeOf(row, `${row.function_name}:${row.qualifier}`),
    )
  }
}

const placeOf = ({ account, region }: { account: string; region: string }, name: string) =>
  `${name} in ${account} ${region}`
