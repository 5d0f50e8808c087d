import { statement } from '#kernel/storage/storage'

/** What belongs to the entities of a page, each kind in one statement however many they are. `mac`s as in `rows.ts`. */

export interface HeldInline {
  readonly owner: string
  readonly name: string
  readonly document: string
  readonly mac: Uint8Array
}

/** An attachment; what is of the policy is null when it is one of AWS, or missing. */
export interface HeldPolicy {
  readonly owner: string
  readonly policy_key: string
  readonly attachment_mac: Uint8Array
  readonly id: string | null
  readonly name: string | null
  readonly arn: string | null
  readonly tags: string | null
  readonly default_version: number | null
  readonly last_version: number | null
  readonly mac: Uint8Array | null
}

export interface HeldGroup {
  readonly member: string
  readonly of_group: string
  readonly member_mac: Uint8Array
  readonly id: string | null
  readonly name: string | null
  readonly path: string | null
  readonly mac: Uint8Array | null
}

export interface HeldVersion {
  readonly policy: string
  readonly version: number
  readonly document: string
  readonly created_at: number
  readonly mac: Uint8Array
}

const HERE = 'account = :account and region = :region'

/** The ids of a page of entities: so many after a name. */
const idsOf = (table: string) =>
  `(select id from ${table} where ${HERE} and name_key > :after order by name_key limit :limit)`

const inlineOf = (kind: string) =>
  statement(
    `iam/inline-of-${kind}s`,
    `select owner, name, document, mac from iam_inline_policy where ${HERE} and owner in ${idsOf(`iam_${kind}`)}
     order by owner, name_key`,
  )

const attachedTo = (kind: string) =>
  statement(
    `iam/attached-to-${kind}s`,
    `select t.owner, t.policy_key, t.mac as attachment_mac, p.id, p.name, p.arn, p.tags, p.default_version, p.last_version,
     p.mac from iam_attachment t
     left join iam_policy p on p.account = t.account and p.region = t.region and p.name_key = t.policy_key
     where t.account = :account and t.region = :region and t.owner in ${idsOf(`iam_${kind}`)} order by t.owner`,
  )

export const inline = { user: inlineOf('user'), group: inlineOf('group'), role: inlineOf('role') }
export const attached = { user: attachedTo('user'), group: attachedTo('group'), role: attachedTo('role') }

export const groupsOfUsers = statement(
  'iam/groups-of-users',
  `select m.member, m.of_group, m.mac as member_mac, g.id, g.name, g.path, g.mac from iam_member m
   left join iam_group g on g.account = m.account and g.region = m.region and g.id = m.of_group
   where m.account = :account and m.region = :region and m.member in ${idsOf('iam_user')} order by m.member, g.name_key`,
)

export const versionsOfPolicies = statement(
  'iam/versions-of-policies',
  `select policy, version, document, created_at, mac from iam_policy_version
   where ${HERE} and policy in ${idsOf('iam_policy')} order by policy, version desc`,
)
