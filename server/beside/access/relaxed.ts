import { ByAction } from '#kernel/authorization/candidates'
import type { Question } from '#kernel/authorization/evaluate'
import type { Compiled, Context } from '#kernel/authorization/policy'

/** Condition keys that each request has with a value of its own. */
const VARYING: ReadonlySet<string> = new Set(
  'aws:currenttime aws:epochtime aws:securetransport aws:useragent aws:requestedregion'.split(' '),
)

/**
 * The question as it would be if all that the request decides turned out well for who asks: conditions on keys that it does not
 * have yet are taken off an Allow, and a Deny with one does not count. Whom even this does not let in is not let in by any
 * request. What is known of the caller and of the resource stays as it is.
 */
export function relaxed(question: Question): Question {
  const { caller, resourcePolicy, context } = question
  const { boundary, sessionPolicies } = caller
  const each = (policy: Compiled) => relaxedPolicy(policy, context)
  return {
    ...question,
    caller: {
      ...caller,
      policies: caller.policies.map(each),
      ...(boundary === undefined ? {} : { boundary: each(boundary) }),
      ...(sessionPolicies === undefined ? {} : { sessionPolicies: sessionPolicies.map(each) }),
    },
    ...(resourcePolicy === undefined ? {} : { resourcePolicy: each(resourcePolicy) }),
  }
}

function relaxedPolicy(policy: Compiled, context: Context): Compiled {
  const isOpen = (key: string) => VARYING.has(key) || context(key) === undefined
  const statements = policy.statements.flatMap((statement) => {
    const conditions = statement.conditions.filter(({ key }) => !isOpen(key))
    if (conditions.length === statement.conditions.length) return [statement]
    return statement.allows ? [{ ...statement, conditions }] : []
  })
  return { ...policy, statements, byAction: new ByAction(statements) }
}
