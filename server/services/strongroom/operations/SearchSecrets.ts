import { required } from '#kernel/shape'
import { members } from '../../secretsmanager/port.ts'
import { NamePrefix, Query, SearchIn } from '../model/members.ts'
import { operation } from '../operation.ts'
import type { SearchSecretsRequest, SearchSecretsResponse } from '../wire.ts'

/**
 * Finds secrets by words in their names, tags, descriptions and the names of the keys of their JSON values, never by what the values
 * say. Shows what ListSecrets shows, so that is needed too; names of keys need `strongroom:SearchSecretKeys` on the secret and
 * kms:Decrypt on its key, and secrets without that are passed over. A page may be short or empty while a token says that more follows.
 */
export const SearchSecrets = operation<SearchSecretsRequest, SearchSecretsResponse>()({
  name: 'SearchSecrets',
  effect: 'read',
  input: {
    Query: required(Query),
    In: SearchIn,
    Prefix: NamePrefix,
    IncludePlannedDeletion: members.Flag,
    MaxResults: members.MaxResults,
    NextToken: members.NextToken,
  },
  errors: ['InvalidParameterException', 'InvalidNextTokenException', 'InternalServiceError'],
  target: async () => [{ resource: '*' }, { resource: '*', action: 'secretsmanager:ListSecrets' }],
  run: (input, { secrets }) => secrets.search(input),
})
