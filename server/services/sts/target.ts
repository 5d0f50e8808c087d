import type { ContextValue } from '#kernel/authorization/policy'
import type { Target } from '#kernel/operation'
import type { AssumableRole } from '../iam/port.ts'

/** What somebody who assumes a role asks for, as conditions of the trust policy see it. */
export interface Asked {
  readonly roleArn: string
  /** Account in that ARN. */
  readonly account: string
  readonly sessionName: string
  readonly externalId?: string | undefined
  readonly sourceIdentity?: string | undefined
  /** Tags of the new session, inherited ones too. */
  readonly tags: ReadonlyMap<string, string>
  readonly transitive: ReadonlySet<string>
}

/**
 * The targets of assuming a role, there or not: the role itself, and what else its trust policy must allow for this session.
 * Source: access.md 4.1.
 */
export function assumeTargets(asked: Asked, role: AssumableRole | undefined): Target[] {
  const { roleArn, account, tags, transitive, sourceIdentity } = asked
  const target: Target = {
    resource: roleArn,
    shown: roleArn,
    owner: account,
    rule: 'trust',
    policy: role?.trust,
    context: contextOf(asked, role),
    ...(role !== undefined && { tags: role.tags }),
    ...((tags.size > 0 || transitive.size > 0) && { requestTags: tags }),
  }
  const targets = [target]
  if (tags.size > 0) targets.push({ ...target, action: 'sts:TagSession' })
  if (sourceIdentity !== undefined) targets.push({ ...target, action: 'sts:SetSourceIdentity' })
  return targets
}

function contextOf(asked: Asked, role: AssumableRole | undefined): Record<string, ContextValue | undefined> {
  const { sessionName, externalId, sourceIdentity, transitive } = asked
  return {
    'sts:RoleSessionName': sessionName,
    'sts:ExternalId': externalId,
    'sts:SourceIdentity': sourceIdentity,
    'sts:TransitiveTagKeys': transitive.size === 0 ? undefined : [...transitive],
    ...Object.fromEntries(Array.from(role?.tags ?? [], ([key, value]) => [`iam:ResourceTag/${key}`, value])),
  }
}
