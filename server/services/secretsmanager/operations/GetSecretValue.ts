import type { GetSecretValueRequest, GetSecretValueResponse } from '@aws-sdk/client-secrets-manager'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
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
  target: async (input, { secrets, random }, call) => {
    const reading = await secrets.read(selectionOf(input))
    const { VersionId, VersionStage } = input
    return targetOf(input.SecretId, reading?.secret, call, random, {
      context: { 'secretsmanager:VersionId': VersionId, 'secretsmanager:VersionStage': VersionStage },
    })
  },
  run: async (input, env, call) => openReading(await env.secrets.read(selectionOf(input)), input, env, call),
})
