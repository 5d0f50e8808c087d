import { statement } from '#kernel/storage/storage'
import type { SharingColumns } from './sharing.sql.ts'

/** A row of `parameter` as the statements select it: `current_tier` is its column `tier`, `parameter_mac` its `mac`. */
export interface ParameterRow extends SharingColumns {
  readonly key: string
  readonly id: string
  readonly name: string
  readonly latest: number
  readonly current_tier: string
  /** JSON: `[["key","value"],…]`. */
  readonly tags: string | null
  readonly expires_at: number | null
  readonly created_at: number
  readonly parameter_mac: Uint8Array
}

/** A row of `parameter_version`. */
export interface VersionRow {
  readonly version: number
  readonly type: string
  readonly tier: string
  readonly data_type: string
  readonly key_id: string | null
  readonly description: string | null
  readonly allowed_pattern: string | null
  /** JSON: a list of texts. */
  readonly policies: string | null
  readonly content: Uint8Array
  readonly modified_at: number
  readonly modified_by: string
  readonly mac: Uint8Array
}

/** A parameter beside one of its versions, or beside none. */
export type ReadingRow = ParameterRow & { readonly [K in keyof VersionRow]: VersionRow[K] | null }

export interface LabelRow {
  readonly label: string
  readonly version: number
  readonly mac: Uint8Array
}

const HERE = 'account = :account and region = :region'

/** The columns of a parameter `p`. */
export const PARAMETER =
  'p.key, p.id, p.name, p.latest, p.tier as current_tier, p.tags, p.expires_at, p.created_at, p.mac as parameter_mac, p.sharing, p.sharing_mac'
/** The columns of a version `v`. */
export const VERSION =
  'v.version, v.type, v.tier, v.data_type, v.key_id, v.description, v.allowed_pattern, v.policies, v.content, v.modified_at, v.modified_by, v.mac'
/** Joins one version of the parameter `p`: what is on the right of `v.version =` follows. */
export const VERSION_OF =
  'parameter_version v on v.account = p.account and v.region = p.region and v.parameter = p.id and v.version ='

const BY_KEY = 'p.account = :account and p.region = :region and p.key = :key'

export const readLatest = statement(
  'parameter/read-latest',
  `select ${PARAMETER}, ${VERSION} from parameter p left join ${VERSION_OF} p.latest where ${BY_KEY}`,
)
export const readNumber = statement(
  'parameter/read-number',
  `select ${PARAMETER}, ${VERSION} from parameter p left join ${VERSION_OF} :number where ${BY_KEY}`,
)
/** The same with the label's own row beside it. */
export const readLabel = statement(
  'parameter/read-label',
  `select ${PARAMETER}, ${VERSION}, l.version as label_version, l.mac as label_mac from parameter p
  left join parameter_label l on l.account = p.account and l.region = p.region and l.parameter = p.id and l.label = :label
  left join ${VERSION_OF} l.version
  where ${BY_KEY}`,
)
/** PostgreSQL only: how long statements of this unit wait for locks, milliseconds as text. */
export const setWait = statement('parameter/set-wait', `select set_config('lock_timeout', :wait, true) as wait`)
/** PostgreSQL only: held until the unit is over. */
export const lockTier = statement(
  'parameter/lock-tier',
  'select pg_advisory_xact_lock(hashtextextended(:tier, 0)) as waited',
)
export const lockParameter = statement(
  'parameter/lock',
  `select ${PARAMETER} from parameter p where ${BY_KEY} for update`,
)
export const findVersion = statement(
  'parameter-version/find',
  `select ${VERSION} from parameter_version v where ${HERE} and parameter = :parameter and version = :number`,
)
export const hasVersion = statement(
  'parameter-version/has',
  `select version from parameter_version where ${HERE} and parameter = :parameter and version = :number`,
)
export const listVersions = statement(
  'parameter-version/list',
  `select ${VERSION} from parameter_version v where ${HERE} and parameter = :parameter and version > :after
  order by version limit :limit`,
)
/** How many versions there are, and the oldest. */
export const countVersions = statement(
  'parameter-version/count',
  `select count(*) as rows, min(version) as oldest from parameter_version where ${HERE} and parameter = :parameter`,
)
export const insertParameter = statement(
  'parameter/insert',
  `insert into parameter (account, region, key, id, name, parent, latest, tier, tags, expires_at, created_at, mac)
  values (:account, :region, :key, :id, :name, :parent, :latest, :tier, :tags, :expires_at, :created_at, :mac)`,
)
export const updateParameter = statement(
  'parameter/update',
  `update parameter set latest = :latest, tier = :tier, tags = :tags, expires_at = :expires_at, mac = :mac
  where ${HERE} and key = :key and id = :id`,
)
export const deleteParameter = statement(
  'parameter/delete',
  `delete from parameter where ${HERE} and key = :key and id = :parameter`,
)
export const insertVersion = statement(
  'parameter-version/insert',
  `insert into parameter_version (account, region, parameter, version, type, tier, data_type, key_id, description,
    allowed_pattern, policies, content, modified_at, modified_by, mac)
  values (:account, :region, :parameter, :version, :type, :tier, :data_type, :key_id, :description,
    :allowed_pattern, :policies, :content, :modified_at, :modified_by, :mac)`,
)
export const deleteVersion = statement(
  'parameter-version/delete',
  `delete from parameter_version where ${HERE} and parameter = :parameter and version = :number`,
)
export const deleteVersions = statement(
  'parameter-version/delete-all',
  `delete from parameter_version where ${HERE} and parameter = :parameter`,
)
export const listLabels = statement(
  'parameter-label/list',
  `select label, version, mac from parameter_label where ${HERE} and parameter = :parameter order by label`,
)
/** The primary key holds that a label is on one version at the most. */
export const putLabel = statement(
  'parameter-label/put',
  `insert into parameter_label (account, region, parameter, label, version, mac)
  values (:account, :region, :parameter, :label, :version, :mac)
  on conflict (account, region, parameter, label) do update set version = excluded.version, mac = excluded.mac`,
)
export const deleteLabel = statement(
  'parameter-label/delete',
  `delete from parameter_label where ${HERE} and parameter = :parameter and label = :label`,
)
export const deleteLabels = statement(
  'parameter-label/delete-all',
  `delete from parameter_label where ${HERE} and parameter = :parameter`,
)
/** How many of a tier there are; stops counting at `most`, which is as many as anybody asks about. */
export const countTier = statement(
  'parameter/count-tier',
  `select count(*) as rows from (select 1 from parameter where ${HERE} and tier = :tier limit :most) as counted`,
)
