import { statement } from '#kernel/storage/storage'

/** The statements of KMS and the rows they give. */

export interface KeyRow {
  readonly account: string
  readonly region: string
  readonly id: string
  readonly description: string
  readonly manager: string
  readonly origin: string
  readonly spec: string
  readonly usage: string
  readonly state: string
  readonly created_at: number
  readonly deletion_at: number | null
  readonly material_id: string
  readonly policy: string
  /** The unique ids of the principals that the policy names, as IAM's port answers them; null: they were never bound. */
  readonly policy_principals: string | null
  readonly tags: string
  /** `PRIMARY`, `REPLICA`, or null: a key of one Region. */
  readonly multi_region: string | null
  readonly primary_region: string | null
  /** Days between rotations; null: it does not rotate by itself. */
  readonly rotation_days: number | null
  readonly next_rotation_at: number | null
  readonly on_demand_rotations: number | null
  /** Of a primary that waits for its replicas to be gone: its own days after that. */
  readonly waiting_days: number | null
  /** Of imported material, all of which is there: whether any of it expires, `KEY_MATERIAL_EXPIRES`. */
  readonly material_model: string | null
  /** When the first of it does. */
  readonly material_expires_at: number | null
  readonly mac: Uint8Array
}

export interface MaterialRow {
  readonly account: string
  readonly key_id: string
  readonly wrapped: Uint8Array
}

/** What is known of a material besides its bytes. */
export interface MaterialListed {
  readonly id: string
  readonly version: number | null
  readonly created_at: number
  readonly rotated_at: number | null
  readonly rotation_type: string | null
}

export interface AliasRow {
  readonly name: string
  readonly key_id: string
  readonly created_at: number
  readonly updated_at: number
  readonly mac: Uint8Array
}

/** All columns; a new one goes in here, into `KeyRow`, `rows.ts`, and into `rowOf` of store.ts. */
const columns = [
  'account',
  'region',
  'id',
  'description',
  'manager',
  'origin',
  'spec',
  'usage',
  'state',
  'created_at',
  'deletion_at',
  'material_id',
  'policy',
  'policy_principals',
  'tags',
  'multi_region',
  'primary_region',
  'rotation_days',
  'next_rotation_at',
  'on_demand_rotations',
  'waiting_days',
  'material_model',
  'material_expires_at',
  'mac',
]
const key = columns.join(', ')
const values = columns.map((column) => `:${column}`).join(', ')

export const findKey = statement(
  'kms/find-key',
  `select ${key} from kms_key where account = :account and region = :region and id = :id`,
)

export const lockKey = statement(
  'kms/lock-key',
  `select ${key} from kms_key where account = :account and region = :region and id = :id for update`,
)

/** A key with all that are related to it, always in one order. */
export const lockRelated = statement(
  'kms/lock-related',
  'select region from kms_key where account = :account and id = :id order by region collate bytes for update',
)

export const addKey = statement('kms/add-key', `insert into kms_key (${key}) values (${values})`)

/** Writes a key's row anew, but for what it is found by. */
export const changeKey = statement(
  'kms/change-key',
  `update kms_key set ${columns
    .filter((column) => !['account', 'region', 'id'].includes(column))
    .map((column) => `${column} = :${column}`)
    .join(', ')} where account = :account and region = :region and id = :id`,
)

export const deleteKey = statement(
  'kms/delete-key',
  'delete from kms_key where account = :account and region = :region and id = :id',
)

export const listKeys = statement(
  'kms/list-keys',
  `select id from kms_key where account = :account and region = :region and id > :after
   order by id collate bytes limit :limit`,
)

export const countKeys = statement(
  'kms/count-keys',
  `select count(*) as n from kms_key where account = :account and region = :region and manager = 'CUSTOMER'`,
)

export const addMaterial = statement(
  'kms/add-material',
  `insert into kms_material (account, region, key_id, id, wrapped, created_at, version, rotated_at, rotation_type)
   values (:account, :region, :key_id, :id, :wrapped, :created_at, :version, :rotated_at, :rotation_type)`,
)

export const changeMaterial = statement(
  'kms/change-material',
  `update kms_material set wrapped = :wrapped
   where account = :account and region = :region and key_id = :key_id and id = :id`,
)

export const listMaterials = statement(
  'kms/list-materials',
  `select id, version, created_at, rotated_at, rotation_type from kms_material
   where account = :account and region = :region and key_id = :key_id order by id collate bytes`,
)

/** Material that was imported becomes the one that encrypts. */
export const takeMaterialUp = statement(
  'kms/take-material-up',
  `update kms_material set version = :version, rotated_at = :rotated_at, rotation_type = :rotation_type
   where account = :account and region = :region and key_id = :key_id and id = :id`,
)

/** The Regions that have a key of this id: several for a multi-Region key. */
export const regionsOfKey = statement(
  'kms/regions-of-key',
  'select region from kms_key where account = :account and id = :id order by region collate bytes',
)

export const removeMaterial = statement(
  'kms/remove-material',
  'delete from kms_material where account = :account and region = :region and key_id = :key_id and id = :id',
)

// No account: a ciphertext names its material only, and may be opened from another account. The id is unique.
export const findMaterial = statement(
  'kms/find-material',
  'select account, key_id, wrapped from kms_material where region = :region and id = :id',
)

export const deleteMaterials = statement(
  'kms/delete-materials',
  'delete from kms_material where account = :account and region = :region and key_id = :key_id',
)

export const findAlias = statement(
  'kms/find-alias',
  `select name, key_id, created_at, updated_at, mac from kms_alias
   where account = :account and region = :region and name = :name`,
)

export const addAlias = statement(
  'kms/add-alias',
  `insert into kms_alias (account, region, name, key_id, created_at, updated_at, mac)
   values (:account, :region, :name, :key_id, :now, :now, :mac)`,
)

export const moveAlias = statement(
  'kms/move-alias',
  `update kms_alias set key_id = :key_id, updated_at = :now, mac = :mac
   where account = :account and region = :region and name = :name`,
)

export const deleteAlias = statement(
  'kms/delete-alias',
  'delete from kms_alias where account = :account and region = :region and name = :name',
)

export const aliasesOfKey = statement(
  'kms/aliases-of-key',
  `select name, mac from kms_alias where account = :account and region = :region and key_id = :key_id
   order by name collate bytes`,
)

export const deleteAliases = statement(
  'kms/delete-aliases',
  'delete from kms_alias where account = :account and region = :region and key_id = :key_id',
)

export const listAliases = statement(
  'kms/list-aliases',
  `select name, key_id, created_at, updated_at from kms_alias
   where account = :account and region = :region and name > :after order by name collate bytes limit :limit`,
)

export const listAliasesOfKey = statement(
  'kms/list-aliases-of-key',
  `select name, key_id, created_at, updated_at from kms_alias
   where account = :account and region = :region and key_id = :key_id and name > :after
   order by name collate bytes limit :limit`,
)
