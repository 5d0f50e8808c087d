import { statement } from '#kernel/storage/storage'

export interface MeteredSecretRow {
  readonly account: string
  readonly region: string
  readonly id: string
  readonly name: string
  readonly suffix: string
  readonly owning_service: string | null
  readonly tags: string | null
  readonly created_at: number
  readonly changed_at: number
  readonly deleted_at: number | null
}

/** Secrets of all accounts behind one, those that are to be deleted too. */
export const page = statement(
  'secret-metered/page',
  `select account, region, id, name, suffix, owning_service, tags, created_at, changed_at, deleted_at from secret
   where (account, region, id) > (:account, :region, :id) order by account, region, id limit :limit`,
)
