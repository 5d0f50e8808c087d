import type { RestoreSecretRequest, RestoreSecretResponse } from '@aws-sdk/client-secrets-manager'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { existing } from '../model/secret.ts'
import { operation } from '../operation.ts'
import { onSecret, versionEvents } from '../recorded.ts'
import { targetOf } from '../target.ts'

type Restored = Answer<RestoreSecretResponse, 'ARN' | 'Name'>

/**
 * Takes a scheduled deletion back; a secret that is not scheduled stays as it is.
 * Source: API_RestoreSecret; secretsmanager.md 8.16, 6.
 */
export const RestoreSecret = operation<RestoreSecretRequest, Restored>()({
  name: 'RestoreSecret',
  effect: 'write',
  input: { SecretId: required(members.SecretId) },
  errors: ['ResourceNotFoundException', 'InvalidParameterException', 'InvalidRequestException', 'InternalServiceError'],
  audit: { additional: onSecret, response: ({ ARN }) => ({ arn: ARN }) },
  target: async ({ SecretId }, { secrets, random }, call) =>
    targetOf(SecretId, await secrets.find(SecretId), call, random),
  async run({ SecretId }, { secrets, later }, call) {
    const secret = existing(await secrets.find(SecretId))
    if (secret.deletedAt !== undefined) {
      await secrets.save({ ...secret, deletedAt: undefined, purgeAt: undefined, changedAt: call.now })
      await later.keep(secret)
      call.events.push(...(await versionEvents(secrets, secret, ['CancelSecretVersionDelete'], call.now)))
    }
    return { ARN: secret.arn, Name: secret.name }
  },
})
