import type { KeyMetadata, KeyState } from '@aws-sdk/client-kms'
import { arn } from '#kernel/values/arn'
import { algorithmsOf, olderSpec, SYMMETRIC, type Spec, type Usage } from './specs.ts'

/** A KMS key as the rules see it: everything but its material and its policy. */
export interface Key {
  readonly account: string
  readonly region: string
  /** A lower-case UUID. */
  readonly id: string
  readonly arn: string
  readonly description: string
  readonly manager: 'CUSTOMER' | 'AWS'
  /** `EXTERNAL`: its material is brought by its owner. */
  readonly origin: 'AWS_KMS' | 'EXTERNAL'
  readonly spec: Spec
  readonly usage: Usage
  readonly state: KeyState
  /** Milliseconds since the epoch, as are all times here. */
  readonly createdAt: number
  readonly deletionAt: number | undefined
  /** 64 hex digits: the material that encrypts now. Empty: none was ever imported. */
  readonly materialId: string
  /** Of imported material: when the first of it expires. Undefined also when the key lacks any of it. */
  readonly imported?: Imported | undefined
  readonly tags: ReadonlyMap<string, string>
  /** Names of its aliases, `alias/app`. */
  readonly aliases: readonly string[]
  /** Undefined: a key of one Region. */
  readonly multiRegion?: MultiRegion | undefined
  /** When its material is replaced by itself; undefined: never. Replicas have what their primary has. */
  readonly rotation?: Rotation | undefined
  /** How often somebody has had it rotated. */
  readonly onDemandRotations: number
  /** Of a primary that waits for its replicas to be gone: its own days after that. */
  readonly waitingDays?: number | undefined
  /** Whether there are grants on it. */
  readonly granted: boolean
}

export interface Imported {
  /** Undefined: it does not expire. */
  readonly expiresAt: number | undefined
}

export interface MultiRegion {
  readonly type: 'PRIMARY' | 'REPLICA'
  /** The Region of the primary. */
  readonly primary: string
}

export interface Rotation {
  readonly days: number
  readonly nextAt: number
}

export const keyArn = (account: string, region: string, id: string): string => arn('kms', region, account, `key/${id}`)

/** `name` with its `alias/`. */
export const aliasArn = (account: string, region: string, name: string): string => arn('kms', region, account, name)

/**
 * What CreateKey and DescribeKey answer. `related`: of a multi-Region key all that are related to it, itself too. Source:
 * kms.md 3.2 (recorded).
 */
export function keyMetadata(key: Key, related: readonly Related[]): KeyMetadata {
  return {
    AWSAccountId: key.account,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: new Date(key.createdAt),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: key.state,
    ...(key.deletionAt === undefined ? {} : { DeletionDate: new Date(key.deletionAt) }),
    Origin: key.origin,
    KeyManager: key.manager,
    ...expiry(key),
    CustomerMasterKeySpec: olderSpec(key.spec),
    KeySpec: key.spec,
    ...algorithmsOf(key),
    ...(key.waitingDays === undefined ? {} : { PendingDeletionWindowInDays: key.waitingDays }),
    MultiRegion: key.multiRegion !== undefined,
    ...(key.multiRegion === undefined ? {} : { MultiRegionConfiguration: configurationOf(key.multiRegion, related) }),
    ...(key.spec === SYMMETRIC && key.materialId !== '' ? { CurrentKeyMaterialId: key.materialId } : {}),
  }
}

/** A multi-Region key, as those that are related to it see it. */
export type Related = Pick<Key, 'arn' | 'region'>

/** Source: kms.md 3.2: the replicas are there also when there are none, and all related keys say the same. */
function configurationOf(
  { type, primary }: MultiRegion,
  related: readonly Related[],
): NonNullable<KeyMetadata['MultiRegionConfiguration']> {
  const shown = ({ arn: Arn, region: Region }: Related) => ({ Arn, Region })
  return {
    MultiRegionKeyType: type,
    PrimaryKey: related.filter(({ region }) => region === primary).map(shown)[0],
    ReplicaKeys: related.filter(({ region }) => region !== primary).map(shown),
  }
}

/** What kind of key a spec makes, as far as an alias can't lead from one to another. */
export function typeOfSpec(spec: string): 'SYMMETRIC' | 'HMAC' | 'ASYMMETRIC' {
  if (spec === 'SYMMETRIC_DEFAULT') return 'SYMMETRIC'
  return spec.startsWith('HMAC_') ? 'HMAC' : 'ASYMMETRIC'
}

function expiry({ imported }: Key): Pick<KeyMetadata, 'ExpirationModel' | 'ValidTo'> {
  if (imported === undefined) return {}
  if (imported.expiresAt === undefined) return { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
  return { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: new Date(imported.expiresAt) }
}
