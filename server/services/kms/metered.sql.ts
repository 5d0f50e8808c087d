import { statement } from '#kernel/storage/storage'

export interface MeteredKeyRow {
  readonly account: string
  readonly region: string
  readonly id: string
  readonly manager: string
  readonly state: string
  readonly created_at: number
  readonly tags: string
  readonly alias: string | null
  /** When it was rotated for the first and the second time. */
  readonly first_at: number | null
  readonly second_at: number | null
}

const rotated = (version: number) =>
  `(select min(rotated_at) from kms_material m where m.account = k.account and m.region = k.region and m.key_id = k.id
     and m.version = ${version})`

/** Keys of all accounts behind one; an id may be a key's, or that and a slash and something. */
export const page = statement(
  'key-metered/page',
  `select account, region, id, manager, state, created_at, tags,
     (select min(a.name) from kms_alias a where a.account = k.account and a.region = k.region and a.key_id = k.id) as alias,
     ${rotated(2)} as first_at, ${rotated(3)} as second_at
   from kms_key k
   where (account, region, id) > (:account, :region, :id) order by account, region, id limit :limit`,
)
