import type {
  Group as GroupAnswer,
  InstanceProfile as InstanceProfileAnswer,
  Policy,
  Role as RoleAnswer,
  User as UserAnswer,
} from '@aws-sdk/client-iam'
import type { Call } from '#kernel/call'
import type { Answer } from '#kernel/wire'
import type { Group, Groups } from './groups.ts'
import type { InstanceProfile, InstanceProfiles } from './instance-profiles.ts'
import { encodeDocument } from './model/document.ts'
import { rootArn } from './model/identity.ts'
import { noSuchGroup, noSuchProfile, noSuchRole, noSuchUser, unmodifiable } from './model/refusals.ts'
import { tagList } from './model/tags.ts'
import type { ManagedPolicy, PolicyVersion } from './policies.ts'
import type { PolicyPrincipals } from './port.ts'
import type { Role, Roles } from './roles.ts'
import { meant } from './target.ts'
import type { User, Users } from './users.ts'

/** A user as lists show it: without tags and boundary. Source: access.md 3.4. */
export function listedUser({ path, name, id, arn, createdAt }: User): UserAnswer {
  return { Path: path, UserName: name, UserId: id, Arn: arn, CreateDate: new Date(createdAt) }
}

/** A user as CreateUser and GetUser show it: tags and boundary if there are any. */
export function shownUser(user: User): UserAnswer {
  return {
    ...listedUser(user),
    ...(user.boundary !== undefined && {
      PermissionsBoundary: {
        PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
        PermissionsBoundaryArn: user.boundary,
      },
    }),
    ...(user.tags.size > 0 && { Tags: tagList(user.tags) }),
  }
}

/** A policy as lists show it: without description and tags. Source: access.md 3.4. */
export function listedPolicy(policy: ManagedPolicy): Policy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: versionId(policy.defaultVersion),
    AttachmentCount: policy.attachments,
    PermissionsBoundaryUsageCount: policy.boundaries,
    IsAttachable: true,
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.updatedAt),
  }
}

export function versionId(version: number): string {
  return `v${version}`
}

/** A version of a policy, without its document. */
export function shownVersion(
  { version, createdAt }: Pick<PolicyVersion, 'version' | 'createdAt'>,
  { defaultVersion }: ManagedPolicy,
) {
  return {
    VersionId: versionId(version),
    IsDefaultVersion: version === defaultVersion,
    CreateDate: new Date(createdAt),
  }
}

/** The user of that name. Throws NoSuchEntity. */
export async function existing(users: Users, name: string): Promise<User> {
  const user = await users.find(name)
  if (user === undefined) throw noSuchUser(name)
  return user
}

/** Whose keys an operation means: the owner's id and name; the root user has no name. */
export async function ownerOf(
  name: string | undefined,
  call: Call,
  users: Users,
): Promise<{ readonly id: string; readonly name: string | undefined }> {
  const who = await meant(name, call, users)
  if (who.root) return { id: call.account, name: undefined }
  if (who.user === undefined) throw noSuchUser(who.name)
  return { id: who.user.id, name: who.name }
}

/** The root user as GetUser shows it: it has no name. Source: access.md 3.4. */
export function rootUser(account: string, createdAt: number): UserAnswer {
  return { Path: '/', UserName: undefined, UserId: account, Arn: rootArn(account), CreateDate: new Date(createdAt) }
}

/** A role as CreateRole shows it: without description, longest session and last use. Source: access.md 3.4 (recorded). */
export async function createdRole(role: Role, principals: PolicyPrincipals): Promise<RoleAnswer> {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: new Date(role.createdAt),
    AssumeRolePolicyDocument: encodeDocument(await principals.show(role.trust, role.trustPrincipals)),
    ...(role.boundary !== undefined && {
      PermissionsBoundary: {
        PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
        PermissionsBoundaryArn: role.boundary,
      },
    }),
    ...(role.tags.size > 0 && { Tags: tagList(role.tags) }),
  }
}

/** A role as lists show it: without tags, boundary and last use. Source: access.md 3.4. */
export async function listedRole(role: Role, principals: PolicyPrincipals): Promise<RoleAnswer> {
  const shown = await createdRole({ ...role, tags: new Map(), boundary: undefined }, principals)
  return { ...shown, ...more(role) }
}

/** A role as GetRole shows it. `used`: its last use if that is not written yet. Source: access.md 3.4. */
export async function shownRole(
  role: Role,
  principals: PolicyPrincipals,
  used: { readonly at: number; readonly region: string } | undefined,
): Promise<RoleAnswer> {
  const { at, region } = used ?? { at: role.usedAt, region: role.usedRegion }
  return {
    ...(await createdRole(role, principals)),
    ...more(role),
    RoleLastUsed: at === 0 ? {} : { LastUsedDate: new Date(at), ...(region !== undefined && { Region: region }) },
  }
}

function more({ description, maxSession }: Role): Pick<RoleAnswer, 'Description' | 'MaxSessionDuration'> {
  return { ...(description !== undefined && { Description: description }), MaxSessionDuration: maxSession }
}

/** The role of that name. Throws NoSuchEntity. */
export async function existingRole(roles: Roles, name: string): Promise<Role> {
  const role = await roles.find(name)
  if (role === undefined) throw noSuchRole(name)
  return role
}

/** The same for a change: UnmodifiableEntity for a service-linked role. */
export async function modifiableRole(roles: Roles, name: string): Promise<Role> {
  const role = await existingRole(roles, name)
  if (role.linkedService !== undefined) throw unmodifiable(name)
  return role
}

export function shownGroup({ path, name, id, arn, createdAt }: Group): Required<GroupAnswer> {
  return { Path: path, GroupName: name, GroupId: id, Arn: arn, CreateDate: new Date(createdAt) }
}

/** The group of that name. Throws NoSuchEntity. */
export async function existingGroup(groups: Groups, name: string): Promise<Group> {
  const group = await groups.find(name)
  if (group === undefined) throw noSuchGroup(name)
  return group
}

/** An instance profile as lists show it: with its role, without tags. Source: API_ListInstanceProfiles. */
export async function listedProfile(
  profile: InstanceProfile,
  roles: Roles,
  principals: PolicyPrincipals,
): Promise<
  Answer<InstanceProfileAnswer, 'InstanceProfileName' | 'InstanceProfileId' | 'Arn' | 'Path' | 'CreateDate' | 'Roles'>
> {
  const role = profile.role === undefined ? undefined : await roles.findById(profile.role)
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: new Date(profile.createdAt),
    Roles: role === undefined ? [] : [await createdRole({ ...role, tags: new Map(), boundary: undefined }, principals)],
  }
}

/** The same as CreateInstanceProfile and GetInstanceProfile show it: with tags if there are any. */
export async function shownProfile(profile: InstanceProfile, roles: Roles, principals: PolicyPrincipals) {
  const listed = await listedProfile(profile, roles, principals)
  return { ...listed, ...(profile.tags.size > 0 && { Tags: tagList(profile.tags) }) }
}

/** The instance profile of that name. Throws NoSuchEntity. */
export async function existingProfile(profiles: InstanceProfiles, name: string): Promise<InstanceProfile> {
  const profile = await profiles.find(name)
  if (profile === undefined) throw noSuchProfile(name)
  return profile
}
