import type { Key } from './key.ts'
import type { Pairs } from './context.ts'

/** Condition keys with their values; a key that is undefined is absent. */
export type Conditions = Readonly<Record<string, string | readonly string[] | undefined>>

/** Aliases that `kms:ResourceAliases` lists at the most; beyond, a condition on it can't be met. Source: kms.md 12. */
const MOST_ALIASES = 50

/** What holds for every operation on a key. Source: kms.md 12. */
export function conditionsOfKey(key: Key): Conditions {
  return {
    'kms:KeySpec': key.spec,
    'kms:CustomerMasterKeySpec': key.spec,
    'kms:KeyUsage': key.usage,
    'kms:CustomerMasterKeyUsage': key.usage,
    'kms:KeyOrigin': key.origin,
    'kms:MultiRegion': String(key.multiRegion !== undefined),
    'kms:MultiRegionKeyType': key.multiRegion?.type,
    ...(key.aliases.length > 0 && key.aliases.length <= MOST_ALIASES ? { 'kms:ResourceAliases': key.aliases } : {}),
  }
}

/** What an encryption context gives: one condition for each pair, and the list of its keys. */
export function conditionsOfContext(context: Pairs | undefined, keys: readonly string[]): Conditions {
  if (context === undefined || keys.length === 0) return {}
  const conditions: Record<string, string | readonly string[]> = { 'kms:EncryptionContextKeys': keys }
  for (const key of keys) conditions[`kms:EncryptionContext:${key}`] = context[key] as string
  return conditions
}
