import { statement } from '#kernel/storage/storage'

/** Rows as the statements below select them; times in milliseconds, 0 for never. */
export interface UserRow {
  readonly name: string
  readonly path: string
  readonly id: string
  readonly boundary: string | null
  /** JSON: `[["key","value"],…]`. */
  readonly tags: string | null
  readonly created_at: number
  readonly mac: Uint8Array
}

export interface KeyRow {
  readonly account: string
  readonly id: string
  /** Unique id of the user, or the account id for the root user. */
  readonly owner: string
  readonly status: string
  readonly secret: Uint8Array
  readonly mac: Uint8Array
  readonly created_at: number
  readonly used_at: number
  readonly used_service: string | null
  readonly used_region: string | null
}

export interface PolicyRow {
  readonly name: string
  readonly path: string
  readonly id: string
  readonly arn: string
  readonly description: string | null
  readonly tags: string | null
  readonly default_version: number
  /** The highest version there ever was; null in rows from before there could be a second one. */
  readonly last_version: number | null
  readonly created_at: number
  readonly updated_at: number
  readonly mac: Uint8Array
  readonly attachments: number
  readonly boundaries: number
}

export interface VersionRow {
  readonly version: number
  readonly document: string
  readonly created_at: number
  readonly mac: Uint8Array
}

/** An inline policy with what authenticates it. */
export interface InlineRow {
  readonly name: string
  readonly document: string
  readonly mac: Uint8Array
}

/** A managed policy with its default version, and what authenticates both; null where a row is missing. */
export interface DefaultRow {
  readonly id: string | null
  readonly arn: string
  readonly tags: string | null
  readonly default_version: number
  readonly last_version: number | null
  readonly policy_mac: Uint8Array
  readonly document: string | null
  readonly version_mac: Uint8Array
}

export interface AttachedRow extends DefaultRow {
  readonly policy_key: string
  readonly attachment_mac: Uint8Array
}

const HERE = 'account = :account and region = :region'
const VALUES = ':account, :region'

// Accounts
export const firstAccount = statement(
  'iam/first-account',
  "select account from account where region = 'global' order by created_at, account limit 1",
)
export const findAccount = statement('iam/find-account', `select account, created_at from account where ${HERE}`)
/** The root user has no row of its own to lock. */
export const lockAccount = statement('iam/lock-account', `select account from account where ${HERE} for update`)
export const listAccounts = statement(
  'iam/list-accounts',
  `select a.account, a.created_at, l.alias,
   (select count(*) from iam_access_key k
    where k.account = a.account and k.region = a.region and k.owner = a.account and k.status = 'Active') as root_keys
   from account a left join iam_account_alias l on l.account = a.account and l.region = a.region
   where a.region = 'global' order by a.created_at, a.account`,
)
export const putAccount = statement(
  'iam/put-account',
  `insert into account (account, region, created_at) values (${VALUES}, :now)`,
)

// Users
const USER = 'name, path, id, boundary, tags, created_at, mac'
export const findUser = statement('iam/find-user', `select ${USER} from iam_user where ${HERE} and name_key = :key`)
export const lockUser = statement(
  'iam/lock-user',
  `select ${USER} from iam_user where ${HERE} and name_key = :key for update`,
)
export const findUserById = statement('iam/find-user-id', `select ${USER} from iam_user where ${HERE} and id = :id`)
export const lockUserById = statement(
  'iam/lock-user-id',
  `select ${USER} from iam_user where ${HERE} and id = :id for update`,
)
export const putUser = statement(
  'iam/put-user',
  `insert into iam_user (account, region, name_key, name, path, id, boundary, tags, created_at, mac)
   values (${VALUES}, :key, :name, :path, :id, :boundary, :tags, :now, :mac)`,
)
export const renameUser = statement(
  'iam/rename-user',
  `update iam_user set name_key = :key, name = :name, path = :path, mac = :mac where ${HERE} and id = :id`,
)
export const deleteUser = statement('iam/delete-user', `delete from iam_user where ${HERE} and id = :id`)
export const countUsers = statement('iam/count-users', `select count(*) as count from iam_user where ${HERE}`)
export const pageUsers = statement(
  'iam/page-users',
  `select ${USER} from iam_user where ${HERE} and name_key > :after
   and substr(path, 1, length(cast(:prefix as text))) = cast(:prefix as text) order by name_key limit :limit`,
)
export const changeUser = statement(
  'iam/change-user',
  `update iam_user set boundary = :boundary, tags = :tags, mac = :mac where ${HERE} and id = :id`,
)
export const pageMembers = statement(
  'iam/page-members',
  `select u.name, u.path, u.id, u.boundary, u.tags, u.created_at, u.mac from iam_member m
   join iam_user u on u.account = m.account and u.region = m.region and u.id = m.member
   where m.account = :account and m.region = :region and m.of_group = :of_group and u.name_key > :after
   order by u.name_key limit :limit`,
)

// Access keys
const KEY = 'account, id, owner, status, secret, mac, created_at, used_at, used_service, used_region'
/** Key ids are unique in the deployment: the id alone leads to the account. */
export const findKey = statement('iam/find-key', `select ${KEY} from iam_access_key where id = :id`)
export const retiredKey = statement('iam/retired-key', 'select account from iam_retired_key where id = :id')
export const keysOf = statement(
  'iam/keys-of',
  `select ${KEY} from iam_access_key where ${HERE} and owner = :owner and id > :after order by id limit :limit`,
)
export const countKeys = statement(
  'iam/count-keys',
  `select count(*) as count from iam_access_key where ${HERE} and owner = :owner`,
)
export const putKey = statement(
  'iam/put-key',
  `insert into iam_access_key (account, region, id, owner, status, secret, mac, created_at, used_at)
   values (${VALUES}, :id, :owner, :status, :secret, :mac, :now, 0)`,
)
export const setKeyStatus = statement(
  'iam/set-key-status',
  `update iam_access_key set status = :status, mac = :mac where ${HERE} and owner = :owner and id = :id`,
)
export const deleteKey = statement(
  'iam/delete-key',
  `delete from iam_access_key where ${HERE} and owner = :owner and id = :id`,
)
export const retireKey = statement(
  'iam/retire-key',
  `insert into iam_retired_key (account, region, id) values (${VALUES}, :id) on conflict (account, region, id) do nothing`,
)
export const useKey = statement(
  'iam/use-key',
  `update iam_access_key set used_at = :at, used_service = :service, used_region = :used_region
   where ${HERE} and id = :id and used_at < :at`,
)

// Inline policies
export const findInline = statement(
  'iam/find-inline',
  `select name, document from iam_inline_policy where ${HERE} and owner = :owner and name_key = :key`,
)
export const pageInline = statement(
  'iam/page-inline',
  `select name, document from iam_inline_policy where ${HERE} and owner = :owner and name_key > :after
   order by name_key limit :limit`,
)
/** The first spelling of the name stays. Source: access.md 7, 21. */
export const putInline = statement(
  'iam/put-inline',
  `insert into iam_inline_policy (account, region, owner, name_key, name, document, mac)
   values (${VALUES}, :owner, :key, :name, :document, :mac)
   on conflict (account, region, owner, name_key) do update set document = excluded.document, mac = excluded.mac`,
)
export const deleteInline = statement(
  'iam/delete-inline',
  `delete from iam_inline_policy where ${HERE} and owner = :owner and name_key = :key`,
)

// Managed policies
const POLICY = `p.name, p.path, p.id, p.arn, p.description, p.tags, p.default_version, p.last_version, p.created_at,
  p.updated_at, p.mac,
  (select count(*) from iam_attachment a
   where a.account = p.account and a.region = p.region and a.policy_key = p.name_key) as attachments,
  (select count(*) from iam_user u
   where u.account = p.account and u.region = p.region and u.boundary = p.arn)
  + (select count(*) from iam_role r
   where r.account = p.account and r.region = p.region and r.boundary = p.arn) as boundaries`
const FROM_POLICY = 'from iam_policy p where p.account = :account and p.region = :region'
export const findPolicy = statement('iam/find-policy', `select ${POLICY} ${FROM_POLICY} and p.name_key = :key`)
/**
 * Locks and tells nothing: what hangs on a policy is counted by a statement of its own, which begins after the wait for the
 * lock. A count in this one would be of before it.
 */
export const lockPolicy = statement(
  'iam/lock-policy',
  `select p.name_key ${FROM_POLICY} and p.name_key = :key for update`,
)
export const pagePolicies = statement(
  'iam/page-policies',
  `select ${POLICY} ${FROM_POLICY} and p.name_key > :after
   and substr(p.path, 1, length(cast(:prefix as text))) = cast(:prefix as text) order by p.name_key limit :limit`,
)
export const countPolicies = statement('iam/count-policies', `select count(*) as count from iam_policy where ${HERE}`)
export const putPolicy = statement(
  'iam/put-policy',
  `insert into iam_policy
   (account, region, name_key, name, path, id, arn, description, tags, default_version, last_version, created_at,
   updated_at, mac)
   values (${VALUES}, :key, :name, :path, :id, :arn, :description, :tags, :version, :version, :now, :now, :mac)`,
)
export const deletePolicy = statement('iam/delete-policy', `delete from iam_policy where ${HERE} and name_key = :key`)
export const findVersion = statement(
  'iam/find-version',
  `select version, document, created_at, mac from iam_policy_version where ${HERE} and policy = :policy and version = :version`,
)
export const countVersions = statement(
  'iam/count-versions',
  `select count(*) as count from iam_policy_version where ${HERE} and policy = :policy`,
)
export const putVersion = statement(
  'iam/put-version',
  `insert into iam_policy_version (account, region, policy, version, document, created_at, mac)
   values (${VALUES}, :policy, :version, :document, :now, :mac)`,
)
export const deleteVersions = statement(
  'iam/delete-versions',
  `delete from iam_policy_version where ${HERE} and policy = :policy`,
)

// Attachments
export const attach = statement(
  'iam/attach',
  `insert into iam_attachment (account, region, owner, policy_key, mac) values (${VALUES}, :owner, :key, :mac)
   on conflict (account, region, owner, policy_key) do update set mac = excluded.mac`,
)
export const detach = statement(
  'iam/detach',
  `delete from iam_attachment where ${HERE} and owner = :owner and policy_key = :key`,
)
export const countAttached = statement(
  'iam/count-attached',
  `select count(*) as count from iam_attachment where ${HERE} and owner = :owner`,
)
/** All that is attached, also AWS's own policies, which have no row: see `AWS_KEY`. */
export const attachedTo = statement(
  'iam/attached-to',
  `select t.policy_key, ${POLICY} from iam_attachment t
   left join iam_policy p on p.account = t.account and p.region = t.region and p.name_key = t.policy_key
   where t.account = :account and t.region = :region and t.owner = :owner order by t.policy_key`,
)

// What decides for a user
export const inlineOf = statement(
  'iam/inline-of',
  `select name, document, mac from iam_inline_policy where ${HERE} and owner = :owner order by name_key`,
)
const DEFAULT =
  'p.id, p.arn, p.tags, p.default_version, p.last_version, p.mac as policy_mac, v.document, v.mac as version_mac'
const VERSION = `left join iam_policy_version v on v.account = p.account and v.region = p.region and v.policy = p.id
     and v.version = p.default_version`
/** Also attachments whose policy or version is missing: that is a fault, and nothing to pass over. */
export const attachedOf = statement(
  'iam/attached-of',
  `select t.policy_key, t.mac as attachment_mac, ${DEFAULT} from iam_attachment t
   left join iam_policy p on p.account = t.account and p.region = t.region and p.name_key = t.policy_key
   ${VERSION} where t.account = :account and t.region = :region and t.owner = :owner order by t.policy_key`,
)
export const boundaryOf = statement(
  'iam/boundary-of',
  `select ${DEFAULT} from iam_policy p ${VERSION}
   where p.account = :account and p.region = :region and p.arn = :arn`,
)

// Identity providers
export interface ProviderRow {
  /** Without its scheme. */
  readonly url: string
  /** JSON: a list of texts, as `thumbprints`. */
  readonly client_ids: string
  readonly thumbprints: string
  readonly tags: string | null
  readonly created_at: number
  readonly mac: Uint8Array
}
export const findProvider = statement(
  'iam/find-provider',
  `select url, client_ids, thumbprints, tags, created_at, mac from iam_oidc_provider where ${HERE} and url = :url`,
)
