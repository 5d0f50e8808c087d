import type { CancelRotateSecretRequest, CancelRotateSecretResponse } from '@aws-sdk/client-secrets-manager'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { live, ownable } from '../model/secret.ts'
import { present } from '../model/shown.ts'
import { PENDING } from '../model/stages.ts'
import { operation } from '../operation.ts'
import { onSecret } from '../recorded.ts'
import { targetOf } from '../target.ts'

type Cancelled = Answer<CancelRotateSecretResponse, 'ARN' | 'Name'>

/**
 * Turns rotation off and sends no further step; function, rules and labels stay. Also for a secret that never was rotated.
 * Assumed: a step that runs is let run. Source: API_CancelRotateSecret; secretsmanager.md 8.2, rotation.md 3.2.
 */
export const CancelRotateSecret = operation<CancelRotateSecretRequest, Cancelled>()({
  name: 'CancelRotateSecret',
  effect: 'write',
  input: { SecretId: required(members.SecretId) },
  errors: ['ResourceNotFoundException', 'InvalidParameterException', 'InvalidRequestException', 'InternalServiceError'],
  audit: {
    additional: onSecret,
    response: ({ ARN, VersionId }) => ({ arn: ARN, ...(VersionId !== undefined && { versionId: VersionId }) }),
  },
  target: async ({ SecretId }, { secrets, random }, call) =>
    targetOf(SecretId, await secrets.find(SecretId), call, random),
  async run({ SecretId }, { secrets, rotating }, call) {
    const secret = ownable(live(await secrets.find(SecretId)))
    await rotating.turnOff(secret, secret.rotation, call.now)
    await secrets.changed(secret, call.now)
    const VersionId = (await secrets.stages(secret)).get(PENDING)
    return present({ ARN: secret.arn, Name: secret.name, VersionId })
  },
})
