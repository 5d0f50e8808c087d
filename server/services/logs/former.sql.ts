import { statement } from '#kernel/storage/storage'

export interface FormerRow {
  readonly account: string
  readonly region: string
  readonly group: string
  readonly stream: string
  readonly sequence: number
  readonly sealed: Uint8Array
}

export const oldest = statement(
  'function-log/oldest',
  `select account, region, log_group as "group", stream, sequence, sealed from function_log
   order by written_at, account collate bytes, region collate bytes, log_group collate bytes, stream collate bytes, sequence
   limit :limit`,
)

export const remove = statement(
  'function-log/remove',
  `delete from function_log where account = :account and region = :region and log_group = :group
     and stream = :stream and sequence = :sequence`,
)
