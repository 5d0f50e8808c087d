import type { DeleteResourcePolicyRequest, DeleteResourcePolicyResponse } from '@aws-sdk/client-secrets-manager'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { live } from '../model/secret.ts'
import { operation } from '../operation.ts'
import { onSecret } from '../recorded.ts'
import { targetOf } from '../target.ts'

type Deleted = Answer<DeleteResourcePolicyResponse, 'ARN' | 'Name'>

/**
 * Takes the resource policy off a secret; where there is none nothing changes. Assumed: that is a success.
 * Source: API_DeleteResourcePolicy; secretsmanager.md 8.4, 19.
 */
export const DeleteResourcePolicy = operation<DeleteResourcePolicyRequest, Deleted>()({
  name: 'DeleteResourcePolicy',
  effect: 'write',
  input: { SecretId: required(members.SecretId) },
  errors: ['ResourceNotFoundException', 'InternalServiceError', 'InvalidRequestException', 'InvalidParameterException'],
  audit: { additional: onSecret, response: ({ ARN }) => ({ arn: ARN }) },
  target: async ({ SecretId }, { secrets, random }, call) =>
    targetOf(SecretId, await secrets.find(SecretId), call, random),
  async run({ SecretId }, { secrets }, call) {
    const secret = live(await secrets.find(SecretId))
    if (secret.policy !== undefined) await secrets.savePolicy(secret, undefined, call.now)
    return { ARN: secret.arn, Name: secret.name }
  },
})
