import { statement } from '#kernel/storage/storage'

/** What a row of `parameter` says of its resource policies: both or nothing. */
export interface SharingColumns {
  /** JSON: a list of `SharingPolicy`. */
  readonly sharing: string | null
  readonly sharing_mac: Uint8Array | null
}

const OF_PARAMETER = 'account = :account and region = :region and parameter = :parameter'

export const saveSharing = statement(
  'ssm-sharing/save',
  `update parameter set sharing = :sharing, sharing_mac = :sharing_mac
  where account = :account and region = :region and key = :key and id = :parameter`,
)

export const addShare = statement(
  'ssm-sharing/add',
  `insert into parameter_share (consumer, region, account, key, parameter)
  values (:consumer, :region, :account, :key, :parameter)`,
)

export const removeShares = statement('ssm-sharing/remove', `delete from parameter_share where ${OF_PARAMETER}`)

export interface ShareRow {
  readonly account: string
  readonly key: string
}

/** One page of what is shared with a consumer, in the order of owner and name: a range of the primary key. */
export const pageOfShares = statement(
  'ssm-sharing/page',
  `select account, key from parameter_share
  where consumer = :consumer and region = :region and (account, key) > (:account, :key)
  order by account, key limit :limit`,
)
