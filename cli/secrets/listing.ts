import type { ListSecretsRequest, ListSecretsResponse, SecretListEntry } from '@aws-sdk/client-secrets-manager'
import type { Client, Wire } from '../wire/client.ts'

/** A secret as a list shows it. */
export type Listed = Wire<SecretListEntry>

/** Which secrets to list. */
export interface Wanted {
  /** How their names begin; the empty text: all. */
  readonly prefix: string
  /** Also those that wait for their deletion. */
  readonly deleted?: boolean
  /** Tags that they must have; a value of undefined is any. */
  readonly tags?: readonly (readonly [key: string, value: string | undefined])[]
}

/** What filters may ask for, without the `!` that turns them round. Source: secretsmanager.md 9. */
const FILTERABLE = /^[a-zA-Z0-9 :_@/+=.-]+$/
/** The most that a page may have. Source: API_ListSecrets. */
const PAGE = 100

/**
 * The secrets in the order of their names, page by page: a list of a million needs no more memory than one of a hundred. Filters of
 * the API are beginnings, so what is asked for exactly is looked at once more here.
 */
export async function* listed(
  client: Client,
  { prefix, deleted = false, tags = [] }: Wanted,
): AsyncGenerator<readonly Listed[]> {
  const filters = [
    // what begins with ! would mean all others
    ...(prefix === '' || prefix.startsWith('!') ? [] : [{ Key: 'name' as const, Values: [prefix] }]),
    ...tags.flatMap(([key]) => (FILTERABLE.test(key) ? [{ Key: 'tag-key' as const, Values: [key] }] : [])),
  ]
  const input: ListSecretsRequest = {
    MaxResults: PAGE,
    SortBy: 'name',
    SortOrder: 'asc',
    ...(deleted && { IncludePlannedDeletion: true }),
    ...(filters.length > 0 && { Filters: filters.slice(0, 10) }),
  }
  for await (const { SecretList = [] } of client.pages<object, Wire<ListSecretsResponse>>(
    'secretsmanager',
    'ListSecrets',
    input,
  ))
    yield SecretList.filter((secret) => secret.Name?.startsWith(prefix) === true && hasTags(secret, tags))
}

function hasTags({ Tags = [] }: Listed, wanted: NonNullable<Wanted['tags']>): boolean {
  return wanted.every(([key, value]) =>
    Tags.some((tag) => tag.Key === key && (value === undefined || tag.Value === value)),
  )
}

/** `KEY` or `KEY=VALUE`, as a flag takes a tag. */
export function tagOf(text: string): readonly [string, string | undefined] {
  const at = text.indexOf('=')
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
