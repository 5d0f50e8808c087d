import type { ContextValue } from '#kernel/authorization/policy'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { rootArn, userArn } from './model/identity.ts'
import { userNameMissing } from './model/refusals.ts'
import type { ManagedPolicy } from './policies.ts'
import type { User } from './users.ts'

type Keys = Readonly<Record<string, ContextValue | undefined>>

/** IAM is one for all regions, and says so to policies. Source: access.md 5.7. */
const WHERE: Keys = { 'aws:RequestedRegion': 'us-east-1' }

/** Operations without a resource; `shown` as in IAM's refusals. */
export function everything(call: Call, kind: 'user' | 'policy'): Target {
  const shown = kind === 'user' ? userArn(call.account, '/', '') : 'policy path /'
  return { resource: '*', shown, context: WHERE }
}

/** An entity that is made now; refusals show its ARN. */
export function newcomer(arn: string, tags: ReadonlyMap<string, string>, context?: Keys): Target {
  return { resource: arn, shown: arn, context: { ...WHERE, ...context }, ...(tags.size > 0 && { requestTags: tags }) }
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

/** A managed policy; refusals say `policy ARN`. */
export function policyTarget(arn: string, policy: ManagedPolicy | undefined): Target {
  return {
    resource: arn,
    shown: `policy ${arn}`,
    context: WHERE,
    ...(policy !== undefined && { tags: policy.tags }),
  }
}

/** Whom an operation means that may leave the user out: the caller itself, which may be the root user. */
export type Meant = { readonly root: true } | { readonly root: false; readonly name: string }

export function meant(name: string | undefined, call: Call): Meant {
  if (name !== undefined) return { root: false, name }
  if (call.caller.kind === 'root') return { root: true }
  if (call.caller.kind === 'user' && call.caller.userName !== undefined) {
    return { root: false, name: call.caller.userName }
  }
  throw userNameMissing()
}

/** The target of such an operation. */
export async function meantTarget(
  name: string | undefined,
  call: Call,
  users: { find(name: string): Promise<User | undefined> },
): Promise<Target> {
  const who = meant(name, call)
  if (who.root) return { resource: rootArn(call.account), shown: 'account root', context: WHERE }
  return userTarget(call, who.name, await users.find(who.name))
}
