import { decide } from '#kernel/authorization/authorize'
import { isPublic } from '#kernel/authorization/exposure'
import type { Call } from '#kernel/call'
import type { Denial } from '#kernel/error'
import type { Target } from '#kernel/operation'
import { type PolicyPrincipals, UnknownPrincipal } from '../iam/port.ts'
import type { ResourcePolicy } from './model/policy.ts'
import { unsupportedPrincipal } from './model/refusals.ts'
import { policyOf } from './policies.ts'

const PUT = 'secretsmanager:PutResourcePolicy'

/** What keeps a policy from being attached to a secret; undefined where it passes. Source: secretsmanager.md 12. */
export interface Findings {
  /** It lets in people whom nobody chose: refused with BlockPublicPolicy. */
  readonly isPublic: boolean
  /** The caller could not put another policy in its place. */
  readonly lockOut: Denial | undefined
}

/**
 * A document with its principals bound to those who have these names now. Throws the refusal of one that names somebody who
 * is not there. `arn`: of the secret that is to have it.
 */
export async function boundPolicy(
  document: string,
  arn: string,
  principals: PolicyPrincipals,
): Promise<ResourcePolicy> {
  try {
    return policyOf(arn, document, await principals.bind(document))
  } catch (error) {
    throw error instanceof UnknownPrincipal ? unsupportedPrincipal() : error
  }
}

/** Looks at a policy as what would decide about `target` from now on. */
export function examine({ compiled: policy }: ResourcePolicy, target: Target, call: Call): Findings {
  const after = withPolicy(target, policy)
  const decision = decide(call, 'secretsmanager', PUT, after)
  const lockOut = decision.allowed
    ? undefined
    : { decision, call, service: 'secretsmanager', action: PUT, target: after }
  return { isPublic: isPublic(policy), lockOut }
}

function withPolicy(target: Target, policy: NonNullable<Target['policy']>): Target {
  const { resource, shown, owner, tags, context } = target
  return {
    resource,
    ...(shown !== undefined && { shown }),
    ...(owner !== undefined && { owner }),
    ...(tags !== undefined && { tags }),
    ...(context !== undefined && { context }),
    policy,
  }
}
