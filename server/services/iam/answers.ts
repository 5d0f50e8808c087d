import type { Policy, User as UserAnswer } from '@aws-sdk/client-iam'
import type { Call } from '#kernel/call'
import { encodeDocument } from './model/document.ts'
import { rootArn } from './model/identity.ts'
import { noSuchUser } from './model/refusals.ts'
import { tagList } from './model/tags.ts'
import type { ManagedPolicy, PolicyVersion } from './policies.ts'
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

export function shownVersion({ version, document, createdAt }: PolicyVersion, isDefault: boolean) {
  return {
    Document: encodeDocument(document),
    VersionId: versionId(version),
    IsDefaultVersion: isDefault,
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
