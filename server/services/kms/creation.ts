import { compile } from '#kernel/authorization/policy'
import type { Call } from '#kernel/call'
import type { Jobs } from '#kernel/jobs/jobs'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { materialIdOf } from './cipher.ts'
import { type Located, present } from './locate.ts'
import { aliasArn, type Key, keyArn, type MultiRegion } from './model/key.ts'
import { MANAGED, type Managing } from './model/policies.ts'
import { rotationOf } from './model/rotation.ts'
import { scheduleRotation } from './rotation.ts'
import type { KeyStore, Place, StoredKey } from './store.ts'

const MATERIAL_SIZE = 32
/** The principals of a policy that names accounts only, or everybody. */
export const NOBODY = '[]'

/** What a new key is to be; the rest is made here. */
export interface Wanted {
  readonly id: string
  readonly description: string
  readonly manager: 'CUSTOMER' | 'AWS'
  readonly policy: string
  /** Whom the policy names, as IAM's port answers it. */
  readonly principals: string
  readonly tags: ReadonlyMap<string, string>
  /** Absent: a key of one Region. */
  readonly multiRegion?: MultiRegion | undefined
  /** Absent: symmetric encryption. */
  readonly kind?: Pick<Key, 'spec' | 'usage' | 'origin'>
  /** Material of another kind than 32 bytes of chance: of keys that are not symmetric. Zeroed. */
  readonly material?: Buffer | undefined
}

/** Makes a key and puts it down, with fresh material unless its owner is to bring it. */
export function createKey(
  { kind, material: given, ...wanted }: Wanted,
  place: Place,
  now: number,
  { keys, vault, random }: { keys: KeyStore; vault: Vault; random: Random },
): Promise<StoredKey> {
  const external = kind?.origin === 'EXTERNAL'
  const material = external ? undefined : (given ?? random.bytes(MATERIAL_SIZE))
  const key = {
    ...wanted,
    account: place.account,
    region: place.region,
    origin: 'AWS_KMS',
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    ...kind,
    state: external ? 'PendingImport' : 'Enabled',
    createdAt: now,
    deletionAt: undefined,
    materialId: material === undefined ? '' : materialIdOf(vault, wanted.id, material),
    onDemandRotations: 0,
  } as const
  return keys.add(key, material)
}

/** The service whose AWS managed key's alias (or alias ARN) this is. */
export function managingOf(keyId: string, place: Place): Managing | undefined {
  return (Object.keys(MANAGED) as Managing[]).find((service) => isAliasOf(service, keyId, place))
}

/**
 * The AWS managed key of a service in an account and region. Before its first use it is not there: then this is the key as
 * `settled` would make it, for authorization to look at.
 */
export async function locateManaged(
  service: Managing,
  { account, region, now }: Place & { readonly now: number },
  { keys, random }: { keys: KeyStore; random: Random },
): Promise<Located> {
  const place = { account, region }
  const { alias, description, policy } = MANAGED[service]
  const id = await keys.target(place, alias)
  const known = id === undefined ? undefined : await keys.key(place, id)
  const named = aliasArn(account, region, alias)
  if (known !== undefined) return { key: known, arn: known.arn, owner: account, alias, named }
  const fresh = random.uuid()
  const key: StoredKey = {
    ...place,
    id: fresh,
    arn: keyArn(account, region, fresh),
    description,
    manager: 'AWS',
    origin: 'AWS_KMS',
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    state: 'Enabled',
    createdAt: now,
    deletionAt: undefined,
    materialId: '',
    tags: new Map(),
    aliases: [alias],
    onDemandRotations: 0,
    granted: false,
    policy: compile(policy(account, region)),
    principals: NOBODY,
  }
  return { key, arn: key.arn, owner: account, alias, named, unmade: service }
}

/**
 * The key of a call that was allowed; an AWS managed key that nobody has used yet is made now, never before the permission
 * was found. Of two units that make it at the same moment one fails on the alias's unique key; the store runs it again
 * and it finds the other's. Source: kms.md 13.1.
 */
export async function settled(
  located: Located,
  call: Call,
  parts: { keys: KeyStore; vault: Vault; random: Random; jobs: Jobs; unit: Unit },
): Promise<StoredKey> {
  const planned = present(located)
  if (located.unmade === undefined) return planned
  const { keys } = parts
  const { alias, policy } = MANAGED[located.unmade]
  if (!keys.writable) throw new Error(`${alias} is first used in a unit that only reads`)
  const { account, region, id, description, manager, tags } = planned
  const place = { account, region }
  const wanted = { id, description, manager, policy: policy(account, region), principals: NOBODY, tags }
  const made = await createKey(wanted, place, call.now, parts)
  await keys.addAlias(place, alias, id, call.now)
  const { nextAt } = rotationOf(made) ?? { nextAt: call.now }
  await scheduleRotation(made, nextAt, parts)
  return (await keys.key(place, id)) ?? made
}

/** Whether `keyId` is the alias, or its ARN, of the service's AWS managed key in the account and region. */
export function isAliasOf(service: Managing, keyId: string, { account, region }: Place): boolean {
  const { alias } = MANAGED[service]
  return keyId === alias || keyId === aliasArn(account, region, alias)
}
