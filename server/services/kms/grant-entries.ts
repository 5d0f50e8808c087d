import type { GrantListEntry } from '@aws-sdk/client-kms'
import type { PolicyPrincipals } from '../iam/port.ts'
import { shownPrincipals } from './grantees.ts'
import type { Grant } from './model/grants.ts'
import { keyArn } from './model/key.ts'

/** Grants as ListGrants and ListRetirableGrants answer them. Source: kms.md 9.1. */
export async function entriesOf(grants: readonly Grant[], principals: PolicyPrincipals): Promise<GrantListEntry[]> {
  const entries: GrantListEntry[] = []
  for (const grant of grants) {
    entries.push({
      KeyId: keyArn(grant.account, grant.region, grant.keyId),
      GrantId: grant.id,
      Name: grant.name,
      CreationDate: new Date(grant.createdAt),
      ...(await shownPrincipals(grant, principals)),
      IssuingAccount: `arn:aws:iam::${grant.issuer}:root`,
      Operations: grant.operations as GrantListEntry['Operations'],
      ...(grant.constraints === undefined ? {} : { Constraints: grant.constraints }),
    })
  }
  return entries
}
