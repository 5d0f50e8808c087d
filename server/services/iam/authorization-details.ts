import type { GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail, UserDetail } from '@aws-sdk/client-iam'
import { createdRole, listedPolicy, listedProfile, listedUser, shownGroup, shownRole, shownVersion } from './answers.ts'
import type { Group } from './groups.ts'
import { encodeDocument } from './model/document.ts'
import { nameKey } from './model/identity.ts'
import type { Page } from './model/page.ts'
import { invalid } from './model/refusals.ts'
import { tagList } from './model/tags.ts'
import type { Env } from './operation.ts'
import type { ManagedPolicy } from './policies.ts'
import type { Role } from './roles.ts'
import type { User } from './users.ts'

/** The kinds of entities in the order in which one marker leads through them (the order is assumed). */
const KINDS = ['User', 'Group', 'Role', 'LocalManagedPolicy', 'AWSManagedPolicy'] as const
type Kind = (typeof KINDS)[number]

export type Detailed =
  | { readonly kind: 'User'; readonly entity: User }
  | { readonly kind: 'Group'; readonly entity: Group }
  | { readonly kind: 'Role'; readonly entity: Role }
  | { readonly kind: 'LocalManagedPolicy' | 'AWSManagedPolicy'; readonly entity: ManagedPolicy }

/** What a marker holds: the place of the kind, and the name. */
export function detailKey({ kind, entity }: Detailed): string {
  return `${KINDS.indexOf(kind)}:${nameKey(entity.name)}`
}

/**
 * A page of the entities of those kinds (none: of all), and one more when there are more. Of AWS's policies only those that the
 * account uses. Throws ValidationError for a foreign marker.
 */
export async function detailPage(env: Env, kinds: readonly string[], { after, limit }: Page): Promise<Detailed[]> {
  const from = /^([0-4]):(.+)$/s.exec(after)
  if (from === null && after !== '') throw invalid('Invalid Marker.')
  const found: Detailed[] = []
  for (const [place, kind] of KINDS.entries()) {
    if (place < Number(from?.[1] ?? 0) || found.length > limit) continue
    if (kinds.length > 0 && !kinds.includes(kind)) continue
    const rest = { after: place === Number(from?.[1]) ? (from?.[2] ?? '') : '', limit: limit - found.length }
    found.push(...(await pageOfKind(env, kind, rest)))
  }
  return found
}

async function pageOfKind({ users, groups, roles, policies }: Env, kind: Kind, page: Page): Promise<Detailed[]> {
  switch (kind) {
    case 'User':
      return (await users.page(page, '/')).map((entity) => ({ kind, entity }))
    case 'Group':
      return (await groups.page(page, '/')).map((entity) => ({ kind, entity }))
    case 'Role':
      return (await roles.page(page, '/')).map((entity) => ({ kind, entity }))
    case 'LocalManagedPolicy':
      return (await policies.page(page, '/')).map((entity) => ({ kind, entity }))
    case 'AWSManagedPolicy': {
      const used = (await policies.ofAws()).filter(({ attachments, boundaries }) => attachments + boundaries > 0)
      const rest = used.filter(({ name }) => nameKey(name) > page.after)
      return rest.slice(0, page.limit + 1).map((entity) => ({ kind, entity }))
    }
  }
}

/** All that an entity has: there are few of each. */
const ALL: Page = { after: '', limit: 1000 }

export async function userDetail(env: Env, user: User): Promise<UserDetail> {
  return {
    ...listedUser(user),
    UserPolicyList: await inlineOf(env, user.id),
    GroupList: (await env.groups.of(user.id)).map(({ name }) => name),
    AttachedManagedPolicies: await attachedTo(env, user.id),
    ...boundaryOf(user.boundary),
    Tags: tagList(user.tags),
  }
}

export async function groupDetail(env: Env, group: Group): Promise<GroupDetail> {
  return {
    ...shownGroup(group),
    GroupPolicyList: await inlineOf(env, group.id),
    AttachedManagedPolicies: await attachedTo(env, group.id),
  }
}

export async function roleDetail(env: Env, role: Role): Promise<RoleDetail> {
  const { roles, principals, profiles, lastUsed } = env
  const { RoleLastUsed } = await shownRole(role, principals, lastUsed.of(role.id))
  const held = await profiles.pageOfRole(role.id, ALL)
  return {
    ...(await createdRole(role, principals)),
    InstanceProfileList: await Promise.all(held.map((profile) => listedProfile(profile, roles, principals))),
    RolePolicyList: await inlineOf(env, role.id),
    AttachedManagedPolicies: await attachedTo(env, role.id),
    Tags: tagList(role.tags),
    ...(RoleLastUsed !== undefined && { RoleLastUsed }),
  }
}

export async function policyDetail({ policies }: Env, policy: ManagedPolicy): Promise<ManagedPolicyDetail> {
  const versions = await policies.versions(policy)
  return {
    ...listedPolicy(policy),
    ...(policy.description !== undefined && { Description: policy.description }),
    PolicyVersionList: versions.map((version) => ({
      Document: encodeDocument(version.document),
      ...shownVersion(version, policy),
    })),
  }
}

async function inlineOf({ inline }: Env, owner: string): Promise<PolicyDetail[]> {
  const policies = await inline.page(owner, ALL)
  return policies.map(({ name, document }) => ({ PolicyName: name, PolicyDocument: encodeDocument(document) }))
}

async function attachedTo({ policies }: Env, owner: string) {
  const attached = await policies.attachedPage(owner, ALL, '/')
  return attached.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn }))
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
