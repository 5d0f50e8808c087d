/** What counts of a caller. */
interface Caller {
  readonly kind: string
  readonly userId: string
  readonly sessionPolicies?: readonly unknown[] | undefined
}

/**
 * The unique id of who makes a call, to act in his name later with the rights that he has then: of a session, the role's. Root
 * has the account's. Undefined for who has less rights than any such principal: a federated user, and a session with policies of
 * its own, which end with it. Nobody acts in their name. Source: access.md 2.
 */
export function principalOf({ kind, userId, sessionPolicies = [] }: Caller): string | undefined {
  if (kind === 'federated' || sessionPolicies.length > 0) return undefined
  const colon = userId.indexOf(':')
  return colon < 0 ? userId : userId.slice(0, colon)
}
