import { statement } from '#kernel/storage/storage'

export interface GroupRow {
  readonly name: string
  readonly path: string
  readonly id: string
  readonly created_at: number
  readonly mac: Uint8Array
}

/** A membership with its group; the group's columns are null when its row is missing. */
export interface MembershipRow {
  readonly of_group: string
  readonly member_mac: Uint8Array
  readonly name: string | null
  readonly path: string | null
  readonly id: string | null
  readonly created_at: number | null
  readonly mac: Uint8Array | null
}

const HERE = 'account = :account and region = :region'
const GROUP = 'name, path, id, created_at, mac'

export const findGroup = statement('iam/find-group', `select ${GROUP} from iam_group where ${HERE} and name_key = :key`)
export const lockGroup = statement(
  'iam/lock-group',
  `select ${GROUP} from iam_group where ${HERE} and name_key = :key for update`,
)
export const putGroup = statement(
  'iam/put-group',
  `insert into iam_group (account, region, name_key, name, path, id, created_at, mac)
   values (:account, :region, :key, :name, :path, :id, :now, :mac)`,
)
export const renameGroup = statement(
  'iam/rename-group',
  `update iam_group set name_key = :key, name = :name, path = :path, mac = :mac where ${HERE} and id = :id`,
)
export const deleteGroup = statement('iam/delete-group', `delete from iam_group where ${HERE} and id = :id`)
export const countGroups = statement('iam/count-groups', `select count(*) as count from iam_group where ${HERE}`)
export const pageGroups = statement(
  'iam/page-groups',
  `select ${GROUP} from iam_group where ${HERE} and name_key > :after
   and substr(path, 1, length(cast(:prefix as text))) = cast(:prefix as text) order by name_key limit :limit`,
)
export const join = statement(
  'iam/join-group',
  `insert into iam_member (account, region, member, of_group, mac) values (:account, :region, :member, :of_group, :mac)
   on conflict (account, region, member, of_group) do update set mac = excluded.mac`,
)
export const leave = statement(
  'iam/leave-group',
  `delete from iam_member where ${HERE} and member = :member and of_group = :of_group`,
)
/** Also memberships of groups whose row is missing: that is a fault, and nothing to pass over. */
export const groupsOf = statement(
  'iam/groups-of',
  `select m.of_group, m.mac as member_mac, g.name, g.path, g.id, g.created_at, g.mac from iam_member m
   left join iam_group g on g.account = m.account and g.region = m.region and g.id = m.of_group
   where m.account = :account and m.region = :region and m.member = :member order by m.of_group`,
)
/** A page of the groups that a user is in. */
export const pageGroupsOf = statement(
  'iam/page-groups-of',
  `select g.name, g.path, g.id, g.created_at, g.mac from iam_member m
   join iam_group g on g.account = m.account and g.region = m.region and g.id = m.of_group
   where m.account = :account and m.region = :region and m.member = :member and g.name_key > :after
   order by g.name_key limit :limit`,
)
export const countGroupsOf = statement(
  'iam/count-groups-of',
  `select count(*) as count from iam_member where ${HERE} and member = :member`,
)
export const membersOf = statement(
  'iam/members-of',
  `select member from iam_member where ${HERE} and of_group = :of_group order by member`,
)
export const countMembers = statement(
  'iam/count-members',
  `select count(*) as count from iam_member where ${HERE} and of_group = :of_group`,
)
