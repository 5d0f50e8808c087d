import { type Cell, secretArn } from './model/identity.ts'
import type { ResourcePolicy } from './model/policy.ts'
import type { Rotation } from './model/rotation.ts'
import type { Kind, Sealed, Secret, Version } from './model/secret.ts'
import type { Policies } from './policies.ts'
import type { RotationRow } from './rotations.sql.ts'
import type { FoundRow, ReadingRow, SealedRow, SecretRow, VersionRow } from './store.sql.ts'

export type { Cell } from './model/identity.ts'
export type { SealedRow, VersionRow } from './store.sql.ts'

function tagsOf(json: string | null): ReadonlyMap<string, string> | undefined {
  return json === null ? undefined : new Map(JSON.parse(json) as [string, string][])
}

export function secretOf(row: SecretRow, { account, region }: Cell, accessedDay: number): Secret {
  return {
    account,
    region,
    id: row.id,
    arn: secretArn(region, account, row.name, row.suffix),
    name: row.name,
    type: row.type ?? undefined,
    description: row.description ?? undefined,
    kmsKeyId: row.kms_key_id ?? undefined,
    owningService: row.owning_service ?? undefined,
    tags: tagsOf(row.tags),
    createdAt: row.created_at,
    changedAt: row.changed_at,
    accessedDay,
    deletedAt: row.deleted_at ?? undefined,
    purgeAt: row.purge_at ?? undefined,
    ...(row.holds === 0 && { nameless: true }),
  }
}

/** A secret with the policy that decides about it. Throws RowForged for a policy that this server did not write. */
export interface Found extends Secret {
  readonly policy: ResourcePolicy | undefined
  /** Undefined: rotation was never configured. */
  readonly rotation: Rotation | undefined
}

export function foundOf(row: FoundRow, cell: Cell, accessedDay: number, policies: Policies): Omit<Found, 'rotation'> {
  const secret = secretOf(row, cell, accessedDay)
  return { ...secret, policy: row.policy === null ? undefined : policies.of(secret, row) }
}

/** The row of a secret: what insert and update write. */
export function secretRow(secret: Secret) {
  return {
    id: secret.id,
    name: secret.name,
    suffix: secret.arn.slice(-6),
    type: secret.type ?? null,
    description: secret.description ?? null,
    kms_key_id: secret.kmsKeyId ?? null,
    owning_service: secret.owningService ?? null,
    tags: secret.tags === undefined ? null : JSON.stringify([...secret.tags]),
    created_at: secret.createdAt,
    changed_at: secret.changedAt,
    accessed_day: secret.accessedDay,
    deleted_at: secret.deletedAt ?? null,
    purge_at: secret.purgeAt ?? null,
  }
}

export function versionOf(row: VersionRow, accessedDay: number): Version {
  return {
    id: row.version,
    kind: row.kind as Kind,
    createdAt: row.created_at,
    accessedDay,
    keyArn: row.key_arn,
    defaultKey: row.default_key === 1,
  }
}

export function sealedOf(row: SealedRow): Sealed {
  return {
    id: row.version,
    kind: row.kind as Kind,
    createdAt: row.created_at,
    accessedDay: row.accessed_day,
    keyArn: row.key_arn,
    defaultKey: row.default_key === 1,
    sealed: row.sealed,
    dataKey: row.data_key,
  }
}

/** What GetSecretValue needs of a secret and of the version that was asked for. Days as stored, or noted since. */
export interface Reading {
  readonly secret: Cell & {
    readonly id: string
    readonly arn: string
    readonly name: string
    readonly type: string | undefined
    readonly owningService: string | undefined
    readonly tags: ReadonlyMap<string, string> | undefined
    readonly policy: ResourcePolicy | undefined
    readonly rotation: Pick<Rotation, 'functionArn'> | undefined
    accessedDay: number
    readonly deletedAt: number | undefined
    readonly nameless: boolean
  }
  /** Undefined: no version carries the label, or none has the id. */
  readonly version:
    | {
        readonly id: string
        readonly kind: Kind
        readonly createdAt: number
        accessedDay: number
        readonly keyArn: string
        readonly defaultKey: boolean
        readonly sealed: Uint8Array
        readonly dataKey: Uint8Array
        /** All labels on it. */
        readonly labels: readonly string[]
      }
    | undefined
}

/** One reading from its rows, one for each label of the version. The ARN comes from the name, the suffix and the cell. */
export function readingOf(
  rows: readonly ReadingRow[],
  { account, region }: Cell,
  policies: Policies,
): Reading | undefined {
  const row = rows[0]
  if (row === undefined) return undefined
  const arn = secretArn(region, account, row.name, row.suffix)
  const holder = { account, region, id: row.id, arn }
  return {
    secret: {
      ...holder,
      name: row.name,
      type: row.type ?? undefined,
      owningService: row.owning_service ?? undefined,
      tags: tagsOf(row.tags),
      policy: row.policy === null ? undefined : policies.of(holder, row),
      rotation: row.mac === null ? undefined : functionOf(policies.rotations.of(holder, row as RotationRow)),
      accessedDay: row.secret_day,
      deletedAt: row.deleted_at ?? undefined,
      nameless: row.holds === 0,
    },
    version:
      row.version === null
        ? undefined
        : {
            id: row.version,
            kind: row.kind as Kind,
            createdAt: row.created_at as number,
            accessedDay: row.version_day as number,
            keyArn: row.key_arn as string,
            defaultKey: row.default_key === 1,
            sealed: row.sealed as Uint8Array,
            dataKey: row.data_key as Uint8Array,
            labels: labelsIn(rows),
          },
  }
}

/** What authorization asks of a rotation; nothing of it is kept for a secret without a function. */
function functionOf({ functionArn }: Rotation): Pick<Rotation, 'functionArn'> | undefined {
  return functionArn === undefined ? undefined : { functionArn }
}

function labelsIn(rows: readonly ReadingRow[]): string[] {
  const labels: string[] = []
  for (const { stage } of rows) if (stage !== null) labels.push(stage)
  return labels.sort()
}
