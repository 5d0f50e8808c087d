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

/** Puts a version by before it is taken away; one that had the same id in an earlier life gives way to it. */
export const archive = statement(
  'secret-past/archive',
  `insert into secret_version_past (account, region, secret, ${VERSION}, archived_at)
  select account, region, secret, ${VERSION}, :archived_at from secret_version
  where ${HERE} and secret = :secret and version = :version
  on conflict (account, region, secret, version) do update set kind = excluded.kind, created_at = excluded.created_at,
    accessed_day = excluded.accessed_day, key_arn = excluded.key_arn, default_key = excluded.default_key,
    data_key = excluded.data_key, sealed = excluded.sealed, archived_at = excluded.archived_at`,
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
export const countThere = statement(
  'secret-past/count-there',
  `select count(*) as rows from secret_version where ${HERE} and secret = :secret`,
)
/** Takes up to `limit` away that were put by before `before`. */
export const expirePast = statement(
  'secret-past/expire',
  `delete from secret_version_past where (account, region, secret, version) in (
    select account, region, secret, version from secret_version_past where archived_at < :before
    order by archived_at limit :limit)`,
)
/** Secrets that have values put by, after a place in the order of accounts, regions and ids. */
export const holdersOfPast = statement(
  'secret-past/holders',
  `select distinct account, region, secret from secret_version_past
  where (account, region, secret) > (:account, :region, :secret) order by account, region, secret limit :limit`,
)
/** Takes all but the newest away. */
export const trimPast = statement(
  'secret-past/trim',
  `delete from secret_version_past where ${HERE} and secret = :secret and version in (
    select version from secret_version_past where ${HERE} and secret = :secret
    order by created_at desc, version desc limit 1000000 offset :keep)`,
)

/** Secrets whose end is longer ago than anything is told. */
export const expiredGone = statement(
  'secret-gone/expired',
  `select account, region, secret from secret_gone where gone_at < :before order by gone_at limit :limit`,
)
export const deleteGone = statement('secret-gone/delete', `delete from secret_gone where ${HERE} and secret = :secret`)
export const deleteEntries = statement(
  'secret-history/delete',
  `delete from secret_history where ${HERE} and secret = :secret`,
)
/** The time of the entry that is some entries further on, of those between two times; nothing: there are not so many. */
export const ahead = statement(
  'secret-history/ahead',
  `select at from secret_history where at > :after and at < :before order by at limit 1 offset :skip`,
)
/** Of a row of another table: it is about the secret of the entry. */
const same = (id: string, table: string): string =>
  `${table}.account = secret_history.account and ${table}.region = secret_history.region and ${id} = secret_history.secret`
/**
 * Takes entries away that are later than `after`, not later than `until` and older than `before`. Not the newest of a secret, by whose
 * number the next one goes; nor who made a secret that is there, or a version whose value is.
 */
export const expire = statement(
  'secret-history/expire',
  `delete from secret_history where at > :after and at <= :until and at < :before
    and entry < (select max(h.entry) from secret_history h where ${same('h.secret', 'h')})
    and not (kind = 'Created' and exists (select 1 from secret s where ${same('s.id', 's')}))
    and not (kind in ('Created', 'Version') and (
      exists (select 1 from secret_version v where ${same('v.secret', 'v')} and v.version = secret_history.version)
      or exists (select 1 from secret_version_past p where ${same('p.secret', 'p')}
        and p.version = secret_history.version)))`,
)
