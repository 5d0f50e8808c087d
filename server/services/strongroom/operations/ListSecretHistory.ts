import { required } from '#kernel/shape'
import { members, onSecret } from '../../secretsmanager/port.ts'
import { Moment } from '../model/members.ts'
import { operation } from '../operation.ts'
import type { ListSecretHistoryRequest, ListSecretHistoryResponse } from '../wire.ts'

/**
 * Who changed what of a secret, when and by which request, newest first; never a value. Also of a secret that is gone for good, as long
 * as its history is kept. Who may not call DescribeSecret and ListSecretVersionIds sees nothing here either.
 */
export const ListSecretHistory = operation<ListSecretHistoryRequest, ListSecretHistoryResponse>()({
  name: 'ListSecretHistory',
  effect: 'read',
  input: {
    SecretId: required(members.SecretId),
    MaxResults: members.MaxResults,
    NextToken: members.NextToken,
    StartTime: Moment,
    EndTime: Moment,
  },
  errors: [
    'ResourceNotFoundException',
    'InvalidParameterException',
    'InvalidNextTokenException',
    'InternalServiceError',
  ],
  audit: { additional: onSecret },
  target: ({ SecretId }, { secrets }) => secrets.historyTargets(SecretId),
  run: (input, { secrets }) => secrets.history(input),
})
