import { statement } from '#kernel/storage/storage'

/** A row of `secret_history`. */
export interface EntryRow {
  readonly entry: number
  readonly at: number
  readonly held_since: number
  readonly kind: string
  readonly version: string | null
  /** JSON of an `Author`. */
  readonly author: string
  /** JSON: `[["Description","old",null],…]`. */
  readonly changes: string
  readonly mac: Uint8Array
}

/** A row of `secret_gone`. */
export interface GoneRow {
  readonly secret: string
  readonly name: string
  readonly suffix: string
  readonly created_at: number
  readonly gone_at: number
  readonly mac: Uint8Array
}

const HERE = 'account = :account and region = :region'
const ENTRY = 'entry, at, held_since, kind, version, author, changes, mac'
const GONE = 'secret, name, suffix, created_at, gone_at, mac'
const VERSION = 'version, kind, created_at, accessed_day, key_arn, default_key, data_key, sealed'

/** The newest entry's place. Who asks has locked the secret: nobody else adds one meanwhile. */
export const head = statement(
  'secret-history/head',
  `select entry, at from secret_history where ${HERE} and secret = :secret order by entry desc limit 1`,
)
export const add = statement(
  'secret-history/add',
  `insert into secret_history (account, region, secret, ${ENTRY})
  values (:account, :region, :secret, :entry, :at, :held_since, :kind, :version, :author, :changes, :mac)`,
)
/** Entries newest first, below `below`, of `first` to `last` milliseconds. */
export const list = statement(
  'secret-history/list',
  `select ${ENTRY} from secret_history
  where ${HERE} and secret = :secret and entry < :below and at >= :first and at <= :last
  order by entry desc limit :limit`,
)
/** The entry by which a version came. */
export const ofVersion = statement(
  'secret-history/of-version',
  `select ${ENTRY} from secret_history
  where ${HERE} and secret = :secret and version = :version and kind in ('Created', 'Version')
  order by entry desc limit 1`,
)

export const addGone = statement(
  'secret-gone/add',
  `insert into secret_gone (account, region, ${GONE})
  values (:account, :region, :secret, :name, :suffix, :created_at, :gone_at, :mac)`,
)
/** Of a name, the one that went last; `suffix` empty: whatever its ARN was. */
export const findGone = statement(
  'secret-gone/find',
  `select ${GONE} from secret_gone
  where ${HERE} and name = :name and (:suffix = '' or suffix = :suffix)
  order by gone_at desc, secret limit 1`,
)
/** Of names that begin with a text: in the order of name and suffix, those that were still there after `since`. */
export const goneUnder = statement(
  'secret-gone/under',
  `select ${GONE} from secret_gone
  where ${HERE} and name >= :first and name < :end and gone_at > :since
    and (name > :after_name or (name = :after_name and suffix > :after_suffix))
  order by name, suffix limit :limit`,
)

/** Puts a version by before it is taken away. */
export const archive = statement(
  'secret-past/archive',
  `insert into secret_version_past (account, region, secret, ${VERSION}, archived_at)
  select account, region, secret, ${VERSION}, :archived_at from secret_version
  where ${HERE} and secret = :secret and version = :version`,
)
export const findPast = statement(
  'secret-past/find',
  `select ${VERSION} from secret_version_past where ${HERE} and secret = :secret and version = :version`,
)
export const listPast = statement(
  'secret-past/list',
  `select version, kind, created_at, accessed_day, key_arn, default_key from secret_version_past
  where ${HERE} and secret = :secret order by created_at desc, version desc limit :limit`,
)
export const deletePast = statement(
  'secret-past/delete',
  `delete from secret_version_past where ${HERE} and secret = :secret and version = :version`,
)
export const deletePasts = statement(
  'secret-past/delete-all',
  `delete from secret_version_past where ${HERE} and secret = :secret`,
)
/** Takes all but the newest away. */
export const trimPast = statement(
  'secret-past/trim',
  `delete from secret_version_past where ${HERE} and secret = :secret and version in (
    select version from secret_version_past where ${HERE} and secret = :secret
    order by created_at desc, version desc limit 1000000 offset :keep)`,
)
