import { required } from '#kernel/shape'
import { members, onSecret } from '../../secretsmanager/port.ts'
import { VersionOrTime } from '../model/members.ts'
import { operation } from '../operation.ts'
import type { CompareSecretVersionsRequest, CompareSecretVersionsResponse } from '../wire.ts'

/**
 * What differs between two versions of a secret, key by key where they are JSON. Values are told with `Reveal` only, to who may call
 * GetSecretValue for both and has `strongroom:RevealSecretDifferences`; the keys of KMS are used in the caller's name in any case.
 */
export const CompareSecretVersions = operation<CompareSecretVersionsRequest, CompareSecretVersionsResponse>()({
  name: 'CompareSecretVersions',
  effect: 'read',
  input: {
    SecretId: required(members.SecretId),
    From: VersionOrTime,
    To: VersionOrTime,
    Reveal: members.Flag,
  },
  errors: [
    'ResourceNotFoundException',
    'InvalidParameterException',
    'InvalidRequestException',
    'DecryptionFailure',
    'InternalServiceError',
  ],
  audit: { additional: onSecret },
  target: (input, { secrets }) => secrets.comparisonTargets(input),
  run: (input, { secrets }) => secrets.compare(input),
})
