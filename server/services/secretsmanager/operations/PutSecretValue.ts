import type { PutSecretValueRequest, PutSecretValueResponse } from '@aws-sdk/client-secrets-manager'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { noValue, tokenMissing } from '../model/refusals.ts'
import { CURRENT } from '../model/stages.ts'
import { live, ownable } from '../model/secret.ts'
import { labelsOf } from '../model/stages.ts'
import { payloadOf, wipe } from '../model/value.ts'
import { operation } from '../operation.ts'
import { onSecret } from '../recorded.ts'
import { targetOf } from '../target.ts'
import { checkRotationToken } from '../rotation-token.ts'
import { write } from '../writing.ts'

type Put = Answer<PutSecretValueResponse, 'ARN' | 'Name' | 'VersionId' | 'VersionStages'>

/**
 * Puts a new version into a secret and moves labels to it, or fills the empty version that a rotation has registered.
 * Source: API_PutSecretValue; secretsmanager.md 8.13, 4.3, 1.8.
 */
export const PutSecretValue = operation<PutSecretValueRequest, Put>()({
  name: 'PutSecretValue',
  effect: 'write',
  input: {
    SecretId: required(members.SecretId),
    ClientRequestToken: members.ClientRequestToken,
    SecretBinary: members.SecretBinary,
    SecretString: members.SecretString,
    VersionStages: members.SecretVersionStages,
    RotationToken: members.RotationToken,
  },
  errors: [
    'InvalidParameterException',
    'InvalidRequestException',
    'LimitExceededException',
    'EncryptionFailure',
    'ResourceExistsException',
    'ResourceNotFoundException',
    'InternalServiceError',
    'DecryptionFailure',
  ],
  audit: { additional: onSecret, response: ({ ARN }) => ({ arn: ARN }) },
  target: async (input, { secrets, random }, call) => {
    return targetOf(input.SecretId, await secrets.find(input.SecretId), call, random)
  },
  async run(input, env, call) {
    const { secrets, rotating } = env
    const token = input.ClientRequestToken
    if (token === undefined) throw tokenMissing()
    const payload = payloadOf(input)
    if (payload === undefined) throw noValue()
    try {
      const secret = ownable(live(await secrets.find(input.SecretId)), call.via)
      await checkRotationToken(env, call, secret, token, input.RotationToken)
      const { repeated, stages } = await write(env, call, secret, {
        token,
        payload,
        wanted: input.VersionStages,
        fills: true,
      })
      if (!repeated || input.VersionStages) await secrets.changed(secret, call.now)
      if (!repeated && stages.get(CURRENT) === token) await rotating.written(secret, secret.rotation, token, call.now)
      else await rotating.labelled(secret, secret.rotation, stages, call.now)
      return { ARN: secret.arn, Name: secret.name, VersionId: token, VersionStages: labelsOf(stages, token) }
    } finally {
      wipe(payload)
    }
  },
})
