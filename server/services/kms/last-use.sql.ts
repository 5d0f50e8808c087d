import { statement } from '#kernel/storage/storage'

/** When keys were last used. */

export interface UseRow {
  readonly operation: string
  readonly used_at: number
  readonly request_id: string
}

// Of a key that is still there; the later use stays.
export const putUse = statement(
  'kms/put-use',
  `insert into kms_last_use (account, region, key_id, operation, used_at, event_id, request_id)
   select account, region, id, cast(:operation as text), cast(:used_at as bigint), '', cast(:request_id as text)
   from kms_key where account = :account and region = :region and id = :id
   on conflict (account, region, key_id) do update set
     operation = excluded.operation, used_at = excluded.used_at, request_id = excluded.request_id
   where excluded.used_at > kms_last_use.used_at`,
)

export const findUse = statement(
  'kms/find-use',
  `select operation, used_at, request_id from kms_last_use
   where account = :account and region = :region and key_id = :id`,
)

export const deleteUse = statement(
  'kms/delete-use',
  'delete from kms_last_use where account = :account and region = :region and key_id = :id',
)

/** When this store began to write uses down. */
export const trackedSince = statement(
  'kms/tracked-since',
  `select applied_at from schema_migration where name = 'kms/0003-tier1'`,
)
