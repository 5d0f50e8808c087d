import { parseArn } from '#kernel/values/arn'
import { policyNameIn } from './model/identity.ts'
import { invalid, invalidInput, noSuchEntity, noSuchPolicy, notAttachable } from './model/refusals.ts'
import type { ManagedPolicy, Policies, PolicyVersion } from './policies.ts'

/**
 * The policy of that ARN. Throws NoSuchEntity; ValidationError for what is no ARN, InvalidInput for the ARN of something else
 * (text as clients of IAM report it). Source: access.md 3.5.
 */
export async function existingPolicy(policies: Policies, arn: string): Promise<ManagedPolicy> {
  if (parseArn(arn) === undefined) throw invalid('Invalid ARN:  Could not be parsed!')
  if (policyNameIn(arn) === undefined) throw invalidInput(`ARN ${arn} is not valid.`)
  const policy = await policies.find(arn)
  if (policy === undefined) throw noSuchPolicy(arn)
  return policy
}

/** The policy of that ARN, to be attached. Throws NoSuchEntity; ValidationError for what is no ARN. Source: access.md 3.5. */
export async function attachablePolicy(policies: Policies, arn: string): Promise<ManagedPolicy> {
  if (parseArn(arn) === undefined) throw invalid('Invalid ARN:  Could not be parsed!')
  const policy = await policies.find(arn)
  if (policy === undefined) throw notAttachable(arn)
  return policy
}

/** The version of that id (`v2`). Throws NoSuchEntity. */
export async function existingVersion(policies: Policies, policy: ManagedPolicy, id: string): Promise<PolicyVersion> {
  const number = /^v([0-9]{1,9})$/.exec(id)?.[1]
  const version = number === undefined ? undefined : await policies.version(policy, Number(number))
  if (version === undefined) {
    throw noSuchEntity(`Policy ${policy.arn} version ${id} does not exist or is not attachable.`)
  }
  return version
}
