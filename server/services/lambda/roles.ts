import type { Identities } from '../iam/port.ts'
import { roleForService } from '../sts/port.ts'
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
  const source = { arn: functionArn, account }
  const role = await roleForService(identities, roleArn, { service: LAMBDA, source, region, now })
  if (role === undefined) throw roleNotAssumable()
}
