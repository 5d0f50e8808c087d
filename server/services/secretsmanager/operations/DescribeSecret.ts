import type { DescribeSecretRequest, DescribeSecretResponse } from '@aws-sdk/client-secrets-manager'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { existing } from '../model/secret.ts'
import { present, shownRotation, shownSecret } from '../model/shown.ts'
import { byVersion } from '../model/stages.ts'
import { operation } from '../operation.ts'
import { onSecret } from '../recorded.ts'
import { targetOf } from '../target.ts'

type Described = Answer<DescribeSecretResponse, 'ARN' | 'Name' | 'CreatedDate' | 'LastChangedDate'>

/**
 * Shows a secret without its value; also one that is scheduled for deletion.
 * Source: API_DescribeSecret; secretsmanager.md 8.6, 3.
 */
export const DescribeSecret = operation<DescribeSecretRequest, Described>()({
  name: 'DescribeSecret',
  effect: 'read',
  input: { SecretId: required(members.SecretId) },
  errors: ['ResourceNotFoundException', 'InvalidParameterException', 'InternalServiceError'],
  audit: { additional: onSecret },
  target: async ({ SecretId }, { secrets, random }, call) =>
    targetOf(SecretId, await secrets.find(SecretId), call, random),
  async run({ SecretId }, { secrets }) {
    const secret = existing(await secrets.find(SecretId))
    const VersionIdsToStages = byVersion(await secrets.stages(secret))
    return present({ ...shownSecret(secret), ...shownRotation(secret.rotation), VersionIdsToStages })
  },
})
