import type { Identities } from '../iam/port.ts'
import { trustsService } from '../sts/port.ts'
import type { Cell } from './model/names.ts'
import { roleNotAssumable } from './model/refusals.ts'

/** As whom Lambda asks for the role of a function. */
export const LAMBDA = 'lambda.amazonaws.com'

/** Throws when Lambda may not assume a role, or there is none. Source: rotation.md 14.1. */
export async function checkAssumable(
  identities: Identities,
  roleArn: string,
  { account, region }: Cell,
  functionArn: string,
  now: number,
): Promise<void> {
  const role = await identities.role(roleArn)
  // A role of another account can't be passed. Source: IAM, "Granting a user permissions to pass a role".
  const own = role !== undefined && role.account === account
  if (!own || !trustsService(role, LAMBDA, { arn: functionArn, account }, region, now)) throw roleNotAssumable()
}
