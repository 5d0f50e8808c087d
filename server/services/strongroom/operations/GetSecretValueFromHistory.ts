import { required } from '#kernel/shape'
import { members, onSecret } from '../../secretsmanager/port.ts'
import { Moment } from '../model/members.ts'
import { operation } from '../operation.ts'
import type { GetSecretValueFromHistoryRequest, GetSecretValueFromHistoryResponse } from '../wire.ts'

/**
 * Decrypts a version of a secret that GetSecretValue does not find any more, or the one that was current at a time. Whoever may
 * not call GetSecretValue for it gets nothing here.
 */
export const GetSecretValueFromHistory = operation<
  GetSecretValueFromHistoryRequest,
  GetSecretValueFromHistoryResponse
>()({
  name: 'GetSecretValueFromHistory',
  effect: 'read',
  input: { SecretId: required(members.SecretId), VersionId: members.SecretVersionId, AsOf: Moment },
  errors: [
    'ResourceNotFoundException',
    'InvalidParameterException',
    'InvalidRequestException',
    'DecryptionFailure',
    'InternalServiceError',
  ],
  audit: { additional: onSecret },
  target: (input, { secrets }) => secrets.pastValueTargets(input),
  run: (input, { secrets }) => secrets.valueFromHistory(input),
})
