import { statement } from '#kernel/storage/storage'

export const insert = statement(
  'event/insert',
  `insert into event_outbox (id, place, account, region, source, detail_type, time, resources, detail, delivered, by_key)
   values (:id, :place, :account, :region, :source, :detailType, :time, :resources, :detail, 0, :by)`,
)

const columns = 'id, place, account, region, source, detail_type, time, resources, detail, by_key'

/** In their order; an empty text means any. */
export const page = statement(
  'event/page',
  `select ${columns} from event_outbox
   where (place > :place or (place = :place and id > :id))
     and (:account = '' or account = :account) and (:region = '' or region = :region)
     and (:source = '' or source = :source)
   order by place, id limit :limit`,
)

/** Of several that deliver each gets others. */
export const undelivered = statement(
  'event/undelivered',
  `select ${columns} from event_outbox where delivered = 0 order by place, id limit :limit for update skip locked`,
)

export const markDelivered = statement('event/delivered', 'update event_outbox set delivered = 1 where id = :id')

/** Where nobody waits for any of them: the oldest, a bounded number at a time. */
export const passUndelivered = statement(
  'event/pass',
  `update event_outbox set delivered = 1 where id in
     (select id from event_outbox where delivered = 0 order by place, id limit :limit)`,
)

export const anyUndelivered = statement('event/any-left', 'select place from event_outbox where delivered = 0 limit 1')

/** The oldest, a bounded number at a time. */
export const removeOldest = statement(
  'event/remove-oldest',
  `delete from event_outbox where id in
     (select id from event_outbox where place <= :until order by place, id limit :limit)`,
)

export const oldest = statement('event/oldest', 'select place from event_outbox order by place limit 1')
