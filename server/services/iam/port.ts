import type { Unit } from '#kernel/storage/storage'

/** What other services may ask of IAM. */
export interface AccessKeyOwners {
  /** The account of an access key, in whatever account it is; undefined when nobody has it. */
  accountOf(accessKeyId: string): Promise<string | undefined>
}

export type AccessKeyOwnersFor = (unit: Unit) => AccessKeyOwners
