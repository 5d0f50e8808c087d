import { keptPolicies, type Policy } from './policies.ts'

/** When a version's policies end the parameter: milliseconds; undefined: never. `texts` as the version keeps them. */
export function expiryOf(texts: readonly string[]): number | undefined {
  return expiryIn(keptPolicies(texts))
}

/** As `expiryOf`, of policies that were read already. */
export function expiryIn(policies: readonly Policy[]): number | undefined {
  for (const policy of policies) if (policy.type === 'Expiration') return policy.at
  return undefined
}

/**
 * When each policy is due, in the order of the policies. `changedAt`: when the version was made; all in milliseconds. What is due
 * before now is done at once. Source: parameterstore.md 9.
 */
export function duesOf(policies: readonly Policy[], changedAt: number): readonly number[] {
  const expiry = expiryIn(policies)
  return policies.map((policy) => {
    if (policy.type === 'Expiration') return policy.at
    if (policy.type === 'NoChangeNotification') return changedAt + policy.afterMs
    // a notification without an expiration is not let in
    return (expiry ?? Number.MAX_SAFE_INTEGER) - policy.beforeMs
  })
}
