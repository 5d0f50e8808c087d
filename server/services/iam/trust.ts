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
  principals: PolicyPrincipals,
): Promise<Pick<Role, 'trust' | 'trustPrincipals'>> {
  checkTrust(document)
  try {
    return { trust: document, trustPrincipals: await principals.bind(document) }
  } catch (error) {
    if (!(error instanceof UnknownPrincipal)) throw error
    // The kind is written so whatever the document's spelling is, as clients of IAM report it.
    throw malformedPolicy(`Invalid principal in policy: "${error.kind.toUpperCase()}":"${error.principal}"`)
  }
}
