import type { PutResourcePolicyRequest, PutResourcePolicyResponse } from '@aws-sdk/client-secrets-manager'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { boundPolicy, examine } from '../guarding.ts'
import * as members from '../model/members.ts'
import { checkDocument } from '../model/policy.ts'
import { lockOut, publicPolicy } from '../model/refusals.ts'
import { live } from '../model/secret.ts'
import { operation } from '../operation.ts'
import { onSecret } from '../recorded.ts'
import type { Found } from '../store.ts'
import { type SecretTarget, targetOf } from '../target.ts'
import type { Call } from '#kernel/call'
import type { Random } from '#kernel/random'

type Put = Answer<PutResourcePolicyResponse, 'ARN' | 'Name'>

/**
 * Gives a secret a resource policy in the place of any other. Its principals are those who have these names now: who gets
 * such a name later is not meant. Source: API_PutResourcePolicy; secretsmanager.md 8.12, 12.
 */
export const PutResourcePolicy = operation<PutResourcePolicyRequest, Put>()({
  name: 'PutResourcePolicy',
  effect: 'write',
  input: {
    SecretId: required(members.SecretId),
    ResourcePolicy: required(members.ResourcePolicy),
    BlockPublicPolicy: members.Flag,
  },
  errors: [
    'MalformedPolicyDocumentException',
    'ResourceNotFoundException',
    'InvalidParameterException',
    'InternalServiceError',
    'InvalidRequestException',
    'PublicPolicyException',
  ],
  audit: { additional: onSecret, response: ({ ARN }) => ({ arn: ARN }) },
  target: async (input, { secrets, random }, call) =>
    targetFor(input, await secrets.find(input.SecretId), call, random),
  async run(input, { secrets, principals, random }, call) {
    const { SecretId, ResourcePolicy: document, BlockPublicPolicy: blocks } = input
    checkDocument(document)
    const secret = live(await secrets.find(SecretId))
    const policy = await boundPolicy(document, secret.arn, principals())
    const findings = examine(policy, targetFor(input, secret, call, random), call)
    if (blocks && findings.isPublic) throw publicPolicy()
    if (findings.lockOut !== undefined) throw lockOut(findings.lockOut)
    await secrets.savePolicy(secret, policy, call.now)
    return { ARN: secret.arn, Name: secret.name }
  },
})

function targetFor(
  { SecretId, BlockPublicPolicy }: { readonly SecretId: string; readonly BlockPublicPolicy?: boolean | undefined },
  secret: Found | undefined,
  call: Call,
  random: Random,
): SecretTarget {
  const blocks = BlockPublicPolicy === undefined ? undefined : String(BlockPublicPolicy)
  return targetOf(SecretId, secret, call, random, { context: { 'secretsmanager:BlockPublicPolicy': blocks } })
}
