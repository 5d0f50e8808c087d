import type { GetResourcePolicyRequest, GetResourcePolicyResponse } from '@aws-sdk/client-secrets-manager'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { shownDocument } from '../model/policy.ts'
import { live } from '../model/secret.ts'
import { operation } from '../operation.ts'
import { onSecret } from '../recorded.ts'
import { targetOf } from '../target.ts'

type Got = Answer<GetResourcePolicyResponse, 'ARN' | 'Name'>

/**
 * The resource policy of a secret, in AWS's own layout; principals that are gone are shown by their unique ids. No member at
 * all when there is none. Source: API_GetResourcePolicy; secretsmanager.md 8.8, 12.
 */
export const GetResourcePolicy = operation<GetResourcePolicyRequest, Got>()({
  name: 'GetResourcePolicy',
  effect: 'read',
  input: { SecretId: required(members.SecretId) },
  errors: ['ResourceNotFoundException', 'InternalServiceError', 'InvalidRequestException', 'InvalidParameterException'],
  audit: { additional: onSecret },
  target: async ({ SecretId }, { secrets, random }, call) =>
    targetOf(SecretId, await secrets.find(SecretId), call, random),
  async run({ SecretId }, { secrets, principals }) {
    const { arn: ARN, name: Name, policy } = live(await secrets.find(SecretId))
    if (policy === undefined) return { ARN, Name }
    const document = await principals().show(policy.document, policy.principals)
    return { ARN, Name, ResourcePolicy: shownDocument(document) }
  },
})
