import type { ListSecretsRequest, ListSecretsResponse, SecretListEntry } from '@aws-sdk/client-secrets-manager'
import type { Answer } from '#kernel/wire'
import { rowsFor, walk } from '../listing.ts'
import { namePrefixes, selectorOf } from '../model/filters.ts'
import { Filters, Flag, MaxResults, NextToken, SortBy, SortOrder } from '../model/members.ts'
import type { Rotation } from '../model/rotation.ts'
import type { Secret } from '../model/secret.ts'
import { present, shownRotation, shownSecret } from '../model/shown.ts'
import { byVersion, type Stages } from '../model/stages.ts'
import { operation } from '../operation.ts'

/** Assumed: AWS does not say how long a page is by default. */
const DEFAULT_RESULTS = 100

/**
 * Lists the secrets of the account and region that the filters select, page by page; a page may be short or empty while
 * a token says that more follows. Assumed: ascending unless asked otherwise. Source: API_ListSecrets, secretsmanager.md 8.11 and 9.
 */
export const ListSecrets = operation<ListSecretsRequest, Answer<ListSecretsResponse, 'SecretList'>>()({
  name: 'ListSecrets',
  effect: 'read',
  input: { IncludePlannedDeletion: Flag, MaxResults, NextToken, Filters, SortOrder, SortBy },
  errors: ['InvalidParameterException', 'InvalidRequestException', 'InvalidNextTokenException'],
  target: async () => ({ resource: '*' }),
  async run(input, { secrets, paging }, { account, region }) {
    const select = selectorOf(input.Filters)
    const by = input.SortBy ?? 'created-date'
    const order = input.SortOrder ?? 'asc'
    const planned = input.IncludePlannedDeletion === true
    const bound = ['ListSecrets', account, region, by, order, planned, input.Filters ?? []]
    const after = input.NextToken === undefined ? undefined : paging.open(input.NextToken, bound)
    const limit = input.MaxResults ?? DEFAULT_RESULTS
    const [names, rows] = [namePrefixes(input.Filters), rowsFor(input.Filters)]
    const found = await walk(secrets.lists, { by, order, planned, after, select, names, limit, rows })
    const stages = await secrets.lists.stagesOf(found.secrets)
    const rotations = await secrets.rotations.ofMany(found.secrets)
    return {
      SecretList: found.secrets.map((secret) => entryOf(secret, stages.get(secret.id), rotations.get(secret.id))),
      ...(found.next && { NextToken: paging.seal(found.next, bound) }),
    }
  },
})

/** What a list shows of a secret. Source: secretsmanager.md 3. */
function entryOf(secret: Secret, stages: Stages | undefined, rotation: Rotation | undefined): SecretListEntry {
  return present({
    ...shownSecret(secret),
    ...shownRotation(rotation),
    SecretVersionsToStages: stages && byVersion(stages),
  })
}
