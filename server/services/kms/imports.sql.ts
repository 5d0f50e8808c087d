import { statement } from '#kernel/storage/storage'

/** What is known of imported key material besides its bytes. */

export interface ImportRow {
  readonly account: string
  readonly region: string
  readonly key_id: string
  readonly material_id: string
  readonly description: string
  /** Null: it does not expire. */
  readonly expires_at: number | null
  /** 1: it waits for a rotation to become the key's. */
  readonly pending: number
  readonly imported_at: number
  readonly mac: Uint8Array
}

/** With what the material's own row says. */
export interface ImportListed extends ImportRow {
  /** 1: the bytes are there. */
  readonly present: number
  readonly version: number | null
}

const columns = 'account, region, key_id, material_id, description, expires_at, pending, imported_at, mac'

export const listImports = statement(
  'kms/list-imports',
  `select i.account, i.region, i.key_id, i.material_id, i.description, i.expires_at, i.pending, i.imported_at, i.mac,
     case when length(m.wrapped) > 0 then 1 else 0 end as present, m.version as version
   from kms_import i join kms_material m
     on m.account = i.account and m.region = i.region and m.key_id = i.key_id and m.id = i.material_id
   where i.account = :account and i.region = :region and i.key_id = :key_id order by i.material_id collate bytes`,
)

export const putImport = statement(
  'kms/put-import',
  `insert into kms_import (${columns}) values (:account, :region, :key_id, :material_id, :description, :expires_at, :pending,
     :imported_at, :mac)
   on conflict (account, region, key_id, material_id) do update set description = excluded.description,
     expires_at = excluded.expires_at, pending = excluded.pending, imported_at = excluded.imported_at, mac = excluded.mac`,
)

export const deleteImport = statement(
  'kms/delete-import',
  `delete from kms_import
   where account = :account and region = :region and key_id = :key_id and material_id = :material_id`,
)

export const deleteImports = statement(
  'kms/delete-imports',
  'delete from kms_import where account = :account and region = :region and key_id = :key_id',
)
