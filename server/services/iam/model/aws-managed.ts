import { administration } from './aws-managed/administration.ts'
import { looking } from './aws-managed/looking.ts'
import { operations } from './aws-managed/operations.ts'
import type { AwsManagedPolicy } from './aws-managed/policy.ts'
import { secrets } from './aws-managed/secrets.ts'
import { nameKey } from './identity.ts'

export type { AwsManagedPolicy } from './aws-managed/policy.ts'

/** Attachments hold AWS's own policies under this and their name; a customer's name has no colon. */
export const AWS_KEY = 'aws:'

const all: readonly AwsManagedPolicy[] = [...administration, ...secrets, ...operations, ...looking]

/** By their ARN. */
export const awsManaged: ReadonlyMap<string, AwsManagedPolicy> = new Map(all.map((policy) => [policy.arn, policy]))

/** By the key under which attachments hold them. */
export const awsManagedByKey: ReadonlyMap<string, AwsManagedPolicy> = new Map(
  all.map((policy) => [AWS_KEY + nameKey(policy.name), policy]),
)
