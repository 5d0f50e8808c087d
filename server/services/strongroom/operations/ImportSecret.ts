import { required } from '#kernel/shape'
import { members, onSecret } from '../../secretsmanager/port.ts'
import { Moment, OnConflict } from '../model/members.ts'
import { operation } from '../operation.ts'
import type { ImportSecretRequest, ImportSecretResponse } from '../wire.ts'

/** Versions of one secret on their way in; AWS keeps about a hundred. */
const ImportedVersions = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: {
      VersionId: members.SecretVersionId,
      CreatedDate: Moment,
      SecretString: members.SecretString,
      SecretBinary: members.SecretBinary,
      VersionStages: { kind: 'list', of: members.SecretVersionStage, length: [0, 20] },
    },
  },
  length: [0, 200],
} as const

/**
 * Brings a whole secret in, all or nothing: versions with their ids, dates and labels, description, key, tags, policy and rotation.
 * Made once more it changes nothing. Needs, besides its own, the permissions by which the same could be done on AWS's wire.
 */
export const ImportSecret = operation<ImportSecretRequest, ImportSecretResponse>()({
  name: 'ImportSecret',
  effect: 'write',
  bodyBytes: 8 * 1024 * 1024,
  input: {
    Name: required(members.Name),
    Versions: ImportedVersions,
    Description: members.Description,
    KmsKeyId: members.KmsKeyId,
    Tags: members.TagList,
    Type: members.SecretType,
    ResourcePolicy: members.ResourcePolicy,
    RotationEnabled: members.Flag,
    RotationLambdaARN: members.RotationLambdaARN,
    RotationRules: members.RotationRules,
    LastRotatedDate: Moment,
    OnConflict,
    Whole: members.Flag,
    DryRun: members.Flag,
  },
  errors: [
    'InvalidParameterException',
    'InvalidRequestException',
    'LimitExceededException',
    'EncryptionFailure',
    'DecryptionFailure',
    'ResourceExistsException',
    'MalformedPolicyDocumentException',
    'InternalServiceError',
  ],
  audit: {
    additional: onSecret,
    response: ({ ARN, Outcome, Changes }) => ({
      ...(ARN !== undefined && { arn: ARN }),
      outcome: Outcome,
      ...(Changes !== undefined && { changes: Changes }),
    }),
  },
  target: (input, { secrets }) => secrets.importTargets(input),
  run: (input, { secrets }) => secrets.importSecret(input),
})
