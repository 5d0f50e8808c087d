import type {
  AttachedPolicy,
  GroupDetail,
  InstanceProfile,
  ManagedPolicyDetail,
  PolicyDetail,
  RoleDetail,
  UserDetail,
} from '@aws-sdk/client-iam'
import { createdRole, listedPolicy, listedProfile, listedUser, shownGroup, shownRole, shownVersion } from './answers.ts'
import type { Group } from './groups.ts'
import type { Attached } from './holdings.ts'
import type { InlinePolicy } from './inline.ts'
import { encodeDocument } from './model/document.ts'
import { nameKey } from './model/identity.ts'
import type { Page } from './model/page.ts'
import { invalid } from './model/refusals.ts'
import { tagList } from './model/tags.ts'
import type { Env } from './operation.ts'
import type { ManagedPolicy, PolicyVersion } from './policies.ts'
import type { Role } from './roles.ts'
import type { User } from './users.ts'

/** Entities by their kinds, in the order in which one marker leads through them (the order is assumed). */
interface Entities {
  readonly User: User
  readonly Group: Group
  readonly Role: Role
  readonly LocalManagedPolicy: ManagedPolicy
  readonly AWSManagedPolicy: ManagedPolicy
}
const KINDS = ['User', 'Group', 'Role', 'LocalManagedPolicy', 'AWSManagedPolicy'] as const
type Kind = (typeof KINDS)[number]

export interface Found {
  readonly kind: Kind
  readonly entity: Entities[Kind]
}

/** What a marker holds: the place of the kind, and the name. */
export function detailKey({ kind, entity }: Found): string {
  return `${KINDS.indexOf(kind)}:${nameKey(entity.name)}`
}

/** Where a kind begins on the page that comes after a marker; undefined when it is all before. Throws ValidationError. */
function beginning(kind: Kind, after: string): string | undefined {
  const from = /^([0-4]):(.+)$/s.exec(after)
  if (from === null && after !== '') throw invalid('Invalid Marker.')
  const [, place = 0, name = ''] = from ?? []
  if (KINDS.indexOf(kind) < Number(place)) return undefined
  return KINDS.indexOf(kind) === Number(place) ? name : ''
}

/**
 * A page of the entities of those kinds (none: of all), and one more when there are more. Of AWS's policies only those that the
 * account uses. Throws ValidationError for a foreign marker.
 */
export async function detailPage(env: Env, kinds: readonly string[], { after, limit }: Page): Promise<Found[]> {
  const found: Found[] = []
  for (const kind of KINDS) {
    const from = beginning(kind, after)
    if (from === undefined || found.length > limit || (kinds.length > 0 && !kinds.includes(kind))) continue
    const entities = await pageOfKind(env, kind, { after: from, limit: limit - found.length })
    found.push(...entities.map((entity) => ({ kind, entity })))
  }
  return found
}

async function pageOfKind(
  { users, groups, roles, policies }: Env,
  kind: Kind,
  page: Page,
): Promise<readonly Entities[Kind][]> {
  switch (kind) {
    case 'User':
      return users.page(page, '/')
    case 'Group':
      return groups.page(page, '/')
    case 'Role':
      return roles.page(page, '/')
    case 'LocalManagedPolicy':
      return policies.page(page, '/')
    case 'AWSManagedPolicy': {
      const used = (await policies.ofAws()).filter(({ attachments, boundaries }) => attachments + boundaries > 0)
      return used.filter(({ name }) => nameKey(name) > page.after).slice(0, page.limit + 1)
    }
  }
}

/** The entities of one kind among those found, and the page that they are. */
function section<K extends Kind>(found: readonly Found[], kind: K, after: string) {
  const entities = found.flatMap((one) => (one.kind === kind ? [one.entity as Entities[K]] : []))
  return { entities, page: { after: beginning(kind, after) ?? '', limit: entities.length } }
}

/** The users of a page that begins after `after`, with all that they have. */
export async function userDetails({ holdings }: Env, found: readonly Found[], after: string): Promise<UserDetail[]> {
  const { entities, page } = section(found, 'User', after)
  if (entities.length === 0) return []
  const inline = await holdings.inline('user', page)
  const attached = await holdings.attached('user', page)
  const groups = await holdings.groups(page)
  return entities.map((user) => ({
    ...listedUser(user),
    UserPolicyList: shownInline(inline.get(user.id)),
    GroupList: [...(groups.get(user.id) ?? [])],
    AttachedManagedPolicies: shownAttached(attached.get(user.id)),
    ...boundaryOf(user.boundary),
    Tags: tagList(user.tags),
  }))
}

/** The same of groups. */
export async function groupDetails({ holdings }: Env, found: readonly Found[], after: string): Promise<GroupDetail[]> {
  const { entities, page } = section(found, 'Group', after)
  if (entities.length === 0) return []
  const inline = await holdings.inline('group', page)
  const attached = await holdings.attached('group', page)
  return entities.map((group) => ({
    ...shownGroup(group),
    GroupPolicyList: shownInline(inline.get(group.id)),
    AttachedManagedPolicies: shownAttached(attached.get(group.id)),
  }))
}

/** The same of roles. */
export async function roleDetails(env: Env, found: readonly Found[], after: string): Promise<RoleDetail[]> {
  const { entities, page } = section(found, 'Role', after)
  if (entities.length === 0) return []
  const { holdings, roles, principals, profiles, lastUsed } = env
  const inline = await holdings.inline('role', page)
  const attached = await holdings.attached('role', page)
  const details: RoleDetail[] = []
  for (const role of entities) {
    const { RoleLastUsed } = await shownRole(role, principals, lastUsed.of(role.id))
    const InstanceProfileList: InstanceProfile[] = []
    for (const profile of await profiles.pageOfRole(role.id, ALL)) {
      InstanceProfileList.push(await listedProfile(profile, roles, principals))
    }
    details.push({
      ...(await createdRole(role, principals)),
      InstanceProfileList,
      RolePolicyList: shownInline(inline.get(role.id)),
      AttachedManagedPolicies: shownAttached(attached.get(role.id)),
      Tags: tagList(role.tags),
      ...(RoleLastUsed !== undefined && { RoleLastUsed }),
    })
  }
  return details
}

/** The same of managed policies, the account's own before those of AWS. */
export async function policyDetails(
  { holdings, policies }: Env,
  found: readonly Found[],
  after: string,
): Promise<ManagedPolicyDetail[]> {
  const { entities, page } = section(found, 'LocalManagedPolicy', after)
  const versions = entities.length === 0 ? undefined : await holdings.versions(page)
  const details = entities.map((policy) => policyDetail(policy, versions?.get(policy.id) ?? []))
  for (const policy of section(found, 'AWSManagedPolicy', after).entities) {
    details.push(policyDetail(policy, await policies.versions(policy)))
  }
  return details
}

/** All instance profiles of a role. */
const ALL: Page = { after: '', limit: 1000 }

function policyDetail(policy: ManagedPolicy, versions: readonly PolicyVersion[]): ManagedPolicyDetail {
  return {
    ...listedPolicy(policy),
    ...(policy.description !== undefined && { Description: policy.description }),
    PolicyVersionList: versions.map((version) => ({
      Document: encodeDocument(version.document),
      ...shownVersion(version, policy),
    })),
  }
}

function shownInline(policies: readonly InlinePolicy[] = []): PolicyDetail[] {
  return policies.map(({ name, document }) => ({ PolicyName: name, PolicyDocument: encodeDocument(document) }))
}

function shownAttached(policies: readonly Attached[] = []): AttachedPolicy[] {
  return policies.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn }))
}

function boundaryOf(boundary: string | undefined): Pick<UserDetail, 'PermissionsBoundary'> {
  if (boundary === undefined) return {}
  return {
    PermissionsBoundary: {
      PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
      PermissionsBoundaryArn: boundary,
    },
  }
}
