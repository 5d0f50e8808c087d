import { required } from '#kernel/shape'
import { members, onSecret } from '../../secretsmanager/port.ts'
import { VersionOrTime } from '../model/members.ts'
import { operation } from '../operation.ts'
import type { RollBackSecretRequest, RollBackSecretResponse } from '../wire.ts'

/**
 * Gives a secret the content of one of its old versions, as a new version that becomes AWSCURRENT: what was current is AWSPREVIOUS, as
 * with every put. The content is not answered: whoever may put a value and use the key may go back without reading it.
 */
export const RollBackSecret = operation<RollBackSecretRequest, RollBackSecretResponse>()({
  name: 'RollBackSecret',
  effect: 'write',
  input: {
    SecretId: required(members.SecretId),
    To: required(VersionOrTime),
    ClientRequestToken: members.ClientRequestToken,
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
  audit: {
    additional: onSecret,
    response: ({ ARN, VersionId, FromVersionId }) => ({ arn: ARN, versionId: VersionId, fromVersionId: FromVersionId }),
  },
  target: ({ SecretId }, { secrets }) => secrets.targets(SecretId, [{}, { action: 'secretsmanager:PutSecretValue' }]),
  run: (input, { secrets }) => secrets.rollBack(input),
})
