import { statement } from '#kernel/storage/storage'

const HERE = 'account = :account and region = :region'

/** Changes what can change of a policy: default and last version, tags. */
export const changePolicy = statement(
  'iam/change-policy',
  `update iam_policy set default_version = :version, last_version = :last, tags = :tags, updated_at = :now, mac = :mac
   where ${HERE} and id = :id`,
)
export const versionsOf = statement(
  'iam/versions-of',
  `select version, document, created_at, mac from iam_policy_version where ${HERE} and policy = :policy
   order by version desc`,
)
/** Of all policies of the account. */
export const countAllVersions = statement(
  'iam/count-all-versions',
  `select count(*) as count from iam_policy_version where ${HERE}`,
)
export const deleteVersion = statement(
  'iam/delete-version',
  `delete from iam_policy_version where ${HERE} and policy = :policy and version = :version`,
)

/** How often the account uses a policy of AWS. */
export interface UseRow {
  /** Key of an attachment, or ARN of a boundary. */
  readonly policy: string
  readonly count: number
}
// `;` comes after `:`, so that these are all that begin with `aws:` and `arn:aws:iam::aws:`.
export const awsAttachments = statement(
  'iam/aws-attachments',
  `select policy_key as policy, count(*) as count from iam_attachment
   where ${HERE} and policy_key >= 'aws:' and policy_key < 'aws;' group by policy_key`,
)
export const awsBoundaries = statement(
  'iam/aws-boundaries',
  `select boundary as policy, count(*) as count from (
     select boundary from iam_user
     where ${HERE} and boundary >= 'arn:aws:iam::aws:' and boundary < 'arn:aws:iam::aws;'
     union all select boundary from iam_role
     where ${HERE} and boundary >= 'arn:aws:iam::aws:' and boundary < 'arn:aws:iam::aws;'
   ) b group by boundary`,
)

const PAGE = `and name_key > :after and substr(path, 1, length(cast(:prefix as text))) = cast(:prefix as text)`
const ATTACHED = `:attached = 1 and id in
    (select owner from iam_attachment where ${HERE} and policy_key = :key)`
/** Users, groups and roles that use the policy: `attached` and `bounded` say which use is meant, each 1 or 0. */
export const usersOf = statement(
  'iam/policy-users',
  `select name, path, id, boundary, tags, created_at, mac from iam_user where ${HERE} ${PAGE}
   and ((${ATTACHED}) or (:bounded = 1 and boundary = :arn)) order by name_key limit :limit`,
)
export const groupsOf = statement(
  'iam/policy-groups',
  `select name, path, id, created_at, mac from iam_group where ${HERE} ${PAGE} and ${ATTACHED}
   order by name_key limit :limit`,
)
export const rolesOf = statement(
  'iam/policy-roles',
  `select name, path, id, trust, trust_principals, max_session, boundary, tags, linked_service, mac from iam_role
   where ${HERE} ${PAGE} and ((${ATTACHED}) or (:bounded = 1 and boundary = :arn)) order by name_key limit :limit`,
)
