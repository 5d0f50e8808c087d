import { parsePolicy } from '#kernel/authorization/policy'
import type { Identities } from '../iam/port.ts'
import { invalid, malformedPolicy, packedTooLarge } from './model/refusals.ts'

/** Characters that the text of a session policy and the ARNs of the others may have together. Source: API_AssumeRole, Policy. */
const MOST_PLAIN = 2048

interface Given {
  readonly Policy?: string | undefined
  readonly PolicyArns?: readonly { readonly arn?: string | undefined }[] | undefined
}

/** The session policies of a request. */
export interface SessionPolicies {
  readonly policy: string | undefined
  readonly policyArns: readonly string[]
}

/**
 * The session policies of a request, checked. `account`: whose managed policies may be named. Throws MalformedPolicyDocument,
 * PackedPolicyTooLarge, and ValidationError for a managed policy that is not there (assumed: code and text).
 */
export async function sessionPolicies(
  { Policy, PolicyArns = [] }: Given,
  account: string,
  identities: Pick<Identities, 'hasManagedPolicy'>,
): Promise<SessionPolicies> {
  if (Policy !== undefined) {
    const parsed = parsePolicy(Policy, 'identity')
    if (!parsed.ok) throw malformedPolicy(parsed.message)
  }
  const policyArns = [...new Set(PolicyArns.map(({ arn = '' }) => arn))]
  const plain = policyArns.reduce((sum, arn) => sum + arn.length, Policy?.length ?? 0)
  if (plain > MOST_PLAIN) throw packedTooLarge(Math.ceil((plain / MOST_PLAIN) * 100))
  for (const arn of policyArns) {
    if (!(await identities.hasManagedPolicy(account, arn))) {
      throw invalid(`Policy ${arn} does not exist or is not attachable.`)
    }
  }
  return { policy: Policy, policyArns }
}
