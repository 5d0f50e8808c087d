import { statement } from '#kernel/storage/storage'

export interface InstanceProfileRow {
  readonly name: string
  readonly path: string
  readonly id: string
  /** Unique id of the role in it. */
  readonly role: string | null
  /** JSON: `[["key","value"],…]`. */
  readonly tags: string | null
  readonly created_at: number
  readonly mac: Uint8Array
}

const HERE = 'account = :account and region = :region'
const PROFILE = 'name, path, id, role, tags, created_at, mac'

export const findProfile = statement(
  'iam/find-instance-profile',
  `select ${PROFILE} from iam_instance_profile where ${HERE} and name_key = :key`,
)
export const lockProfile = statement(
  'iam/lock-instance-profile',
  `select ${PROFILE} from iam_instance_profile where ${HERE} and name_key = :key for update`,
)
export const putProfile = statement(
  'iam/put-instance-profile',
  `insert into iam_instance_profile (account, region, name_key, name, path, id, role, tags, created_at, mac)
   values (:account, :region, :key, :name, :path, :id, :role, :tags, :now, :mac)`,
)
export const changeProfile = statement(
  'iam/change-instance-profile',
  `update iam_instance_profile set role = :role, tags = :tags, mac = :mac where ${HERE} and name_key = :key`,
)
export const deleteProfile = statement(
  'iam/delete-instance-profile',
  `delete from iam_instance_profile where ${HERE} and name_key = :key`,
)
export const countProfiles = statement(
  'iam/count-instance-profiles',
  `select count(*) as count from iam_instance_profile where ${HERE}`,
)
export const pageProfiles = statement(
  'iam/page-instance-profiles',
  `select ${PROFILE} from iam_instance_profile where ${HERE} and name_key > :after
   and substr(path, 1, length(cast(:prefix as text))) = cast(:prefix as text) order by name_key limit :limit`,
)
export const pageProfilesOfRole = statement(
  'iam/page-instance-profiles-of-role',
  `select ${PROFILE} from iam_instance_profile where ${HERE} and role = :role and name_key > :after
   order by name_key limit :limit`,
)
