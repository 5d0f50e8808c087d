import type { DeleteSecretRequest, DeleteSecretResponse } from '@aws-sdk/client-secrets-manager'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { checkDeletion, purgeTime } from '../model/deletion.ts'
import * as members from '../model/members.ts'
import { deletable, ownable } from '../model/secret.ts'
import { operation } from '../operation.ts'
import { shownMoment } from '#kernel/audit/moment'
import { onSecret, versionEvents } from '../recorded.ts'
import { missingArn, targetOf } from '../target.ts'

type Deleted = Answer<DeleteSecretResponse, 'ARN' | 'Name' | 'DeletionDate'>

/**
 * Schedules a secret for deletion, or takes it away at once. A forced deletion of what does not exist succeeds.
 * Source: API_DeleteSecret; secretsmanager.md 8.5, 6.
 */
export const DeleteSecret = operation<DeleteSecretRequest, Deleted>()({
  name: 'DeleteSecret',
  effect: 'write',
  input: {
    SecretId: required(members.SecretId),
    RecoveryWindowInDays: members.RecoveryWindowInDays,
    ForceDeleteWithoutRecovery: members.Flag,
  },
  errors: ['ResourceNotFoundException', 'InvalidParameterException', 'InvalidRequestException', 'InternalServiceError'],
  audit: {
    additional: onSecret,
    response: ({ ARN, DeletionDate }) => ({ arn: ARN, deletionDate: shownMoment(DeletionDate) }),
  },
  target: async ({ SecretId, RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force }, env, call) =>
    targetOf(SecretId, await env.secrets.find(SecretId), call, env.random, {
      context: {
        'secretsmanager:RecoveryWindowInDays': days === undefined ? undefined : String(days),
        'secretsmanager:ForceDeleteWithoutRecovery': force === undefined ? undefined : String(force),
      },
    }),
  async run(input, { secrets, later, rotating, random }, call) {
    checkDeletion(input)
    const found = await secrets.find(input.SecretId)
    if (input.ForceDeleteWithoutRecovery) {
      const DeletionDate = new Date(call.now)
      if (found === undefined) {
        return { ARN: missingArn(input.SecretId, call, random), Name: input.SecretId, DeletionDate }
      }
      const secret = ownable(found)
      const names = ['StartSecretVersionDelete', 'EndSecretVersionDelete'] as const
      call.events.push(
        ...(await versionEvents(secrets, secret, secret.deletedAt === undefined ? names : [names[1]], call.now)),
      )
      await secrets.remove(secret, call.now)
      await later.keep(secret)
      await later.unplan(secret)
      await later.unstep(secret)
      await later.unwatch(secret)
      return { ARN: secret.arn, Name: secret.name, DeletionDate }
    }
    const secret = deletable(found)
    if (secret.rotation !== undefined) await rotating.turnOff(secret, secret.rotation, call.now)
    const purgeAt = purgeTime(input, call.now)
    await secrets.save({ ...secret, deletedAt: call.now, purgeAt, changedAt: call.now })
    await later.purge(secret, purgeAt)
    call.events.push(...(await versionEvents(secrets, secret, ['StartSecretVersionDelete'], call.now)))
    return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(purgeAt) }
  },
})
