import { ByAction } from '#kernel/authorization/candidates'
import type { Compiled } from '#kernel/authorization/policy'
import type { Caller } from '#kernel/call'

/**
 * A policy as it would be if every condition turned out well for who asks: an Allow without its conditions, and no Deny that
 * has one. Whom even this does not let in is not let in by any request.
 */
export function relaxed(policy: Compiled): Compiled {
  const statements = policy.statements.flatMap((statement) => {
    if (statement.conditions.length === 0) return [statement]
    return statement.allows ? [{ ...statement, conditions: [] }] : []
  })
  return { ...policy, statements, byAction: new ByAction(statements) }
}

/** A caller whose policies are all relaxed. */
export function relaxedCaller(caller: Caller): Caller {
  const { boundary, sessionPolicies } = caller
  return {
    ...caller,
    policies: caller.policies.map(relaxed),
    ...(boundary === undefined ? {} : { boundary: relaxed(boundary) }),
    ...(sessionPolicies === undefined ? {} : { sessionPolicies: sessionPolicies.map(relaxed) }),
  }
}
