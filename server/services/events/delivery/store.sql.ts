import { statement } from '#kernel/storage/storage'

const IN_CELL = 'account = :account and region = :region'

export interface DeliveryRow {
  readonly account: string
  readonly region: string
  readonly id: string
  readonly rule: string
  readonly target: string
  readonly created_at: number
  readonly attempts: number
  readonly sealed: Uint8Array
  readonly size_bytes: number
}

export interface FailedRow extends DeliveryRow {
  readonly failed_at: number
  readonly code: string
  readonly reason: string
}

const COLUMNS = 'account, region, id, rule, target, created_at, attempts, sealed, size_bytes'

export const insertDelivery = statement(
  'events/insert-delivery',
  `insert into event_delivery (${COLUMNS})
   values (:account, :region, :id, :rule, :target, :createdAt, 0, :sealed, :size)`,
)

export const findDelivery = statement(
  'events/find-delivery',
  `select ${COLUMNS} from event_delivery where ${IN_CELL} and id = :id`,
)

export const countAttempt = statement(
  'events/count-delivery',
  `update event_delivery set attempts = :attempts where ${IN_CELL} and id = :id`,
)

export const deleteDelivery = statement(
  'events/delete-delivery',
  `delete from event_delivery where ${IN_CELL} and id = :id`,
)

export const insertFailed = statement(
  'events/insert-failed',
  `insert into event_failed (${COLUMNS}, failed_at, code, reason)
   values (:account, :region, :id, :rule, :target, :createdAt, :attempts, :sealed, :size, :failedAt, :code, :reason)`,
)

/** All behind `most` of an account, the oldest, a few at a time. */
export const trimFailed = statement(
  'events/trim-failed',
  `delete from event_failed where account = :account and id in
     (select id from event_failed where account = :account order by failed_at desc, id desc limit :few offset :most)`,
)

/** What an account has on its way: read from an index alone. */
export const backlog = statement(
  'events/backlog',
  'select count(*) as n, coalesce(sum(size_bytes), 0) as bytes from event_delivery where account = :account',
)

export const failedBytes = statement(
  'events/failed-bytes',
  'select coalesce(sum(size_bytes), 0) as bytes from event_failed where account = :account',
)

/** The oldest of an account, a few at a time. */
export const dropFailed = statement(
  'events/drop-failed',
  `delete from event_failed where account = :account and id in
     (select id from event_failed where account = :account order by failed_at, id limit :few)`,
)

export const removeFailed = statement(
  'events/remove-failed',
  `delete from event_failed where id in
     (select id from event_failed where failed_at <= :until order by failed_at, id limit :limit)`,
)

export const oldestFailed = statement(
  'events/oldest-failed',
  'select failed_at as at from event_failed order by failed_at limit 1',
)

export const newestFailed = statement(
  'events/newest-failed',
  'select failed_at as at from event_failed order by failed_at desc limit 1',
)

/** In the order in which they failed; an empty text means any. */
export const listFailed = statement(
  'events/list-failed',
  `select ${COLUMNS}, failed_at, code, reason from event_failed
   where (failed_at > :at or (failed_at = :at and id > :id))
     and (:account = '' or account = :account) and (:region = '' or region = :region)
     and (:rule = '' or rule = :rule or rule like :likeRule escape '!')
   order by failed_at, id limit :limit`,
)

export const findFailed = statement(
  'events/find-failed',
  `select ${COLUMNS}, failed_at, code, reason from event_failed where id = :id`,
)

export const deleteFailed = statement('events/delete-failed', `delete from event_failed where ${IN_CELL} and id = :id`)

export const putBack = statement(
  'events/put-back',
  `insert into event_delivery (${COLUMNS})
   values (:account, :region, :id, :rule, :target, :createdAt, 0, :sealed, :size)`,
)

export const pace = statement(
  'events/pace',
  `select next_at as at from event_pace where ${IN_CELL} and id = :id for update`,
)

export const setPace = statement(
  'events/set-pace',
  `insert into event_pace (account, region, id, next_at) values (:account, :region, :id, :at)
   on conflict (account, region, id) do update set next_at = excluded.next_at`,
)
