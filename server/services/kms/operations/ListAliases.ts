import type { AliasListEntry, ListAliasesRequest, ListAliasesResponse } from '@aws-sdk/client-kms'
import type { Call } from '#kernel/call'
import type { Answer } from '#kernel/wire'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { aliasArn } from '../model/key.ts'
import { KeyId, Limit, Marker } from '../model/members.ts'
import { after, page } from '../model/page.ts'
import { MANAGED } from '../model/policies.ts'
import { operation } from '../operation.ts'
import type { Alias, KeyStore } from '../store.ts'

type Listed = Answer<ListAliasesResponse, 'Aliases' | 'Truncated'>

/** The model allows 1,000 on a page, the service gives 100: larger limits are clamped, not refused. Source: kms.md 17, 6. */
const MOST_ON_PAGE = 100

/**
 * Aliases of the account in the region, or of one key. Those of AWS managed keys stand in it before they have a key.
 * Source: API_ListAliases, kms.md 5.
 */
export const ListAliases = operation<ListAliasesRequest, Listed>()({
  name: 'ListAliases',
  effect: 'read',
  input: { KeyId, Limit, Marker },
  errors: ['InvalidArnException', 'InvalidMarkerException', 'KMSInternalException', 'NotFoundException'],
  async target({ KeyId }, { keys, found }, call) {
    const all = { resource: '*', rule: 'plain' } as const
    if (KeyId === undefined) return all
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    // Another account's key: refused like every operation that stays in its account. Source: kms.md 8.3, 5.
    return found.located.key === undefined ? keyTarget(found.located) : all
  },
  async run({ Limit = 50, Marker }, { keys, found }, call) {
    const limit = Math.min(Limit, MOST_ON_PAGE)
    const start = after(Marker, 'aliases')
    const keyId = found.located === undefined ? undefined : present(found.located).id
    const rows: Listable[] = await keys.aliases(call, keyId, start, limit + 1)
    if (keyId === undefined) rows.push(...(await unused(keys, call, start)))
    rows.sort((a, b) => (a.name < b.name ? -1 : 1))
    const { items, ...rest } = page(rows, limit, 'aliases', (alias) => alias.name)
    return { Aliases: items.map((alias) => entry(alias, call)), ...rest }
  },
})

/** An alias, or the name that is reserved for one. */
type Listable = Pick<Alias, 'name'> & Partial<Alias>

/** The aliases of AWS managed keys that nobody has used yet, after one. */
async function unused(keys: KeyStore, call: Call, start: string): Promise<Listable[]> {
  const names: Listable[] = []
  for (const { alias: name } of Object.values(MANAGED))
    if (name > start && (await keys.target(call, name)) === undefined) names.push({ name })
  return names
}

function entry({ name, keyId, createdAt, updatedAt }: Listable, { account, region }: Call): AliasListEntry {
  return {
    AliasName: name,
    AliasArn: aliasArn(account, region, name),
    ...(keyId === undefined ? {} : { TargetKeyId: keyId }),
    ...(createdAt === undefined ? {} : { CreationDate: new Date(createdAt) }),
    ...(updatedAt === undefined ? {} : { LastUpdatedDate: new Date(updatedAt) }),
  }
}
