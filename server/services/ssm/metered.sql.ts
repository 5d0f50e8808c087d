import { statement } from '#kernel/storage/storage'

export interface MeteredParameterRow {
  readonly account: string
  readonly region: string
  readonly key: string
  readonly name: string
  readonly tier: string
  readonly tags: string | null
  readonly created_at: number
  /** When the oldest advanced version that is kept was made. */
  readonly advanced_at: number | null
}

/** Parameters of all accounts behind one. */
export const page = statement(
  'parameter-metered/page',
  `select account, region, key, name, tier, tags, created_at,
     case when tier = 'Advanced' then (select min(modified_at) from parameter_version v where v.account = p.account
       and v.region = p.region and v.parameter = p.id and v.tier = 'Advanced') end as advanced_at
   from parameter p
   where (account, region, key) > (:account, :region, :id) order by account, region, key limit :limit`,
)

/** Where an account has the higher throughput. */
export const faster = statement(
  'parameter-metered/faster',
  `select account, region from parameter_setting where setting = :setting and value = 'true'`,
)
