import type { GetSecretValueRequest, GetSecretValueResponse } from '@aws-sdk/client-secrets-manager'
import { required } from '#kernel/shape'
import { when } from '#kernel/values/soon'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { onVersion } from '../recorded.ts'
import { openReading, selectionOf } from '../reading.ts'
import { targetOf } from '../target.ts'

type Found = Answer<GetSecretValueResponse, 'ARN' | 'Name' | 'VersionId' | 'CreatedDate'>

/**
 * Decrypts one version of a secret: by id, by stage, else AWSCURRENT. Reads never write: the day of the access is
 * noted in memory. Source: API_GetSecretValue; secretsmanager.md 8.9.
 */
export const GetSecretValue = operation<GetSecretValueRequest, Found>()({
  name: 'GetSecretValue',
  effect: 'read',
  input: {
    SecretId: required(members.SecretId),
    VersionId: members.SecretVersionId,
    VersionStage: members.SecretVersionStage,
  },
  errors: [
    'ResourceNotFoundException',
    'InvalidParameterException',
    'InvalidRequestException',
    'DecryptionFailure',
    'InternalServiceError',
  ],
  audit: { additional: onVersion },
  target: (input, { secrets, random }, call) =>
    when(secrets.read(selectionOf(input)), (reading) =>
      targetOf(input.SecretId, reading?.secret, call, random, {
        context: {
          'secretsmanager:VersionId': input.VersionId,
          'secretsmanager:VersionStage': input.VersionStage,
        },
      }),
    ),
  run: (input, env, call) =>
    when(env.secrets.read(selectionOf(input)), (reading) => openReading(reading, input, env, call)),
})
