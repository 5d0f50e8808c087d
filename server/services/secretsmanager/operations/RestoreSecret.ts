import type { RestoreSecretRequest, RestoreSecretResponse } from '@aws-sdk/client-secrets-manager'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { placeOf } from '../model/identity.ts'
import { namesakesWait } from '../model/refusals.ts'
import { existing } from '../model/secret.ts'
import { operation } from '../operation.ts'
import { onSecret, versionEvents } from '../recorded.ts'
import { targetOf } from '../target.ts'

type Restored = Answer<RestoreSecretResponse, 'ARN' | 'Name'>

/**
 * Takes a scheduled deletion back; a secret that is not scheduled stays as it is. Where a name was used again it takes the full ARN to say
 * which of its secrets is meant. Assumed: the second is a success, and rotation stays off.
 * Source: API_RestoreSecret; secretsmanager.md 8.16, 6, 19.
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
    const waits = secret.deletedAt !== undefined
    if (placeOf(SecretId)?.suffix === undefined && (await secrets.waiting(secret)) > (waits ? 1 : 0)) {
      throw namesakesWait(secret.name)
    }
    if (waits) {
      await secrets.restore(secret, call.now)
      await later.keep(secret)
      call.events.push(...(await versionEvents(secrets, secret, ['CancelSecretVersionDelete'], call.now)))
    }
    return { ARN: secret.arn, Name: secret.name }
  },
})
