import { ApiError } from '#kernel/error'
import { type Json, readJson } from '#kernel/authorization/json'

/** Policies that KMS writes itself, as JSON text, and what it refuses in those that others write. */

type Elements = ReadonlyMap<string, Json>

/**
 * Whether a well-made policy asks with `ForAllValues` for a pair of the encryption context. Each of them has one value, and
 * the operator holds for a pair that is not there at all: more would be let in than it says. Source: kms.md 8.2.
 */
export function usesAllValues(text: string): boolean {
  const written = (readJson(text) as Elements).get('Statement')
  const statements = (Array.isArray(written) ? written : [written]) as readonly Elements[]
  return statements.some((statement) => {
    const block = statement.get('Condition')
    if (!(block instanceof Map)) return false
    return [...(block as Elements)].some(
      ([operator, keys]) =>
        /^forallvalues:/i.test(operator) &&
        [...(keys as Elements).keys()].some((key) => /^kms:encryptioncontext:/i.test(key)),
    )
  })
}

/** A policy as it is shown: with indentation, like AWS's. Source: kms.md 7, 8. */
export const shownPolicy = (text: string): string => JSON.stringify(JSON.parse(text), null, 2)

/** A key has one policy, and it has one name. Source: kms.md 8 (text seen second-hand). */
export function requirePolicyName(name = 'default'): void {
  if (name !== 'default') throw new ApiError('NotFoundException', 'No such policy exists')
}

/** The policy of a key that was made without one. Source: kms.md 8.1 (recorded). */
export function defaultPolicy(account: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  })
}

/** A service that has an AWS managed key. */
export type Managing = 'secretsmanager' | 'ssm'

/** How the aliases of AWS managed keys begin. */
export const MANAGED_PREFIX = 'alias/aws/'

/** What is special about the AWS managed key of a service. Source: kms.md 13.1. */
export const MANAGED = {
  secretsmanager: {
    alias: 'alias/aws/secretsmanager',
    description: 'Default key that protects my Secrets Manager data when no other key is defined',
    policy: secretsManagerPolicy,
  },
  ssm: {
    alias: 'alias/aws/ssm',
    description: 'Default key that protects my SSM parameters when no other key is defined',
    policy: ssmPolicy,
  },
} as const satisfies Record<Managing, unknown>

export const isManaging = (service: string): service is Managing => Object.hasOwn(MANAGED, service)

function secretsManagerPolicy(account: string, region: string): string {
  const Sid =
    'Allow access through AWS Secrets Manager for all principals in the account that are authorized to use AWS Secrets Manager'
  return JSON.stringify({
    Version: '2012-10-17',
    Id: 'auto-secretsmanager-2',
    Statement: [
      {
        Sid,
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:CreateGrant', 'kms:DescribeKey'],
        Resource: '*',
        Condition: {
          StringEquals: {
            'kms:CallerAccount': account,
            'kms:ViaService': `secretsmanager.${region}.amazonaws.com`,
          },
        },
      },
      {
        Sid,
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: 'kms:GenerateDataKey*',
        Resource: '*',
        Condition: {
          StringEquals: { 'kms:CallerAccount': account },
          StringLike: { 'kms:ViaService': 'secretsmanager.*.amazonaws.com' },
        },
      },
      metadataStatement(account, ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant']),
    ],
  })
}

function ssmPolicy(account: string, region: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: 'auto-ssm-1',
    Statement: [
      {
        Sid: 'Allow access through SSM for all principals in the account that are authorized to use SSM',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        Resource: '*',
        Condition: {
          StringEquals: { 'kms:CallerAccount': account, 'kms:ViaService': `ssm.${region}.amazonaws.com` },
        },
      },
      metadataStatement(account, ['kms:Describe*', 'kms:Get*', 'kms:List*']),
    ],
  })
}

function metadataStatement(account: string, actions: readonly string[]): object {
  return {
    Sid: 'Allow direct access to key metadata to the account',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: actions,
    Resource: '*',
  }
}
