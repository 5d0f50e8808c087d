import type { UpdateSecretVersionStageRequest, UpdateSecretVersionStageResponse } from '@aws-sdk/client-secrets-manager'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { versionNotFound } from '../model/refusals.ts'
import { live, ownable } from '../model/secret.ts'
import { afterMove, checkLabels, checkMove, sameStages } from '../model/stages.ts'
import { operation } from '../operation.ts'
import { onSecret } from '../recorded.ts'
import { targetOf } from '../target.ts'

type Moved = Answer<UpdateSecretVersionStageResponse, 'ARN' | 'Name'>

/**
 * Attaches a label to a version, moves it, or takes it off. Assumed: a move to where it is already changes nothing, and a version
 * that is not there is refused as by GetSecretValue. Source: API_UpdateSecretVersionStage; secretsmanager.md 8.22.
 */
export const UpdateSecretVersionStage = operation<UpdateSecretVersionStageRequest, Moved>()({
  name: 'UpdateSecretVersionStage',
  effect: 'write',
  input: {
    SecretId: required(members.SecretId),
    VersionStage: required(members.SecretVersionStage),
    RemoveFromVersionId: members.SecretVersionId,
    MoveToVersionId: members.SecretVersionId,
  },
  errors: [
    'ResourceNotFoundException',
    'InvalidParameterException',
    'InvalidRequestException',
    'LimitExceededException',
    'InternalServiceError',
  ],
  audit: { additional: onSecret, response: ({ ARN }) => ({ arn: ARN }) },
  target: async ({ SecretId, VersionStage }, { secrets, random }, call) =>
    targetOf(SecretId, await secrets.find(SecretId), call, random, {
      context: { 'secretsmanager:VersionStage': VersionStage },
    }),
  async run(
    { SecretId, VersionStage: stage, MoveToVersionId: to, RemoveFromVersionId: from },
    { secrets, rotating },
    call,
  ) {
    const move = { stage, to, from }
    checkMove(move)
    const secret = ownable(live(await secrets.find(SecretId)), call.via)
    for (const id of [to, from]) {
      if (id !== undefined && !(await secrets.hasVersion(secret, id))) throw versionNotFound(id)
    }
    const before = await secrets.stages(secret)
    const after = afterMove(before, move)
    checkLabels(before, after)
    if (!sameStages(before, after)) {
      await secrets.saveStages(secret, before, after, call.now)
      await secrets.changed(secret, call.now)
      await rotating.labelled(secret, secret.rotation, after, call.now)
    }
    return { ARN: secret.arn, Name: secret.name }
  },
})
