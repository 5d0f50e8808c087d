import { namedPrincipals } from '#kernel/authorization/named'
import { parseArn } from '#kernel/values/arn'
import { malformedPolicy } from './model/refusals.ts'
import { checkTrust } from './model/trust.ts'
import { type PolicyPrincipals, UnknownPrincipal } from './port.ts'
import type { Role } from './roles.ts'

/**
 * A trust policy as a role keeps it, with the ids of whom it names: a namesake made later is not trusted. Throws IAM's
 * refusals. Source: access.md 3.6, 7 (22).
 */
export async function trusting(
  document: string,
  account: string,
  principals: PolicyPrincipals,
): Promise<Pick<Role, 'trust' | 'trustPrincipals'>> {
  checkTrust(document)
  // The token of a provider is good for roles of the provider's account only. Source: access.md 4.2, step 2.
  for (const provider of namedPrincipals(document).federated) {
    if (parseArn(provider)?.account !== account) throw unknown('Federated', provider)
  }
  try {
    return { trust: document, trustPrincipals: await principals.bind(document) }
  } catch (error) {
    if (!(error instanceof UnknownPrincipal)) throw error
    throw unknown(error.kind, error.principal)
  }
}

/** The kind stands in capitals, as clients of IAM report it. */
function unknown(kind: UnknownPrincipal['kind'], principal: string) {
  return malformedPolicy(`Invalid principal in policy: "${kind.toUpperCase()}":"${principal}"`)
}
