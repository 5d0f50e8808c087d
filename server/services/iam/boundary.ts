import { policyNameIn } from './model/identity.ts'
import { invalid, notAttachable } from './model/refusals.ts'
import type { Policies } from './policies.ts'

/**
 * Checks the ARN of a permissions boundary that an entity shall have. Throws ValidationError for what is no ARN of a managed
 * policy, NoSuchEntity for one that is not there. Source: access.md 3.5.
 */
export async function checkBoundary(policies: Pick<Policies, 'find'>, arn: string): Promise<void> {
  if (policyNameIn(arn) === undefined) throw invalid(`Value (${arn}) for parameter PermissionsBoundary is invalid.`)
  if ((await policies.find(arn)) === undefined) throw notAttachable(arn)
}
