import type { Key } from './key.ts'

/** The events of KMS. Source: surroundings.md 4.1. */

/** An event as the kernel's port takes it. */
export interface Announced {
  readonly source: 'aws.kms'
  readonly detailType: 'KMS CMK Rotation' | 'KMS CMK Deletion' | 'KMS Imported Key Material Expiration'
  readonly account: string
  readonly region: string
  readonly resources: readonly string[]
  readonly detail: { readonly 'key-id': string }
  readonly by: string
}

type Named = Pick<Key, 'account' | 'region' | 'id' | 'arn'>

/** A key has new material. `by`: the access key of the call, empty for what KMS does by itself. */
export const rotated = (key: Named, by = ''): Announced => announced('KMS CMK Rotation', key, by)

/** A key is destroyed, after its waiting time. */
export const deleted = (key: Named): Announced => announced('KMS CMK Deletion', key, '')

/** Imported material is gone: its time was over. */
export const expired = (key: Named): Announced => announced('KMS Imported Key Material Expiration', key, '')

function announced(detailType: Announced['detailType'], { account, region, id, arn }: Named, by: string): Announced {
  return { source: 'aws.kms', detailType, account, region, resources: [arn], detail: { 'key-id': id }, by }
}
