import type { ListSecretVersionIdsRequest, ListSecretVersionIdsResponse } from '@aws-sdk/client-secrets-manager'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { shownKeys } from '../cipher.ts'
import * as members from '../model/members.ts'
import { existing, type Version } from '../model/secret.ts'
import { present, shownDay } from '../model/shown.ts'
import { labelsOf, type Stages } from '../model/stages.ts'
import { operation } from '../operation.ts'
import { onSecret } from '../recorded.ts'
import { targetOf } from '../target.ts'

type Listed = Answer<ListSecretVersionIdsResponse, 'ARN' | 'Name' | 'Versions'>

/** Assumed; secretsmanager.md 8.0. */
const PAGE = 100

/**
 * Lists the versions of a secret in order of creation; without IncludeDeprecated those that have a label. Also of a
 * secret that is scheduled for deletion. Source: API_ListSecretVersionIds; secretsmanager.md 8.10.
 */
export const ListSecretVersionIds = operation<ListSecretVersionIdsRequest, Listed>()({
  name: 'ListSecretVersionIds',
  effect: 'read',
  input: {
    SecretId: required(members.SecretId),
    MaxResults: members.MaxResults,
    NextToken: members.NextToken,
    IncludeDeprecated: members.Flag,
  },
  errors: [
    'ResourceNotFoundException',
    'InvalidParameterException',
    'InvalidNextTokenException',
    'InternalServiceError',
  ],
  audit: { additional: onSecret },
  target: async ({ SecretId }, { secrets, random }, call) =>
    targetOf(SecretId, await secrets.find(SecretId), call, random),
  async run({ SecretId, MaxResults: limit = PAGE, NextToken: token, IncludeDeprecated: deprecated = false }, env) {
    const { secrets, paging } = env
    const secret = existing(await secrets.find(SecretId))
    const question = ['ListSecretVersionIds', secret.id, deprecated]
    const after = token === undefined ? undefined : (paging.open(token, question) as readonly [number, string])
    const found = await secrets.versions(secret, { after, deprecated, limit: limit + 1 })
    const page = found.slice(0, limit)
    const last = found.length > limit ? page.at(-1) : undefined
    const stages = await secrets.stages(secret)
    return present({
      ARN: secret.arn,
      Name: secret.name,
      Versions: page.map((version) => shownVersion(version, stages)),
      NextToken: last && paging.seal([last.createdAt, last.id], question),
    })
  },
})

function shownVersion(version: Version, stages: Stages) {
  const labels = labelsOf(stages, version.id)
  return present({
    VersionId: version.id,
    VersionStages: labels.length > 0 ? labels : undefined,
    LastAccessedDate: shownDay(version.accessedDay),
    CreatedDate: new Date(version.createdAt),
    KmsKeyIds: shownKeys(version),
  })
}
