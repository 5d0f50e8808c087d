import type { Call } from '#kernel/call'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import { materialIdOf } from './cipher.ts'
import { aliasArn } from './model/key.ts'
import { MANAGED, type Managing } from './model/policies.ts'
import type { KeyStore, Place, StoredKey } from './store.ts'

const MATERIAL_SIZE = 32

/** What a new key is to be; the rest is made here. */
export interface Wanted {
  readonly id: string
  readonly description: string
  readonly manager: 'CUSTOMER' | 'AWS'
  readonly policy: string
  readonly tags: ReadonlyMap<string, string>
}

/** Makes a symmetric key with fresh material and puts it down. */
export function createKey(
  wanted: Wanted,
  place: Place,
  now: number,
  { keys, vault, random }: { keys: KeyStore; vault: Vault; random: Random },
): Promise<StoredKey> {
  const material = random.bytes(MATERIAL_SIZE)
  const key = {
    ...wanted,
    account: place.account,
    region: place.region,
    origin: 'AWS_KMS',
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    createdAt: now,
    materialId: materialIdOf(vault, wanted.id, material),
  } as const
  return keys.add(key, material)
}

/**
 * The AWS managed key of a service in the caller's account and region, made on first use. Of two units that make it at the
 * same moment one fails on the alias's unique key; the store runs it again and it finds the other's. Source: kms.md 13.1.
 */
export async function managedKey(
  service: Managing,
  call: Call,
  parts: { keys: KeyStore; vault: Vault; random: Random },
): Promise<StoredKey> {
  const { keys, random } = parts
  const place = { account: call.account, region: call.region }
  const { alias, description, policy } = MANAGED[service]
  const id = await keys.target(place, alias)
  const known = id === undefined ? undefined : await keys.key(place, id)
  if (known !== undefined) return known
  if (!keys.writable) throw new Error(`${alias} is first used in a unit that only reads`)
  const wanted = {
    id: random.uuid(),
    description,
    manager: 'AWS',
    policy: policy(place.account, place.region),
    tags: new Map<string, string>(),
  } as const
  const made = await createKey(wanted, place, call.now, parts)
  await keys.addAlias(place, alias, made.id, call.now)
  return (await keys.key(place, made.id)) ?? made
}

/** Makes the AWS managed key whose alias (or alias ARN) this is, when nobody has used it yet; else does nothing. */
export async function managedKeyOfAlias(
  keyId: string,
  call: Call,
  parts: { keys: KeyStore; vault: Vault; random: Random },
): Promise<void> {
  for (const service of Object.keys(MANAGED) as Managing[]) {
    if (isAliasOf(service, keyId, call)) await managedKey(service, call, parts)
  }
}

/** Whether `keyId` is the alias, or its ARN, of the service's AWS managed key in the caller's account and region. */
export function isAliasOf(service: Managing, keyId: string, { account, region }: Place): boolean {
  const { alias } = MANAGED[service]
  return keyId === alias || keyId === aliasArn(account, region, alias)
}
