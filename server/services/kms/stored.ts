import assert from 'node:assert/strict'
import type { KeyState } from '@aws-sdk/client-kms'
import { type Compiled, compile, standing } from '#kernel/authorization/policy'
import { boundPrincipals } from '../iam/port.ts'
import { type Imported, type Key, keyArn, type MultiRegion } from './model/key.ts'
import { isSpec, usagesOf, type Usage } from './model/specs.ts'
import type { KeyRow } from './store.sql.ts'

/** A key as it is kept: with its policy, compiled once. */
export interface StoredKey extends Key {
  readonly policy: Compiled
  /** Whom it names, as IAM's port answers it. */
  readonly principals: string
}

/** All that is written down of a key. */
export interface WrittenKey extends Omit<Key, 'arn' | 'aliases' | 'granted'> {
  readonly policy: string
  readonly principals: string
}

/** What may change of a key. */
export type Changes = Partial<
  Omit<WrittenKey, 'account' | 'region' | 'id' | 'manager' | 'origin' | 'spec' | 'usage' | 'createdAt'>
>

type Columns = Omit<KeyRow, 'mac'>

/** A key's row. */
export function rowOf(key: WrittenKey): Columns {
  return {
    account: key.account,
    region: key.region,
    id: key.id,
    description: key.description,
    manager: key.manager,
    origin: key.origin,
    spec: key.spec,
    usage: key.usage,
    state: key.state,
    created_at: key.createdAt,
    deletion_at: key.deletionAt ?? null,
    material_id: key.materialId,
    policy: key.policy,
    policy_principals: key.principals,
    tags: JSON.stringify([...key.tags]),
    multi_region: key.multiRegion?.type ?? null,
    primary_region: key.multiRegion?.primary ?? null,
    rotation_days: key.rotation?.days ?? null,
    next_rotation_at: key.rotation?.nextAt ?? null,
    on_demand_rotations: key.onDemandRotations === 0 ? null : key.onDemandRotations,
    waiting_days: key.waitingDays ?? null,
    material_model: modelOf(key.imported),
    material_expires_at: key.imported?.expiresAt ?? null,
  }
}

/** What a row says; its MAC has been checked. */
export function writtenIn(row: Columns): WrittenKey {
  assert(row.origin === 'AWS_KMS' || row.origin === 'EXTERNAL')
  assert(isSpec(row.spec) && usagesOf(row.spec).includes(row.usage))
  return {
    account: row.account,
    region: row.region,
    id: row.id,
    description: row.description,
    manager: row.manager === 'AWS' ? 'AWS' : 'CUSTOMER',
    origin: row.origin,
    spec: row.spec,
    usage: row.usage as Usage,
    state: row.state as KeyState,
    createdAt: Number(row.created_at),
    deletionAt: optional(row.deletion_at),
    materialId: row.material_id,
    tags: new Map(JSON.parse(row.tags) as [string, string][]),
    policy: row.policy,
    principals: row.policy_principals ?? '[]',
    multiRegion: multiRegionIn(row),
    rotation: rotationIn(row),
    onDemandRotations: Number(row.on_demand_rotations ?? 0),
    waitingDays: optional(row.waiting_days),
    imported: importedIn(row),
  }
}

const optional = (value: number | null): number | undefined => (value === null ? undefined : Number(value))

function multiRegionIn({ multi_region: type, primary_region: primary }: Columns): MultiRegion | undefined {
  return type === null || primary === null ? undefined : { type: type as MultiRegion['type'], primary }
}

const EXPIRES = 'KEY_MATERIAL_EXPIRES'

function modelOf(imported: Imported | undefined): string | null {
  if (imported === undefined) return null
  return imported.expiresAt === undefined ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : EXPIRES
}

function importedIn({ material_model, material_expires_at }: Columns): Imported | undefined {
  if (material_model === null) return undefined
  return { expiresAt: material_model === EXPIRES ? Number(material_expires_at) : undefined }
}

function rotationIn({ rotation_days, next_rotation_at }: Columns): Key['rotation'] {
  if (rotation_days === null || next_rotation_at === null) return undefined
  return { days: Number(rotation_days), nextAt: Number(next_rotation_at) }
}

/** The key of what is written down, ready to be used. */
export function keyOf(written: WrittenKey, aliases: readonly string[], granted: boolean): StoredKey {
  const arn = keyArn(written.account, written.region, written.id)
  const compiled = compile(written.policy, boundPrincipals(written.principals))
  return {
    ...written,
    arn,
    aliases,
    granted,
    policy: standing(compiled, { kind: 'resource', id: arn, holder: '' }),
  }
}
