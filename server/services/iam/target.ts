import type { ContextValue } from '#kernel/authorization/policy'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { arn } from '#kernel/values/arn'
import type { Group } from './groups.ts'
import type { InstanceProfile } from './instance-profiles.ts'
import { entityIn } from './model/entity-arn.ts'
import { groupArn, instanceProfileArn, policyNameIn, roleArn, rootArn, userArn } from './model/identity.ts'
import { userNameMissing } from './model/refusals.ts'
import type { ManagedPolicy } from './policies.ts'
import type { Provider } from './providers.ts'
import type { Role } from './roles.ts'
import type { User, Users } from './users.ts'

type Keys = Readonly<Record<string, ContextValue | undefined>>

/** IAM is one for all regions, and says so to policies. Source: access.md 5.7. */
const WHERE: Keys = { 'aws:RequestedRegion': 'us-east-1' }

/** Operations without a resource; `shown` as in IAM's refusals. */
export function everything(
  call: Call,
  kind: 'user' | 'policy' | 'group' | 'role' | 'instance-profile' | 'mfa',
): Target {
  const shown = kind === 'policy' ? 'policy path /' : arn('iam', '', call.account, `${kind}/`)
  return { resource: '*', shown, context: WHERE }
}

/** Operations about what the caller brings along: simulation of its own documents. */
export function nothing(): Target {
  return { resource: '*', shown: '*', context: WHERE }
}

/** A user, group or role whose policies are simulated; one of another account is denied. */
export function sourceTarget(
  arn: string,
  { account }: Call,
  source: { readonly tags: ReadonlyMap<string, string> } | undefined,
): Target {
  const named = entityIn(arn)
  return {
    resource: arn,
    shown: arn,
    context: WHERE,
    ...(named !== undefined && named.account !== account && { owner: named.account }),
    ...(source !== undefined && { tags: source.tags }),
  }
}

/** An entity that is made now; refusals show its ARN. With tags, tagging must be allowed too: see `tagged`. */
export function newcomer(arn: string, tags: ReadonlyMap<string, string>, context?: Keys): Target {
  return { resource: arn, shown: arn, context: { ...WHERE, ...context }, ...(tags.size > 0 && { requestTags: tags }) }
}

/** The targets of making an entity: with tags its own permission is not enough. Source: API_CreateUser, API_CreatePolicy. */
export function tagged(target: Target, action: `iam:Tag${string}`): Target | readonly Target[] {
  return target.requestTags === undefined ? target : [target, { ...target, action }]
}

/** A user that is there or not; refusals say `user NAME`. Observed in refusals that clients of IAM report. */
export function userTarget(call: Call, name: string, user: User | undefined, context?: Keys): Target {
  return {
    resource: user?.arn ?? userArn(call.account, '/', name),
    shown: `user ${name}`,
    context: { ...WHERE, ...context },
    ...(user !== undefined && { tags: user.tags }),
  }
}

/** The same for a change of what the user may do: who delegates can demand a boundary. Source: access.md 5.7. */
export function permissionsTarget(call: Call, name: string, user: User | undefined, context?: Keys): Target {
  return userTarget(call, name, user, { ...context, 'iam:PermissionsBoundary': user?.boundary })
}

/** A group that is there or not. */
export function groupTarget(call: Call, name: string, group: Group | undefined, context?: Keys): Target {
  return {
    resource: group?.arn ?? groupArn(call.account, '/', name),
    shown: `group ${name}`,
    context: { ...WHERE, ...context },
  }
}

/** An instance profile that is there or not. */
export function profileTarget(call: Call, name: string, profile: InstanceProfile | undefined): Target {
  return {
    resource: profile?.arn ?? instanceProfileArn(call.account, '/', name),
    shown: `instance profile ${name}`,
    context: WHERE,
    ...(profile !== undefined && { tags: profile.tags }),
  }
}

/** A managed policy; refusals say `policy ARN`. */
export function policyTarget(arn: string, policy: ManagedPolicy | undefined): Target {
  return {
    resource: arn,
    shown: `policy ${arn}`,
    context: WHERE,
    ...(policy !== undefined && { tags: policy.tags }),
  }
}

/**
 * The same for a change of the policy. One of AWS's belongs to AWS, which lets nobody: denied, for root too. Assumed: AWS
 * answers AccessDenied, the text's end is ours.
 */
export function changedPolicyTarget(
  arn: string,
  policy: ManagedPolicy | undefined,
  more?: Pick<Target, 'requestTags' | 'tagKeys'>,
): Target {
  const ofAws = policyNameIn(arn)?.account === 'aws'
  return { ...policyTarget(arn, policy), ...(ofAws && { owner: 'aws' }), ...more }
}

/** Whom an operation means that may leave the user out. */
export type Meant =
  | { readonly root: true }
  | { readonly root: false; readonly name: string; readonly user: User | undefined }

/**
 * The user of that name; without one the caller itself, which may be the root user. The caller is known by its id: the name
 * that it had when its access key was read may be another user's by now.
 */
export async function meant(
  name: string | undefined,
  { caller }: Call,
  users: Pick<Users, 'find' | 'findById'>,
): Promise<Meant> {
  if (name !== undefined) return { root: false, name, user: await users.find(name) }
  if (caller.kind === 'root') return { root: true }
  if (caller.kind !== 'user' || caller.userName === undefined) throw userNameMissing()
  const user = await users.findById(caller.userId)
  return { root: false, name: user?.name ?? caller.userName, user }
}

/** The target of such an operation. */
export async function meantTarget(
  name: string | undefined,
  call: Call,
  users: Pick<Users, 'find' | 'findById'>,
): Promise<Target> {
  const who = await meant(name, call, users)
  if (who.root) return { resource: rootArn(call.account), shown: 'account root', context: WHERE }
  return userTarget(call, who.name, who.user)
}

/** A role that is there or not; refusals say `role NAME`. */
export function roleTarget(call: Call, name: string, role: Role | undefined, context?: Keys): Target {
  return {
    resource: role?.arn ?? roleArn(call.account, '/', name),
    shown: `role ${name}`,
    context: { ...WHERE, ...context },
    ...(role !== undefined && { tags: role.tags }),
  }
}

/** The same for a change of what the role may do; see `permissionsTarget`. */
export function rolePermissionsTarget(call: Call, name: string, role: Role | undefined, context?: Keys): Target {
  return roleTarget(call, name, role, { ...context, 'iam:PermissionsBoundary': role?.boundary })
}

/** Operations on the account itself; refusals say `*`. Observed in refusals that clients of IAM report. */
export function accountTarget(): Target {
  return { resource: '*', shown: '*', context: WHERE }
}

/** An OIDC provider that is there or not, by its ARN as it was sent. */
export function providerTarget(arn: string, provider: Provider | undefined): Target {
  return { resource: arn, shown: arn, context: WHERE, ...(provider !== undefined && { tags: provider.tags }) }
}

/** All OIDC providers of the account. Observed in refusals that clients of IAM report. */
export function everyProvider({ account }: Call): Target {
  return { resource: '*', shown: arn('iam', '', account, 'oidc-provider/*'), context: WHERE }
}
