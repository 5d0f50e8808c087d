import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import type { Vault } from '#kernel/sealing/vault'
import { keyArn } from './model/key.ts'
import type { GrantRow } from './grants.sql.ts'
import type { ImportRow } from './imports.sql.ts'
import type { KeyRow } from './store.sql.ts'

/**
 * The MACs of the rows that decide who may use a key. Who writes a row makes its MAC, and who lets a row decide checks it.
 * Key material needs none: its encryption binds it to its row.
 */

type Columns = Omit<KeyRow, 'mac'>

interface Place {
  readonly account: string
  readonly region: string
}

const LABEL = 'kms/rows'

/** Columns that came after the first rows were written; new ones go to the end. */
const LATER = [
  'multi_region',
  'primary_region',
  'rotation_days',
  'next_rotation_at',
  'on_demand_rotations',
  'waiting_days',
  'material_model',
  'material_expires_at',
] as const satisfies readonly (keyof Columns)[]

/**
 * All of a key's row. A row without bound principals has the fields that rows had before there were any: it verifies as it
 * was written, and neither form passes for the other.
 */
const keyFields = (row: Columns): Field[] => [
  row.account,
  row.region,
  row.id,
  row.description,
  row.manager,
  row.origin,
  row.spec,
  row.usage,
  row.state,
  Number(row.created_at),
  row.deletion_at === null ? null : Number(row.deletion_at),
  row.material_id,
  row.policy,
  row.tags,
  ...(row.policy_principals === null ? [] : [row.policy_principals]),
  ...LATER.flatMap((column) => later(column, row[column])),
]

/** A column with its name, when there is anything in it: so a row from before there was the column verifies as it is. */
function later(column: string, value: Field): Field[] {
  return value === null ? [] : [column, typeof value === 'string' ? value : Number(value)]
}

export function macOfKey(vault: Vault, row: Columns): Buffer {
  return rowMac(vault.macKey(LABEL), 'kms_key', keyFields(row))
}

/** Throws RowForged for a row without the right MAC. */
export function checkKey(vault: Vault, row: KeyRow): void {
  const name = keyArn(row.account, row.region, row.id)
  checkRow(vault.macKey(LABEL), 'kms_key', keyFields(row), row.mac, name)
}

export function macOfAlias(vault: Vault, { account, region }: Place, name: string, keyId: string): Buffer {
  return rowMac(vault.macKey(LABEL), 'kms_alias', [account, region, name, keyId])
}

/** The same for an alias. */
export function checkAlias(
  vault: Vault,
  { account, region }: Place,
  alias: { readonly name: string; readonly key_id: string; readonly mac: Uint8Array },
): void {
  const name = `${alias.name} in ${account} ${region}`
  checkRow(vault.macKey(LABEL), 'kms_alias', [account, region, alias.name, alias.key_id], alias.mac, name)
}

/** All of a grant's row. */
const grantFields = (row: Omit<GrantRow, 'mac'>): Field[] => [
  row.account,
  row.region,
  row.key_id,
  row.id,
  row.name,
  row.grantee,
  row.grantee_id,
  row.retiring,
  row.retiring_id,
  row.operations,
  row.constraints,
  row.issuer,
  row.same_as,
  Number(row.created_at),
]

export function macOfGrant(vault: Vault, row: Omit<GrantRow, 'mac'>): Buffer {
  return rowMac(vault.macKey(LABEL), 'kms_grant', grantFields(row))
}

/** The same for a grant. */
export function checkGrant(vault: Vault, row: GrantRow): void {
  const name = `${row.id} of ${keyArn(row.account, row.region, row.key_id)}`
  checkRow(vault.macKey(LABEL), 'kms_grant', grantFields(row), row.mac, name)
}

/** All of what is known of an imported material. */
const importFields = (row: Omit<ImportRow, 'mac'>): Field[] => [
  row.account,
  row.region,
  row.key_id,
  row.material_id,
  row.description,
  row.expires_at === null ? null : Number(row.expires_at),
  Number(row.pending),
  Number(row.imported_at),
]

export function macOfImport(vault: Vault, row: Omit<ImportRow, 'mac'>): Buffer {
  return rowMac(vault.macKey(LABEL), 'kms_import', importFields(row))
}

/** The same for what is known of an imported material. */
export function checkImport(vault: Vault, row: ImportRow): void {
  const name = `${row.material_id} of ${keyArn(row.account, row.region, row.key_id)}`
  checkRow(vault.macKey(LABEL), 'kms_import', importFields(row), row.mac, name)
}
