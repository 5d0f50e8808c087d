import { type Statement, statement } from '#kernel/storage/storage'
import type { RotationRow } from './rotations.sql.ts'

/** What a row of `secret` says of its resource policy: all or nothing. */
export interface PolicyColumns {
  readonly policy: string | null
  readonly policy_principals: string | null
  readonly policy_mac: Uint8Array | null
}

/** A row of `secret` as the statements below select it. */
export interface SecretRow {
  readonly id: string
  readonly name: string
  readonly suffix: string
  readonly type: string | null
  readonly description: string | null
  readonly kms_key_id: string | null
  readonly owning_service: string | null
  /** JSON: `[["key","value"],…]`. */
  readonly tags: string | null
  readonly created_at: number
  readonly changed_at: number
  readonly accessed_day: number
  readonly deleted_at: number | null
  readonly purge_at: number | null
  /** 1: its name means it; 0: another secret's name by now. */
  readonly holds: number
}

/** The same with the policy: what one secret is found by. */
export type FoundRow = SecretRow & PolicyColumns

export interface VersionRow {
  readonly version: string
  readonly kind: string
  readonly created_at: number
  readonly accessed_day: number
  readonly key_arn: string
  readonly default_key: number
}

export interface SealedRow extends VersionRow {
  readonly data_key: Uint8Array
  readonly sealed: Uint8Array
}

/** A row of `secret_rotation` beside that of its secret, or nothing. */
type RotationColumns = { readonly [K in keyof RotationRow]: RotationRow[K] | null }

/** A row of the reading of a value: the secret, the version (null: there is none) and one of its labels. */
export interface ReadingRow extends PolicyColumns, RotationColumns {
  readonly id: string
  readonly name: string
  readonly suffix: string
  readonly type: string | null
  readonly owning_service: string | null
  readonly tags: string | null
  readonly secret_day: number
  readonly deleted_at: number | null
  readonly holds: number
  readonly version: string | null
  readonly kind: string | null
  readonly created_at: number | null
  readonly version_day: number | null
  readonly key_arn: string | null
  readonly default_key: number | null
  readonly data_key: Uint8Array | null
  readonly sealed: Uint8Array | null
  readonly stage: string | null
}

const SECRET =
  'id, name, suffix, type, description, kms_key_id, owning_service, tags, created_at, changed_at, accessed_day, deleted_at, purge_at, holds'
const POLICY = 'policy, policy_principals, policy_mac'
const VERSION = 'version, kind, created_at, accessed_day, key_arn, default_key'
const HERE = 'account = :account and region = :region'

export const findByName = statement(
  'secret/find',
  `select ${SECRET}, ${POLICY} from secret where ${HERE} and name = :name and holds = 1`,
)
export const findByArn = statement(
  'secret/find-arn',
  `select ${SECRET}, ${POLICY} from secret where ${HERE} and name = :name and suffix = :suffix`,
)
/** All that share a name, in one order, which is that of the index: whoever changes one of them may change which one holds it. */
export const lockNamesakes = statement(
  'secret/lock',
  `select ${SECRET}, ${POLICY} from secret where ${HERE} and name = :name order by suffix for update`,
)
/** The secret of that id and all of the same name. */
export const lockWithId = statement(
  'secret/lock-id',
  `select ${SECRET} from secret
  where ${HERE} and name in (select name from secret where ${HERE} and id = :id) order by name, suffix for update`,
)
/** How many of a name are scheduled for deletion. */
export const countWaiting = statement(
  'secret/count-waiting',
  `select count(*) as rows from secret where ${HERE} and name = :name and deleted_at is not null`,
)

const READING = `s.id, s.name, s.suffix, s.type, s.owning_service, s.tags, s.accessed_day as secret_day, s.deleted_at,
  s.holds,
  s.policy, s.policy_principals, s.policy_mac,
  v.version, v.kind, v.created_at, v.accessed_day as version_day, v.key_arn, v.default_key, v.data_key, v.sealed,
  h.stage,
  r.enabled, r.function_arn, r.days, r.schedule, r.duration, r.last_at, r.based_at, r.window_start, r.window_end, r.run_at,
  r.configured_by, r.mac`
const ROTATED = `left join secret_rotation r on r.account = s.account and r.region = s.region and r.secret = s.id`
const HELD = `left join secret_stage h
  on h.account = s.account and h.region = s.region and h.secret = s.id and h.version = v.version`

const NAMED = 's.account = :account and s.region = :region and s.name = :name and s.holds = 1'
const BY_ARN = 's.account = :account and s.region = :region and s.name = :name and s.suffix = :suffix'

/** One question for GetSecretValue: the secret, the version that carries `stage`, and all labels of that version. */
const byStage = (name: string, where: string) =>
  statement(
    name,
    `select ${READING} from secret s
  left join secret_stage g on g.account = s.account and g.region = s.region and g.secret = s.id and g.stage = :stage
  left join secret_version v
    on v.account = s.account and v.region = s.region and v.secret = s.id and v.version = g.version
  ${HELD}
  ${ROTATED}
  where ${where}`,
  )

/** The same by version id. */
const byVersion = (name: string, where: string) =>
  statement(
    name,
    `select ${READING} from secret s
  left join secret_version v
    on v.account = s.account and v.region = s.region and v.secret = s.id and v.version = :version
  ${HELD}
  ${ROTATED}
  where ${where}`,
  )

export const readByStage = {
  named: byStage('secret/read-stage', NAMED),
  byArn: byStage('secret/read-stage-arn', BY_ARN),
}
export const readByVersion = {
  named: byVersion('secret/read-version', NAMED),
  byArn: byVersion('secret/read-version-arn', BY_ARN),
}

export const insertSecret = statement(
  'secret/insert',
  `insert into secret (account, region, ${SECRET})
  values (:account, :region, :id, :name, :suffix, :type, :description, :kms_key_id, :owning_service, :tags,
    :created_at, :changed_at, :accessed_day, :deleted_at, :purge_at, 1)
  on conflict do nothing`,
)
/** The name means another one from now on. */
export const giveUpName = statement('secret/give-up-name', `update secret set holds = 0 where ${HERE} and id = :id`)
/** Takes the name from a holder that is scheduled for deletion. */
export const freeName = statement(
  'secret/free-name',
  `update secret set holds = 0 where ${HERE} and name = :name and holds = 1 and deleted_at is not null`,
)
export const takeName = statement('secret/take-name', `update secret set holds = 1 where ${HERE} and id = :id`)
/** When the holder is gone the name passes to the newest that lives; without one, to the newest that waits. */
export const inheritName = statement(
  'secret/inherit-name',
  `update secret set holds = 1 where ${HERE} and id = (select id from secret where ${HERE} and name = :name
    order by case when deleted_at is null then 0 else 1 end, created_at desc, id desc limit 1)`,
)
export const updateSecret = statement(
  'secret/update',
  `update secret set type = :type, description = :description, kms_key_id = :kms_key_id,
    owning_service = :owning_service, tags = :tags,
    changed_at = :changed_at, deleted_at = :deleted_at, purge_at = :purge_at
  where ${HERE} and id = :id`,
)
export const touchSecret = statement(
  'secret/touch',
  `update secret set changed_at = :changed_at where ${HERE} and id = :id`,
)
export const putPolicy = statement(
  'secret/put-policy',
  `update secret set policy = :policy, policy_principals = :policy_principals, policy_mac = :policy_mac,
    changed_at = :changed_at
  where ${HERE} and id = :id`,
)
export const findPolicy = statement('secret/policy', `select ${POLICY} from secret where ${HERE} and id = :id`)
export const deleteSecret = statement('secret/delete', `delete from secret where ${HERE} and id = :id`)
export const deleteVersions = statement(
  'secret/delete-versions',
  `delete from secret_version where ${HERE} and secret = :id`,
)
export const deleteStages = statement('secret/delete-stages', `delete from secret_stage where ${HERE} and secret = :id`)
/** Up to `limit` secrets behind an id: how many, and the last of their ids. */
export const countSecrets = statement(
  'secret/count',
  `select count(*) as rows, max(id) as last from
    (select id from secret where ${HERE} and id > :after order by id limit :limit) n`,
)

export const findVersion = statement(
  'secret-version/find',
  `select ${VERSION}, data_key, sealed from secret_version where ${HERE} and secret = :secret and version = :version`,
)
export const hasVersion = statement(
  'secret-version/has',
  `select version from secret_version where ${HERE} and secret = :secret and version = :version`,
)
export const countVersions = statement(
  'secret-version/count',
  `select count(*) as rows from secret_version where ${HERE} and secret = :secret`,
)
/** Versions in order of creation, after (`created_at`, `version`); `deprecated` 0: only those with a label. */
export const listVersions = statement(
  'secret-version/list',
  `select ${VERSION} from secret_version v
  where ${HERE} and secret = :secret and (created_at, version) > (:after_created, :after_version)
    and (:deprecated = 1 or exists (select 1 from secret_stage g where g.account = v.account and g.region = v.region
      and g.secret = v.secret and g.version = v.version))
  order by created_at, version limit :limit`,
)
/** Versions that nobody labels, made before `before`, oldest first. */
export const listDeprecated = statement(
  'secret-version/deprecated',
  `select version from secret_version v
  where ${HERE} and secret = :secret and created_at < :before
    and not exists (select 1 from secret_stage g where g.account = v.account and g.region = v.region
      and g.secret = v.secret and g.version = v.version)
  order by created_at, version limit :limit`,
)
export const insertVersion = statement(
  'secret-version/insert',
  `insert into secret_version (account, region, secret, ${VERSION}, data_key, sealed)
  values (:account, :region, :secret, :version, :kind, :created_at, :accessed_day, :key_arn, :default_key,
    :data_key, :sealed)`,
)
export const replaceContent = statement(
  'secret-version/replace-content',
  `update secret_version set kind = :kind, key_arn = :key_arn, default_key = :default_key, data_key = :data_key,
    sealed = :sealed
  where ${HERE} and secret = :secret and version = :version`,
)
export const deleteVersion = statement(
  'secret-version/delete',
  `delete from secret_version where ${HERE} and secret = :secret and version = :version`,
)

export const listStages = statement(
  'secret-stage/list',
  `select stage, version from secret_stage where ${HERE} and secret = :secret order by attached_at, stage`,
)
export const putStage = statement(
  'secret-stage/put',
  `insert into secret_stage (account, region, secret, stage, version, attached_at)
  values (:account, :region, :secret, :stage, :version, :attached_at)
  on conflict (account, region, secret, stage)
  do update set version = excluded.version, attached_at = excluded.attached_at`,
)
export const deleteStage = statement(
  'secret-stage/delete',
  `delete from secret_stage where ${HERE} and secret = :secret and stage = :stage`,
)

/** How many secrets `stagesOfMany` asks for at once; unused places hold the empty text. */
export const MANY = 100
export const stagesOfMany = statement(
  'secret-stage/list-many',
  `select secret, stage, version from secret_stage
  where ${HERE} and secret in (${Array.from({ length: MANY }, (_, i) => `:s${i}`).join(', ')})
  order by attached_at, stage`,
)

export const accessSecret = statement(
  'secret/access',
  `update secret set accessed_day = :day where ${HERE} and id = :id and accessed_day < :day`,
)
export const accessVersion = statement(
  'secret-version/access',
  `update secret_version set accessed_day = :day
  where ${HERE} and secret = :id and version = :version and accessed_day < :day`,
)

export type SortKey = 'created-date' | 'last-changed-date' | 'last-accessed-date' | 'name'

const COLUMN = {
  'created-date': 'created_at',
  'last-changed-date': 'changed_at',
  'last-accessed-date': 'accessed_day',
  name: undefined,
} as const

/** What the row is sorted by, as stored: a day of access that is only noted yet is not in it. 0 with `name`. */
export function sortValue(row: SecretRow, by: SortKey): number {
  const column = COLUMN[by]
  return column === undefined ? 0 : row[column]
}

function page(by: SortKey, order: 'asc' | 'desc'): Statement {
  const column = COLUMN[by]
  const beyond = order === 'asc' ? '>' : '<'
  const after = column
    ? `(${column}, name, suffix) ${beyond} (:after_value, :after_name, :after_suffix)`
    : `(name, suffix) ${beyond} (:after_name, :after_suffix)`
  const sorted = `${column ? `${column} ${order}, ` : ''}name ${order}, suffix ${order}`
  return statement(
    `secret/page-${by}-${order}`,
    `select ${SECRET} from secret where ${HERE} and ${after}
    order by ${sorted} limit :limit`,
  )
}

/** Secrets whose names lie between two texts. */
export const namedBetween = statement(
  'secret/named',
  `select ${SECRET} from secret where ${HERE} and name >= :from_name and name < :to_name order by name, suffix limit :limit`,
)
/** How many these are, but no more than `limit`: from the index alone. */
export const countNamedBetween = statement(
  'secret/count-named',
  `select count(*) as rows from (select name from secret
    where ${HERE} and name >= :from_name and name < :to_name order by name, suffix limit :limit) n`,
)

/** A page of secrets, also of those scheduled for deletion, after a place in the order: the value of the sort field, then name and suffix. */
export const pages: Readonly<Record<SortKey, Readonly<Record<'asc' | 'desc', Statement>>>> = {
  'created-date': { asc: page('created-date', 'asc'), desc: page('created-date', 'desc') },
  'last-changed-date': { asc: page('last-changed-date', 'asc'), desc: page('last-changed-date', 'desc') },
  'last-accessed-date': { asc: page('last-accessed-date', 'asc'), desc: page('last-accessed-date', 'desc') },
  name: { asc: page('name', 'asc'), desc: page('name', 'desc') },
}
