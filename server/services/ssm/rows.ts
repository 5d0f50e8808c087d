import { hash, type KeyObject } from 'node:crypto'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import { parameterArn, parentOf } from './model/name.ts'
import type { Cell, Found, Parameter, ParameterType, Reading, Sealed, StoredTier, Version } from './model/parameter.ts'
import { Sharings } from './sharing.ts'
import type { SharingColumns } from './sharing.sql.ts'
import type { LabelRow, ParameterRow, ReadingRow, VersionRow } from './store.sql.ts'

const NO_TAGS: ReadonlyMap<string, string> = new Map()
const NO_POLICIES: readonly string[] = []

/**
 * Rows of parameters into what they mean and back. Each row carries a MAC over its identity and all of its columns: tags decide who
 * may read, labels and `latest` what is read, the pattern and the policies what becomes of it. It is checked where a row is read from
 * the store; `key`: of the vault, for rows of parameters. Throws RowForged.
 */
export class Rows {
  /** The resource policies in the rows. */
  readonly sharings: Sharings
  readonly #key: KeyObject

  constructor(key: KeyObject) {
    this.#key = key
    this.sharings = new Sharings(key)
  }

  parameter(row: ParameterRow, { account, region }: Cell): Parameter {
    const arn = parameterArn(region, account, row.key)
    checkRow(this.#key, 'parameter', parameterFields(row, { account, region }), row.parameter_mac, arn)
    return {
      account,
      region,
      id: row.id,
      key: row.key,
      name: row.name,
      arn,
      tags: row.tags === null ? NO_TAGS : new Map(JSON.parse(row.tags) as [string, string][]),
      latest: row.latest,
      tier: row.current_tier as StoredTier,
      expiresAt: row.expires_at ?? undefined,
      createdAt: row.created_at,
      sharing: row.sharing === null ? undefined : this.sharings.of({ account, region, id: row.id, arn }, row),
    }
  }

  /** `of`: the parameter that the row was found by. */
  version(row: VersionRow, of: Pick<Parameter, 'account' | 'region' | 'id' | 'arn'>): Sealed {
    checkRow(this.#key, 'parameter_version', versionFields(row, of), row.mac, `${of.arn}, version ${row.version}`)
    return {
      number: row.version,
      type: row.type as ParameterType,
      tier: row.tier as StoredTier,
      dataType: row.data_type,
      keyId: row.key_id ?? undefined,
      description: row.description ?? undefined,
      allowedPattern: row.allowed_pattern ?? undefined,
      policies: row.policies === null ? NO_POLICIES : (JSON.parse(row.policies) as string[]),
      modifiedAt: row.modified_at,
      modifiedBy: row.modified_by,
      content: row.content,
    }
  }

  /** A parameter with the version beside it, if there is one. */
  reading(row: ReadingRow, cell: Cell): Reading {
    const parameter = this.parameter(row, cell)
    return { parameter, version: row.version === null ? undefined : this.version(row as VersionRow, parameter) }
  }

  /** A parameter with its newest version: there always is one. */
  found(row: ReadingRow, cell: Cell): Found {
    const { parameter, version } = this.reading(row, cell)
    if (version === undefined) throw new Error(`${parameter.arn} has no version ${parameter.latest}`)
    return { parameter, version }
  }

  /** Throws unless the label was put on that version by this server. A row without MAC was not: whoever writes the database may alter tables. */
  checkLabel({ label, version, mac }: Omit<LabelRow, 'mac'> & { mac: Uint8Array | null }, of: Parameter): void {
    checkRow(this.#key, 'parameter_label', labelFields(of, label, version), mac, `${of.arn}, label ${label}`)
  }

  /** What insert and update write of a parameter. */
  ofParameter(parameter: Parameter) {
    const { account, region, key, id, name, latest, tier, tags, expiresAt, createdAt } = parameter
    const row = {
      ...{ key, id, name, latest },
      current_tier: tier,
      tags: tags.size === 0 ? null : JSON.stringify([...tags]),
      expires_at: expiresAt ?? null,
      created_at: createdAt,
    }
    const mac = rowMac(this.#key, 'parameter', parameterFields(row, { account, region }))
    const { current_tier, ...rest } = row
    return { account, region, ...rest, parent: parentOf(key), tier: current_tier, mac }
  }

  ofVersion(parameter: Parameter, version: Sealed) {
    const row = {
      version: version.number,
      type: version.type,
      tier: version.tier,
      data_type: version.dataType,
      key_id: version.keyId ?? null,
      description: version.description ?? null,
      allowed_pattern: version.allowedPattern ?? null,
      policies: version.policies.length === 0 ? null : JSON.stringify(version.policies),
      content: version.content,
      modified_at: version.modifiedAt,
      modified_by: version.modifiedBy,
    }
    const mac = rowMac(this.#key, 'parameter_version', versionFields(row, parameter))
    return { account: parameter.account, region: parameter.region, parameter: parameter.id, ...row, mac }
  }

  ofLabel(parameter: Parameter, label: string, version: number) {
    const { account, region, id } = parameter
    const mac = rowMac(this.#key, 'parameter_label', labelFields(parameter, label, version))
    return { account, region, parameter: id, label, version, mac }
  }
}

/** A version without its value. */
export function unsealed({ content: _, ...version }: Sealed): Version {
  return version
}

function parameterFields(
  row: Omit<ParameterRow, 'parameter_mac' | keyof SharingColumns>,
  { account, region }: Cell,
): Field[] {
  const { key, id, name, latest, current_tier, tags, expires_at, created_at } = row
  return [account, region, key, id, name, latest, current_tier, tags, expires_at, created_at]
}

function versionFields(row: Omit<VersionRow, 'mac'>, of: Pick<Parameter, 'account' | 'region' | 'id'>): Field[] {
  const { version, type, tier, data_type, key_id, description, allowed_pattern, policies, modified_at } = row
  const content = hash('sha256', row.content, 'base64')
  const identity = [of.account, of.region, of.id, version]
  return [
    ...identity,
    ...[type, tier, data_type, key_id, description, allowed_pattern, policies, content, modified_at, row.modified_by],
  ]
}

function labelFields({ account, region, id }: Parameter, label: string, version: number): Field[] {
  return [account, region, id, label, version]
}
