import { statement } from '#kernel/storage/storage'

/** A role as it is stored; times in milliseconds, 0 for never. */
export interface RoleRow {
  readonly name: string
  readonly path: string
  readonly id: string
  readonly description: string | null
  readonly trust: string
  /** JSON: `[["arn:aws:iam::…:user/alice","AIDA…"],…]`, see `PolicyPrincipals`. */
  readonly trust_principals: string
  readonly max_session: number
  readonly boundary: string | null
  /** JSON: `[["key","value"],…]`. */
  readonly tags: string | null
  /** `elasticache.amazonaws.com` for a service-linked role. */
  readonly linked_service: string | null
  readonly created_at: number
  readonly used_at: number
  readonly used_region: string | null
  readonly mac: Uint8Array
}

const HERE = 'account = :account and region = :region'
const ROLE = `name, path, id, description, trust, trust_principals, max_session, boundary, tags, linked_service,
  created_at, used_at, used_region, mac`

export const findRole = statement('iam/find-role', `select ${ROLE} from iam_role where ${HERE} and name_key = :key`)
export const lockRole = statement(
  'iam/lock-role',
  `select ${ROLE} from iam_role where ${HERE} and name_key = :key for update`,
)
export const findRoleById = statement('iam/find-role-id', `select ${ROLE} from iam_role where ${HERE} and id = :id`)
export const putRole = statement(
  'iam/put-role',
  `insert into iam_role (account, region, name_key, name, path, id, description, trust, trust_principals, max_session,
   boundary, tags, linked_service, created_at, used_at, mac)
   values (:account, :region, :key, :name, :path, :id, :description, :trust, :trust_principals, :max_session,
   :boundary, :tags, :linked_service, :now, 0, :mac)`,
)
export const changeRole = statement(
  'iam/change-role',
  `update iam_role set description = :description, trust = :trust, trust_principals = :trust_principals,
   max_session = :max_session, boundary = :boundary, tags = :tags, mac = :mac where ${HERE} and id = :id`,
)
export const useRole = statement(
  'iam/use-role',
  `update iam_role set used_at = :at, used_region = :used_region where ${HERE} and id = :id and used_at < :at`,
)
export const deleteRole = statement('iam/delete-role', `delete from iam_role where ${HERE} and id = :id`)
export const countRoles = statement('iam/count-roles', `select count(*) as count from iam_role where ${HERE}`)
export const pageRoles = statement(
  'iam/page-roles',
  `select ${ROLE} from iam_role where ${HERE} and name_key > :after
   and substr(path, 1, length(cast(:prefix as text))) = cast(:prefix as text) order by name_key limit :limit`,
)
export const profileOf = statement(
  'iam/profile-of',
  `select name from iam_instance_profile where ${HERE} and role = :id limit 1`,
)
